import { nextRoll } from '../../src/actors/session/policy/backoff.ts';

/** All randomness of a simulation: the same seed yields the same numbers. */
export class Prng {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    // Neighbouring seeds begin alike.
    for (let warmUp = 0; warmUp < 4; warmUp += 1) this.roll();
  }

  /** In [0, 1). */
  roll(): number {
    const { seed, roll } = nextRoll(this.#seed);
    this.#seed = seed;
    return roll;
  }

  /** Another one, whose numbers do not depend on how many are drawn from this one. */
  fork(): Prng {
    return new Prng(this.integer(0, 2 ** 31));
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  between(least: number, below: number): number {
    return least + this.roll() * (below - least);
  }

  integer(least: number, below: number): number {
    return Math.floor(this.between(least, below));
  }

  /** How long it takes until something happens that happens every `mean` on average. */
  wait(mean: number): number {
    return -Math.log(1 - this.roll()) * mean;
  }

  /** One of the names, each as often as its weight says. */
  pick<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights).filter((name): name is Name => name in weights);
    let rest = this.roll() * names.reduce((sum, name) => sum + weights[name], 0);
    const picked = names.find((name) => {
      rest -= weights[name];
      return rest < 0;
    });
    const [first] = names;
    if (picked === undefined && first === undefined) throw new Error('there is nothing to pick from');
    return picked ?? this.pick(weights);
  }

  one<Item>(items: readonly Item[]): Item | undefined {
    return items[this.integer(0, items.length)];
  }
}

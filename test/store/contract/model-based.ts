import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Commit, Key, ListOptions } from '../../../src/store/contract.ts';
import { toCursor } from '../../../src/store/engine/cursors.ts';
import type { OpenStore, StoreUnderTest } from './contract.ts';
import { Model } from './model.ts';
import { TestClock } from './support.ts';

export function describeModel(open: OpenStore): void {
  it('does what a simple model in memory does, for any sequence of commits, reads and reopenings', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    let runs = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        // A partition of its own for each run, beside those of earlier runs, instead of a new store.
        const run = new Run(subject, clock, `run-${runs}`);
        runs += 1;
        for (const next of steps) await run.take(next);
        await run.compareAll();
      }),
      { numRuns: 150 },
    );
  });
}

/** Plain data without a partition, so that fast-check can shrink and print it. */
type Path = [string, ...string[]];

interface CommitPlan {
  checks: { path: Path; expects: 'what is there' | 'absence' | 'what was there first' }[];
  sets: { path: Path; value: Uint8Array; lifetimeMs: number | null }[];
  deletes: Path[];
  trims: { path: Path; through: number }[];
  appends: { path: Path; value: Uint8Array; maxEntries: number }[];
}

type Step =
  | { do: 'commit in one turn'; plans: CommitPlan[] }
  | { do: 'pass time'; ms: number }
  | { do: 'list'; prefix: string[]; after: Path | null; limit: number }
  | { do: 'reopen' };

// Parts are chosen to upset encodings and orders. A few paths are drawn often, so that commits meet.
const part = fc.constantFrom('a', 'ab', 'a/b', '\u0001', 'A', '～', '😀', '0', '{x}');
const oftenPath = fc.constantFrom<Path[]>(['a'], ['a', 'b'], ['ab']);
const anyPath = fc.tuple(part, fc.array(part, { maxLength: 1 })).map(([first, rest]): Path => [first, ...rest]);
const path = fc.oneof(oftenPath, anyPath);
const value = fc.uint8Array({ maxLength: 8 });

const plan: fc.Arbitrary<CommitPlan> = fc
  .record({
    checks: fc.array(
      fc.record({
        path,
        expects: fc.constantFrom('what is there' as const, 'absence' as const, 'what was there first' as const),
      }),
      { maxLength: 2 },
    ),
    sets: fc.uniqueArray(fc.record({ path, value, lifetimeMs: fc.option(fc.constantFrom(-1, 0, 1, 10, 50)) }), {
      maxLength: 4,
      selector: (set) => JSON.stringify(set.path),
    }),
    deletes: fc.uniqueArray(path, { maxLength: 2, selector: (deleted) => JSON.stringify(deleted) }),
    trims: fc.array(fc.record({ path: oftenPath, through: fc.nat({ max: 12 }) }), { maxLength: 2 }),
    appends: fc.array(fc.record({ path: oftenPath, value, maxEntries: fc.nat({ max: 5 }) }), { maxLength: 4 }),
  })
  .map((drawn) => ({ ...drawn, deletes: drawn.deletes.filter((deleted) => !isAmong(drawn.sets, deleted)) }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('commit in one turn'), plans: fc.array(plan, { maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass time'), ms: fc.nat({ max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('list'),
      prefix: fc.array(part, { maxLength: 1 }),
      after: fc.option(path),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

function isAmong(sets: CommitPlan['sets'], searched: Path): boolean {
  return sets.some((set) => JSON.stringify(set.path) === JSON.stringify(searched));
}

/** One sequence of steps, taken by the store and by the model side by side. */
class Run {
  readonly #subject: StoreUnderTest;
  readonly #clock: TestClock;
  readonly #partition: string;
  readonly #model: Model;
  readonly #firstVersions = new Map<string, string>();
  readonly #paths = new Map<string, Path>();

  constructor(subject: StoreUnderTest, clock: TestClock, partition: string) {
    this.#subject = subject;
    this.#clock = clock;
    this.#partition = partition;
    this.#model = new Model(clock.now);
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case 'commit in one turn':
        return await this.#commit(next.plans.map((drawn) => this.#toCommit(drawn)));
      case 'pass time':
        return this.#clock.advance(next.ms);
      case 'list':
        return await this.#compareList(next);
      case 'reopen':
        return await this.#subject.reopen();
    }
  }

  /** Asserts that all keys and logs that were ever named are the same on both sides. */
  async compareAll(): Promise<void> {
    const keys = [...this.#paths.values()].map((known) => this.#keyOf(known));
    const found = await this.#subject.store.getMany(keys);
    assert.deepEqual(
      found,
      keys.map((key) => this.#model.get(key)),
    );
    await this.#compareList({ prefix: [], after: null, limit: 1000 });
    for (const log of keys) await this.#compareLog(log);
  }

  async #commit(commits: Commit[]): Promise<void> {
    const results = await Promise.all(commits.map((commit) => this.#subject.store.commit(commit)));
    for (const [index, result] of results.entries()) {
      this.#model.commit(commits[index] ?? {}, result);
      if (result.ok) for (const { key } of commits[index]?.sets ?? []) this.#remember(key, result.version);
    }
  }

  async #compareList({ prefix, after, limit }: { prefix: string[]; after: Path | null; limit: number }): Promise<void> {
    const top: Key = [this.#partition, ...prefix];
    const options: ListOptions = { limit, ...(after === null ? {} : { after: this.#keyOf(after) }) };
    assert.deepEqual(await this.#subject.store.list(top, options), this.#model.list(top, options));
  }

  /** Reads a log at once and then from after each of its entries. */
  async #compareLog(log: Key): Promise<void> {
    const whole = await this.#subject.store.read(log, { limit: 1000 });
    assert.deepEqual(whole, this.#model.read(log, { limit: 1000 }));
    for (const { cursor } of whole.entries) {
      const options = { after: cursor, limit: 2 };
      assert.deepEqual(await this.#subject.store.read(log, options), this.#model.read(log, options));
    }
  }

  #toCommit(drawn: CommitPlan): Commit {
    const now = this.#clock.now();
    return {
      checks: drawn.checks.map((check) => ({ key: this.#keyOf(check.path), version: this.#expected(check) })),
      sets: drawn.sets.map(({ path: at, value: bytes, lifetimeMs }) => ({
        key: this.#keyOf(at),
        value: bytes,
        ...(lifetimeMs === null ? {} : { expiresAt: now + lifetimeMs }),
      })),
      deletes: drawn.deletes.map((deleted) => this.#keyOf(deleted)),
      trims: drawn.trims.map(({ path: at, through }) => ({ log: this.#keyOf(at), through: toCursor(through) })),
      appends: drawn.appends.map(({ path: at, ...entry }) => ({ log: this.#keyOf(at), ...entry })),
    };
  }

  #expected({ path: at, expects }: CommitPlan['checks'][number]): string | null {
    const key = this.#keyOf(at);
    if (expects === 'absence') return null;
    if (expects === 'what is there') return this.#model.get(key)?.version ?? null;
    return this.#firstVersions.get(JSON.stringify(key)) ?? null;
  }

  #keyOf(at: Path): Key {
    this.#paths.set(JSON.stringify(at), at);
    return [this.#partition, ...at];
  }

  #remember(key: Key, version: string): void {
    const name = JSON.stringify(key);
    if (!this.#firstVersions.has(name)) this.#firstVersions.set(name, version);
  }
}

/** How far two samples speak against being drawn from the same distribution. */
interface RankSum {
  /** Of the first sample: how many pairs it wins, a tie counting as half. */
  readonly u: number;
  /** `u` less its mean, in standard deviations. Positive when the first sample's values are the greater ones. */
  readonly z: number;
  /** How likely so large a `z`, of either sign, is when the two do not differ. */
  readonly p: number;
}

/**
 * The Mann-Whitney U test, two-sided, by the normal approximation with a correction for ties: for samples of twenty and
 * more, of any distribution. Samples that are all one value differ in nothing: p is 1.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankSum {
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const tied = to - from;
    // Equal values share the mean of the ranks that they take up.
    rankSum += all.slice(from, to).filter(({ isFirst }) => isFirst).length * ((from + 1 + to) / 2);
    ties += tied ** 3 - tied;
    from = to;
  }
  const [m, n, count] = [first.length, second.length, all.length];
  const u = rankSum - (m * (m + 1)) / 2;
  const variance = ((m * n) / 12) * (count + 1 - ties / (count * (count - 1)));
  const z = variance > 0 ? (u - (m * n) / 2) / Math.sqrt(variance) : 0;
  return { u, z, p: complementaryError(Math.abs(z) / Math.SQRT2) };
}

/** erfc for what is not negative, to seven digits: Abramowitz and Stegun 7.1.26. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const coefficients = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = coefficients.reduce((sum, coefficient) => sum * t + coefficient, 0) * t;
  return Math.min(1, polynomial * Math.exp(-x * x));
}

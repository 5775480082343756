/** When two programs that measure the same windows compute the same. */

/**
 * Nepers. A float32 sum of 4096 terms in one row is off by about 64 roundings of 2^-24, 4e-6 of its value; each feature
 * is the logarithm of a few such sums, and a float32 FFT adds 2e-7. A definition that differs shows at 1e-3 and above.
 */
export const AGREEMENT = 1e-4;

/** @throws naming the two and the largest difference of their features, when they do not agree */
export function checkAgreement(contenders: { name: string; features: number[] }[]): void {
  const [first, ...others] = contenders;
  for (const { name, features } of others) {
    const difference = Math.max(...first.features.map((value, i) => Math.abs(value - features[i])));
    if (features.length !== first.features.length || !(difference <= AGREEMENT))
      throw new Error(`features of ${first.name} and ${name} differ by ${difference} nepers: that would be no race`);
  }
}

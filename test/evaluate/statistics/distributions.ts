/**
 * Regularised incomplete gamma and beta functions: the shares of a Poisson and of a binomial distribution. By series
 * and continued fraction (Abramowitz and Stegun 6.5.29, 6.5.31, 26.5.8), about 1e-12 of the value.
 */

const SMALL = 1e-300;
const ENOUGH = 1e-14;
const MAX_TERMS = 10_000;
/** Lanczos, g = 7, nine terms (Godfrey 2001): ln gamma to 1e-15. */
const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
];

/** ln of the gamma function, x > 0. */
export function lnGamma(x: number): number {
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** P(a, x): chance that a gamma variable of shape a > 0 is below x; 1 - P is the chance of fewer than a events at mean x. */
export function gammaShare(a: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < MAX_TERMS && term > ENOUGH * sum; n++) sum += term *= x / (a + n);
    return scale * sum;
  }
  const fraction = continued(
    (n) => -n * (n - a),
    (n) => x + 1 - a + 2 * n,
  );
  return 1 - scale / fraction;
}

/** I_x(a, b): chance that a beta variable is below x. */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
  const scale = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b)) / a;
  const fraction = continued(
    (n) => {
      const m = Math.floor(n / 2);
      if (n % 2 === 0) return (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      return (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    },
    () => 1,
  );
  return scale / fraction;
}

/** b0 + a1/(b1 + a2/(b2 + ...)) by the modified method of Lentz. */
function continued(above: (n: number) => number, below: (n: number) => number): number {
  let value = below(0) || SMALL;
  let c = value;
  let d = 0;
  for (let n = 1; n < MAX_TERMS; n++) {
    d = 1 / (below(n) + above(n) * d || SMALL);
    c = below(n) + above(n) / c || SMALL;
    value *= c * d;
    if (Math.abs(c * d - 1) < ENOUGH) break;
  }
  return value;
}

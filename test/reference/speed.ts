/**
 * Shaft speed from the power spectra of one segment, in float64: the comb of ten harmonics with the most evidence, and how
 * much of it no other comb finds in what that one leaves. Written from docs/adr/0013, apart from the core.
 */
const BINS = 320;
const HARMONICS = 10;
const STEP = 1.004;
const HIGHEST = 230;

export interface FoundComb {
  /** Spacing of its lines in bins. */
  bin: number;
  confidence: number;
}

/** The upper of two middle values. */
const upperMedian = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Power over the local median, mean over the axes; `lobe`: bins that one of a spectrum without zeros behind it takes. */
function whitened(spectra: ArrayLike<number>[], lobe: number): number[] {
  const half = Math.max(8, Math.floor(6 * lobe));
  return Array.from({ length: BINS }, (_, k) => {
    if (k === 0) return 0;
    const from = half * Math.floor(k / half);
    const ratios = spectra.map((power) => {
      const medianAt = (centre: number): number =>
        upperMedian(Array.from(power).slice(Math.max(1, centre - half), centre + half + 1));
      const left = medianAt(from);
      return power[k] / (left + ((medianAt(from + half) - left) * (k - from)) / half);
    });
    return ratios.reduce((a, b) => a + b, 0) / spectra.length;
  });
}

const counted = (value: number): number => Math.min(3, Math.max(-0.5, Math.log(Math.max(value, 1e-9) / 4)));

function evidenceOf(counts: number[], comb: number): number {
  let sum = 0;
  for (let h = 1; h <= HARMONICS; h++) {
    const k = Math.floor(comb * h);
    const value = k + 1 < BINS ? counts[k] + (comb * h - k) * (counts[k + 1] - counts[k]) : -0.5;
    sum += value / Math.sqrt(h);
  }
  return sum;
}

function strongest(counts: number[], from: number, to: number): { comb: number; evidence: number } {
  let best = { comb: 0, evidence: -Infinity };
  for (let comb = from; comb <= to; comb *= STEP) {
    const evidence = evidenceOf(counts, comb);
    if (evidence > best.evidence) best = { comb, evidence };
  }
  return best;
}

function without(counts: number[], comb: number, lobe: number): number[] {
  const rest = [...counts];
  const half = Math.ceil(2 * lobe);
  for (let bin = comb; bin < BINS + half; bin += comb) {
    const reach = half + Math.floor((STEP - 1) * bin);
    const centre = Math.floor(bin + 0.5);
    rest.fill(0, Math.max(0, centre - reach), Math.min(BINS, centre + reach + 1));
  }
  return rest;
}

function otherShare(ratios: number[], comb: number, times: number): number {
  let [others, multiples] = [0, 0];
  for (let h = 1; h <= 2 * HARMONICS; h++) {
    const k = Math.floor(comb * h + 0.5);
    if (k + 1 >= BINS) break;
    const excess = Math.max(0, Math.max(ratios[k - 1], ratios[k], ratios[k + 1]) - 4);
    if (h % times === 0) multiples += excess;
    else others += excess;
  }
  return multiples > 0 ? others / multiples : 1;
}

function refined(ratios: number[], comb: number, lobe: number): number {
  const reach = Math.ceil(lobe);
  let [places, orders] = [0, 0];
  for (let h = 1; h <= HARMONICS; h++) {
    const centre = Math.floor(comb * h + 0.5);
    if (centre - reach < 2 || centre + reach + 1 >= BINS) break;
    const around = ratios.slice(centre - reach, centre + reach + 1);
    const top = centre - reach + around.indexOf(Math.max(...around));
    const [below, at, above] = ratios.slice(top - 1, top + 2);
    if (at < 12 || at < below || at < above) continue;
    places += top + (above - below) / (below + at + above);
    orders += h;
  }
  return orders > 0 ? places / orders : comb;
}

/** @param spectra power a bin of each axis @param lobe length of the transform over that of the segment */
export function foundComb(spectra: ArrayLike<number>[], lobe: number): FoundComb {
  const ratios = whitened(spectra, lobe);
  const counts = ratios.map(counted);
  let best = strongest(counts, 8 * lobe, HIGHEST);
  const times = [3, 2].find((n) => best.comb * n <= HIGHEST && otherShare(ratios, best.comb, n) < 0.03);
  if (times) best = strongest(counts, best.comb * times * 0.99, best.comb * times * 1.01);
  const rival = Math.max(0, strongest(without(counts, best.comb, lobe), 8 * lobe, HIGHEST).evidence);
  const { comb, evidence } = best;
  return {
    bin: refined(ratios, comb, lobe),
    confidence: evidence > 0 ? Math.min(1, evidence / 4) * Math.max(0, 1 - rival / evidence) : 0,
  };
}

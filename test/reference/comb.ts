/**
 * Bearing evidence in float64 from one averaged envelope spectrum: the share of all modulation between 0.2 and 25 orders
 * that a comb explains, and what twelve orders of no bearing part explain by chance. Written from docs/adr/0005, apart
 * from the core.
 */
import type { FaultOrder } from '../../host/types.ts';

const HARMONICS = [1, 2, 3, 4];
const SLIPS = Array.from({ length: 13 }, (_, i) => 1 + 0.0025 * (i - 6));
const DECOYS = [1.37, 1.63, 2.27, 2.64, 2.79, 3.29, 3.41, 4.19, 4.41, 5.73, 5.87, 6.31];

export interface Evidence {
  outer: number;
  inner: number;
  ball: number;
  cage: number;
  decoy: number;
}

/** The upper of two middle values: a level that a bin really had. */
function upperMedian(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

class Lines {
  readonly #excess: number[];
  readonly #total: number;
  readonly #binOrder: number;

  constructor(power: ArrayLike<number>, binOrder: number) {
    this.#binOrder = binOrder;
    const bins = Math.min(power.length, Math.floor(25 / binOrder));
    const first = Math.max(1, Math.ceil(0.2 / binOrder));
    const width = Math.max(9, Math.floor(0.5 / binOrder) | 1);
    const step = width >> 1;
    const levelAt = (k: number): number => {
      const from = Math.max(0, Math.min(k - width, bins - 1));
      const around = Array.from(power).slice(from, Math.min(bins, k + width + 1));
      return upperMedian(around.length > 0 ? around : [power[from]]);
    };
    let background = 0;
    this.#excess = Array.from({ length: bins }, (_, k) => {
      const left = k - (k % step);
      const level = levelAt(left) + ((levelAt(left + step) - levelAt(left)) * (k - left)) / step;
      if (k >= first) background += level;
      return Math.max((k < first ? 0 : power[k]) - 2.5 * level, 0);
    });
    this.#total = background + this.#excess.reduce((a, b) => a + b, 0);
  }

  #near(order: number): number {
    const bin = Math.floor(order / this.#binOrder + 0.5);
    if (bin <= 2 || bin >= this.#excess.length - 3) return 0;
    return this.#excess.slice(bin - 2, bin + 3).reduce((a, b) => a + b, 0);
  }

  /** Share of the best of all slips. */
  share(order: number, side: number): number {
    const sums = SLIPS.map((slip) => {
      const lines = HARMONICS.flatMap((h) =>
        side > 0
          ? [
              this.#near(h * order * slip),
              0.8 * this.#near((h * order - side) * slip),
              0.8 * this.#near((h * order + side) * slip),
            ]
          : [this.#near(h * order * slip)],
      );
      return lines.reduce((a, b) => a + b, 0);
    });
    return Math.max(...sums) / this.#total;
  }
}

function clashes(order: number, { bpfo, bpfi, bsf, ftf }: FaultOrder): boolean {
  return [order, 2 * order].some((line) => {
    const parts = [1, 2, 3].flatMap((k) => [
      k * bpfo,
      ...[-1, 0, 1].flatMap((d) => [k * bpfi + d, k * 2 * bsf + d * ftf]),
    ]);
    return [...parts, Math.round(line)].some((part) => Math.abs(line - part) < 0.07);
  });
}

/** Evidence in nepers, mean over the spectra (all axes and bands); `binOrder` is the distance of their bins in orders. */
export function evidence(spectra: ArrayLike<number>[], binOrder: number, orders: FaultOrder): Evidence {
  const all = spectra.map((power) => new Lines(power, binOrder));
  const mean = (of: (lines: Lines) => number): number =>
    all.reduce((sum, lines) => sum + Math.log(of(lines) + 0.01), 0) / all.length;
  const decoys = DECOYS.filter((order) => !clashes(order, orders));
  return {
    outer: mean((lines) => lines.share(orders.bpfo, 0)),
    inner: mean((lines) => lines.share(orders.bpfi, 1)),
    ball: mean((lines) => lines.share(2 * orders.bsf, orders.ftf)) + Math.log(1.5),
    cage: mean((lines) => lines.share(orders.ftf, 0)),
    decoy: mean((lines) => Math.max(0, ...decoys.map((order) => lines.share(order, 0)))),
  };
}

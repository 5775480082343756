/**
 * Bearing evidence in float64 from averaged envelope spectra: the share of the modulation that a part's comb explains, and
 * what the strongest other order explains in what the part leaves. Written from docs/adr/0009, apart from the core; only
 * the bin that an order falls into is rounded as f32 does.
 */
import type { FaultOrder } from '../../host/types.ts';

const HARMONICS = [1, 2, 3, 4];
const SLIPS = Array.from({ length: 17 }, (_, i) => 1 + 0.0025 * (i - 8));
const PARTS = ['outer', 'inner', 'ball'] as const;
export type Part = (typeof PARTS)[number];

export interface Found {
  evidence: Record<Part | 'cage', number>;
  /** Measured order over the nominal one, less 1. */
  slips: Record<Part, number>;
  /** Evidence less the strongest other part, and less the strongest other order, in what the part leaves; the lesser. */
  margins: Record<Part, number>;
  /** Of the part with the greatest margin: the strongest other order. */
  decoy: number;
  best: Part;
}

/** The upper of two middle values: a level that a bin really had. */
function upperMedian(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

const total = (values: number[]): number => values.reduce((a, b) => a + b, 0);

class Row {
  readonly #power: number[];
  readonly #resolution: number;
  readonly #binOrder: number;
  readonly excess: number[];
  readonly modulation: number;

  constructor(power: ArrayLike<number>, binOrder: number, resolution: number) {
    this.#binOrder = binOrder;
    this.#resolution = resolution;
    const bins = Math.min(power.length, Math.floor(25 / binOrder));
    this.#power = Array.from(power).slice(0, bins);
    const first = Math.max(1, Math.ceil(0.2 / binOrder));
    const width = Math.max(9, Math.floor(0.5 / binOrder) | 1);
    const step = width >> 1;
    const levelAt = (k: number): number => {
      const from = Math.max(0, Math.min(k - width, bins - 1));
      return upperMedian(this.#power.slice(from, Math.max(from + 1, k + width + 1)));
    };
    let background = 0;
    const excess = this.#power.map((value, k) => {
      const left = k - (k % step);
      const level = levelAt(left) + ((levelAt(left + step) - levelAt(left)) * (k - left)) / step;
      if (k >= first) background += level;
      return k < first ? 0 : Math.max(value - 4 * level, 0);
    });
    this.excess = this.without(
      Array.from({ length: 25 }, (_, i) => i + 1),
      1,
      excess,
    );
    this.modulation = background + total(this.excess);
  }

  #bin(order: number): number {
    return Math.floor(Math.fround(Math.fround(Math.fround(order) * Math.fround(1 / this.#binOrder)) + 0.5));
  }

  /** The excess with the peaks at these orders taken out, from valley to valley; `cells`: how far off their tops may be. */
  without(orders: number[], cells = 2, excess = this.excess): number[] {
    const power = this.#power;
    const rest = [...excess];
    const reach = Math.max(1, Math.floor(cells * this.#resolution + 0.5));
    const foot = Math.floor(3 * this.#resolution) + 1;
    for (const order of orders) {
      const centre = this.#bin(order);
      if (centre - reach < 1 || centre + reach + 2 > power.length) continue;
      const around = power.slice(centre - reach, centre + reach + 1);
      const top = centre - reach + around.indexOf(Math.max(...around));
      if (power[top] < power[top - 1] || power[top] < power[top + 1]) continue;
      let [from, to] = [top, top];
      while (from > 0 && top - from < foot && power[from - 1] <= power[from]) from--;
      while (to < power.length - 1 && to - top < foot && power[to + 1] <= power[to]) to++;
      rest.fill(0, from, to + 1);
    }
    return rest;
  }

  #within(excess: number[], order: number, cells: number): number {
    const half = Math.max(1, Math.floor(cells * this.#resolution + 0.5));
    const bin = this.#bin(order);
    return bin <= half || bin >= excess.length - half - 1 ? 0 : total(excess.slice(bin - half, bin + half + 1));
  }

  harmonics(excess: number[], order: number): number {
    return total(HARMONICS.map((h) => this.#within(excess, h * order, 2)));
  }

  cage(excess: number[], order: number): number {
    return total(HARMONICS.map((h) => this.#within(excess, h * order, 1)));
  }

  comb(excess: number[], part: Part, order: number, cage: number): number {
    if (part === 'outer') return this.harmonics(excess, order);
    const [side, cap] = part === 'inner' ? [1, 1] : [cage, 2];
    const lines = HARMONICS.map((h) => {
      const centre = this.#within(excess, h * order, 2);
      const sides = this.#within(excess, h * order - side, 2) + this.#within(excess, h * order + side, 2);
      return centre + Math.min(0.8 * sides, cap * centre);
    });
    return total(lines) + (part === 'ball' ? 0.5 * this.cage(excess, cage) : 0);
  }
}

function family(part: Part, order: number, cage: number): number[] {
  const [sides, apart] = { outer: [1, 1], inner: [4, 1], ball: [2, cage] }[part];
  const lines = Array.from({ length: 8 }, (_, k) =>
    Array.from({ length: 2 * sides + 1 }, (_, m) => (k + 1) * order + (m - sides) * apart),
  ).flat();
  const cages = Array.from({ length: part === 'ball' ? 12 : 4 }, (_, k) => (k + 1) * cage);
  const beside = part === 'ball' ? [1 - cage, 1 + cage, 2 - cage, 2 + cage] : [];
  return [...lines, ...cages, ...beside].filter((line) => line > 0.2 && line < 25);
}

const ordersFrom = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * Math.exp(0.0025 * i));

/** `resolution`: bins that one of a spectrum without zeros behind it would take, 1..2. */
export function evidence(spectra: ArrayLike<number>[], binOrder: number, resolution: number, of: FaultOrder): Found {
  const rows = spectra.map((power) => new Row(power, binOrder, resolution));
  const orders = { outer: of.bpfo, inner: of.bpfi, ball: 2 * of.bsf };
  const mean = (share: (row: Row, i: number) => number): number =>
    total(rows.map((row, i) => Math.log(share(row, i) / row.modulation + 0.01))) / rows.length;
  const strongest = (part: Part, left: number[][]): { nepers: number; slip: number } => {
    const at = SLIPS.map((slip) => mean((row, i) => row.comb(left[i], part, orders[part] * slip, of.ftf * slip)));
    return {
      nepers: Math.max(...at.map((nepers, i) => nepers - 0.3 * ((SLIPS[i] - 1) * 100) ** 2)),
      slip: SLIPS[at.indexOf(Math.max(...at))],
    };
  };
  const whole = rows.map(({ excess }) => excess);
  const [scan, cages] = [ordersFrom(1.2, 938), ordersFrom(0.25, 535)];
  const judged = PARTS.map((part) => {
    const { nepers, slip } = strongest(part, whole);
    const lines = family(part, orders[part] * slip, of.ftf * slip);
    const left = rows.map((row) => row.without(lines));
    const rival = Math.max(...PARTS.filter((other) => other !== part).map((other) => strongest(other, left).nepers));
    const other = Math.max(
      ...scan.map((order) => mean((row, i) => row.harmonics(left[i], order))),
      ...cages.map((order) => mean((row, i) => 0.5 * row.cage(left[i], order))),
    );
    return { part, nepers, slip: slip - 1, margin: nepers - Math.max(rival, other), decoy: other };
  });
  const byPart = <T>(value: (one: (typeof judged)[number]) => T) =>
    Object.fromEntries(judged.map((one) => [one.part, value(one)])) as Record<Part, T>;
  const best = judged.reduce((a, b) => (b.margin > a.margin ? b : a));
  return {
    evidence: { ...byPart(({ nepers }) => nepers), cage: mean((row, i) => row.cage(whole[i], of.ftf)) },
    slips: byPart(({ slip }) => slip),
    margins: byPart(({ margin }) => margin),
    decoy: best.decoy,
    best: best.part,
  };
}

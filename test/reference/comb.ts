/**
 * Bearing evidence in float64 from averaged envelope spectra. Written from docs/adr/0009, apart from the core: only orders
 * are rounded to float32 as they are made, so that a line falls into the same bin.
 */
import type { FaultOrder } from '../../host/types.ts';

const HARMONICS = [1, 2, 3, 4];
const f32 = Math.fround;
const STEP = f32(0.0025);
const SLIPS = Array.from({ length: 17 }, (_, i) => f32(1 + f32(STEP * (i - 8))));
type Part = 'outer' | 'inner' | 'ball';
const PARTS: Part[] = ['outer', 'inner', 'ball'];

export interface Evidence {
  outer: number;
  inner: number;
  ball: number;
  cage: number;
  /** The strongest thing beside the part that fits best. */
  decoy: number;
  best: Part;
  margin: number;
  slip: number;
}

/** The upper of two middle values: a level that a bin really had. */
const upperMedian = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** One spectrum: what stands four local medians high and does not turn with the shaft. */
class Lines {
  readonly power: number[];
  readonly excess: number[];
  readonly total: number;
  readonly #binOrder: number;
  readonly #resolution: number;

  constructor(power: ArrayLike<number>, binOrder: number, resolution: number) {
    this.#binOrder = binOrder;
    this.#resolution = resolution;
    const bins = Math.min(power.length, Math.floor(25 / binOrder));
    this.power = Array.from(power).slice(0, bins);
    const first = Math.max(1, Math.ceil(f32(0.2) / binOrder));
    const width = Math.max(9, Math.floor(0.5 / binOrder) | 1);
    const step = width >> 1;
    const levelAt = (k: number): number => {
      const from = Math.max(0, Math.min(k - width, bins - 1));
      const around = this.power.slice(from, Math.min(bins, k + width + 1));
      return upperMedian(around.length > 0 ? around : [this.power[from]]);
    };
    const local = this.power.map((_, k) => {
      const at = Math.floor(k / step) * step;
      return levelAt(at) + ((levelAt(at + step) - levelAt(at)) * (k - at)) / step;
    });
    this.excess = this.power.map((value, k) => (k < first ? 0 : Math.max(0, value - 4 * local[k])));
    for (let order = 1; order <= 25; order++) this.strip(this.excess, order);
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    this.total = sum(this.excess) + sum(local.slice(first));
  }

  #bin(order: number): number {
    return Math.floor(f32(f32(order / this.#binOrder) + 0.5));
  }

  /** Takes the peak at an order, valley to valley, out of `lines`. */
  strip(lines: number[], order: number): void {
    const { power } = this;
    const reach = Math.max(1, Math.floor(this.#resolution + 0.5));
    const most = Math.floor(3 * this.#resolution) + 1;
    const middle = this.#bin(order);
    if (middle - reach < 1 || middle + reach + 2 > power.length) return;
    const near = power.slice(middle - reach, middle + reach + 1);
    const top = middle - reach + near.indexOf(Math.max(...near));
    if (power[top] < power[top - 1] || power[top] < power[top + 1]) return;
    let [low, high] = [top, top];
    while (low > 0 && top - low < most && power[low - 1] <= power[low]) low--;
    while (high < power.length - 1 && high - top < most && power[high + 1] <= power[high]) high++;
    lines.fill(0, low, high + 1);
  }

  without(part: Part, by: number, orders: Orders): number[] {
    const rest = [...this.excess];
    const cage = f32(orders.cage * by);
    const order = f32(orders[part] * by);
    const [side, sides] = part === 'ball' ? [cage, 2] : [1, 4];
    for (let h = 1; h <= 8; h++)
      for (let d = -sides; d <= sides; d++) this.strip(rest, f32(f32(h * order) + f32(d * side)));
    for (let h = 1; h <= (part === 'ball' ? 12 : 4); h++) this.strip(rest, f32(h * cage));
    if (part === 'ball')
      for (const turn of [1, 2]) for (const sign of [-1, 1]) this.strip(rest, f32(turn + sign * cage));
    return rest;
  }

  near(lines: number[], order: number, reach: number): number {
    const bin = this.#bin(order);
    if (bin < reach + 1 || bin >= lines.length - reach - 1) return 0;
    return lines.slice(bin - reach, bin + reach + 1).reduce((a, b) => a + b, 0);
  }

  get wide(): number {
    return Math.max(1, Math.floor(2 * this.#resolution + 0.5));
  }

  get narrow(): number {
    return Math.max(1, Math.floor(this.#resolution + 0.5));
  }

  comb(lines: number[], part: Part | 'cage', by: number, orders: Orders): number {
    const cage = f32(orders.cage * by);
    const cages = HARMONICS.reduce((sum, h) => sum + this.near(lines, f32(cage * h), this.narrow), 0);
    if (part === 'cage') return cages;
    const order = f32(orders[part] * by);
    const [side, cap] = part === 'ball' ? [cage, 2] : [1, 1];
    const own = HARMONICS.reduce((sum, h) => {
      const centre = f32(order * h);
      const line = this.near(lines, centre, this.wide);
      if (part === 'outer') return sum + line;
      const sidebands =
        this.near(lines, f32(centre - side), this.wide) + this.near(lines, f32(centre + side), this.wide);
      return sum + line + Math.min(0.8 * sidebands, cap * line);
    }, 0);
    return part === 'ball' ? own + 0.5 * cages : own;
  }
}

interface Orders {
  outer: number;
  inner: number;
  ball: number;
  cage: number;
}

const logMean = (shares: number[]): number =>
  shares.reduce((sum, share) => sum + Math.log(share + 0.01), 0) / shares.length;

/** Orders from `first` on, each a step above the one before. */
function steps(first: number, count: number): number[] {
  const orders = [f32(first)];
  while (orders.length < count) orders.push(f32(orders.at(-1)! * f32(1 + STEP)));
  return orders;
}

/** @param spectra of all axes and bands @param resolution bins of the transform over points behind it */
export function evidence(
  spectra: ArrayLike<number>[],
  binOrder: number,
  resolution: number,
  { bpfo, bpfi, bsf, ftf }: FaultOrder,
): Evidence {
  const orders: Orders = { outer: f32(bpfo), inner: f32(bpfi), ball: f32(2 * f32(bsf)), cage: f32(ftf) };
  const all = spectra.map((power) => new Lines(power, f32(binOrder), resolution));
  const whole = all.map(({ excess }) => excess);
  const best = (rows: number[][], part: Part | 'cage') => {
    const tried = SLIPS.map((slip) => ({
      slip,
      nepers:
        logMean(all.map((lines, i) => lines.comb(rows[i], part, slip, orders) / lines.total)) -
        0.3 * ((slip - 1) * 100) ** 2,
    }));
    return tried.reduce((most, one) => (one.nepers > most.nepers ? one : most));
  };
  const own = { outer: best(whole, 'outer'), inner: best(whole, 'inner'), ball: best(whole, 'ball') };
  const beside = (part: Part): number => {
    const rest = all.map((lines) => lines.without(part, own[part].slip, orders));
    const rivals = PARTS.filter((other) => other !== part).map((other) => best(rest, other).nepers);
    const scan =
      (weight: number, reach: 'wide' | 'narrow') =>
      (order: number): number =>
        logMean(
          all.map(
            (lines, i) =>
              (weight * HARMONICS.reduce((sum, h) => sum + lines.near(rest[i], f32(order * h), lines[reach]), 0)) /
              lines.total,
          ),
        );
    return Math.max(...rivals, ...steps(1.2, 760).map(scan(1, 'wide')), ...steps(0.25, 535).map(scan(0.5, 'narrow')));
  };
  const margins = PARTS.map((part) => ({ part, margin: own[part].nepers - beside(part) }));
  const { part, margin } = margins.reduce((most, one) => (one.margin > most.margin ? one : most));
  return {
    outer: own.outer.nepers,
    inner: own.inner.nepers,
    ball: own.ball.nepers,
    cage: best(whole, 'cage').nepers,
    decoy: own[part].nepers - margin,
    best: part,
    margin,
    slip: own[part].slip - 1,
  };
}

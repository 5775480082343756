/**
 * Standard normal numbers by the ziggurat of Marsaglia and Tsang (2000), 128 layers of equal area. Layer, sign and
 * position come from separate bits of one word (Doornik 2005: sharing bits correlates them).
 */
import type { Random } from './random.ts';

const LAYERS = 128;
const TAIL = 3.442619855899; // where the base layer hands over to the exact tail
const AREA = 9.91256303526217e-3; // of each layer
const STEPS = 2 ** 24;

/** Edge of layer i; the base layer is widened to hold the tail's area. */
const edge = new Float64Array(LAYERS + 1);
const density = (x: number): number => Math.exp(-0.5 * x * x);
edge[0] = AREA / density(TAIL);
edge[1] = TAIL;
for (let i = 2; i < LAYERS; i++) edge[i] = Math.sqrt(-2 * Math.log(AREA / edge[i - 1] + density(edge[i - 1])));

const width = Float64Array.from({ length: LAYERS }, (_, i) => edge[i] / STEPS);
/** Positions below this lie under the curve whatever the height: 99 % of all draws. */
const inside = Uint32Array.from({ length: LAYERS }, (_, i) => Math.floor((edge[i + 1] / edge[i]) * STEPS));
const height = Float64Array.from({ length: LAYERS + 1 }, (_, i) => density(edge[i]));

export class Gaussian {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Mean 0, variance 1. */
  next(): number {
    for (;;) {
      const bits = this.random.next();
      const layer = bits & 127;
      const position = bits >>> 8;
      const x = (bits & 128) === 0 ? position * width[layer] : -position * width[layer];
      if (position < inside[layer]) return x;
      if (layer === 0) return this.tail(x < 0);
      const low = height[layer];
      if (low + this.random.uniform() * (height[layer + 1] - low) < density(x)) return x;
    }
  }

  private tail(negative: boolean): number {
    for (;;) {
      const x = -Math.log(this.random.uniform()) / TAIL;
      const y = -Math.log(this.random.uniform());
      if (2 * y > x * x) return negative ? -TAIL - x : TAIL + x;
    }
  }
}

/**
 * A spalled bearing part, as a sequence of impacts over the turning of the shaft: one each time a ball passes the spall,
 * with random slip that adds up (so the passes drift out of step with the shaft, as real ones do) and a strength that
 * follows the load on the ball. Geometry: docs of `faultOrder`; load distribution: Stribeck, as in Harris.
 */
import type { FaultOrder } from '../types.ts';
import type { Gaussian } from './gaussian.ts';

/** Share of the largest ball load at `angle` from the load line; the loaded zone spans about 260 degrees. */
function loadAt(angle: number): number {
  const EPSILON = 0.8;
  const depth = 1 - (1 - Math.cos(angle)) / (2 * EPSILON);
  return depth > 0 ? depth ** 1.5 : 0;
}

const TURN = 2 * Math.PI;

export class Impacts {
  /** Strength of the last impact, about 1, and its age in samples, 0..1. Valid after `advance` returned true. */
  strength = 0;
  ago = 0;
  private readonly spacing: number;
  private readonly jitter: number;
  private readonly spread: number;
  /** Turns of the load on the damaged part per shaft turn: 0 outer ring, 1 inner ring, cage order for a ball. */
  private readonly loadOrder: number;
  private readonly isBall: boolean;
  private readonly gaussian: Gaussian;
  private remaining: number;
  private loadAngle = 0;
  private hitsOuter = false;

  /** @param jitter, slip, spread as in SimulatorSettings: shares of the distance, the distance, the strength */
  constructor(
    part: 'outer_race' | 'inner_race' | 'ball',
    order: FaultOrder,
    jitter: number,
    slip: number,
    spread: number,
    gaussian: Gaussian,
  ) {
    const passes = part === 'outer_race' ? order.bpfo : part === 'inner_race' ? order.bpfi : 2 * order.bsf;
    this.spacing = TURN / (passes * (1 - slip));
    this.jitter = jitter;
    this.spread = spread;
    this.loadOrder = part === 'outer_race' ? 0 : part === 'inner_race' ? 1 : order.ftf;
    this.isBall = part === 'ball';
    this.gaussian = gaussian;
    this.remaining = this.spacing;
  }

  /** Turns the shaft by `turned` rad, less than the distance of two passes. True: a ball passed the spall. */
  advance(turned: number): boolean {
    this.loadAngle += this.loadOrder * turned;
    if (this.loadAngle > TURN) this.loadAngle -= TURN;
    this.remaining -= turned;
    if (this.remaining > 0 || turned === 0) return false;
    this.ago = Math.min(1, -this.remaining / turned);
    this.remaining += this.spacing * Math.max(0.5, 1 + this.jitter * this.gaussian.next());
    this.strength = loadAt(this.loadAngle) * Math.max(0, 1 + this.spread * this.gaussian.next());
    if (this.isBall) {
      this.hitsOuter = !this.hitsOuter; // a ball meets both rings in one spin, the inner one through the oil less sharply
      if (!this.hitsOuter) this.strength *= 0.7;
    }
    return true;
  }
}

/** A quantity that wanders slowly and smoothly within fixed limits: speed and load of a machine. */
import type { Gaussian } from './gaussian.ts';

/**
 * Two low-passes in a row over white noise (a smoothed Ornstein-Uhlenbeck process), about 2.5 standard deviations to the
 * limit and folded there, so that the limit holds always.
 */
export class Wander {
  private fast = 0;
  private slow = 0;
  private readonly keep: number;
  private readonly feed: number;
  private readonly limit: number;
  private readonly gaussian: Gaussian;

  /**
   * @param limit     largest deviation, any unit
   * @param timeS     time constant of each low-pass
   * @param stepS     time between two calls of `next`
   */
  constructor(limit: number, timeS: number, stepS: number, gaussian: Gaussian) {
    this.keep = Math.exp(-stepS / timeS);
    this.feed = Math.sqrt(1 - this.keep * this.keep);
    this.limit = limit;
    this.gaussian = gaussian;
    // Starts somewhere typical, not at its mean.
    this.fast = gaussian.next();
    this.slow = 0.7 * gaussian.next();
  }

  next(): number {
    this.fast = this.keep * this.fast + this.feed * this.gaussian.next();
    this.slow = this.keep * this.slow + (1 - this.keep) * this.fast;
    // The second low-pass leaves half the variance: sd 0.707, so 2.5 sd = 1.77.
    const share = this.slow / 1.77;
    const folded = share > 1 ? 2 - share : share < -1 ? -2 - share : share;
    return this.limit * Math.max(-1, Math.min(1, folded));
  }
}

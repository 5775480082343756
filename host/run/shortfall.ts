/**
 * What could not be kept for the store because the disk did not follow: per point one gap of cause `budget` that says
 * which samples it covers and how many of them have no record. They were analysed, and alarms on them were told.
 */
import type { FrameDraft, FrameValue } from '../types.ts';

const VERDICT = 25;

interface Missing {
  first: number;
  end: number;
  samples: number;
  /** Whose times the gap gets. */
  last: FrameDraft;
}

export class Shortfall {
  readonly #points = new Map<number, Missing>();
  /** Drafts taken since `drain`. */
  drafts = 0;

  /** Counts a feature draft instead of keeping it. @returns false for one that says not what it judged: keep it */
  take(draft: FrameDraft): boolean {
    const verdict = draft.body.get(VERDICT) as Map<number, FrameValue> | undefined;
    const [start, length] = [verdict?.get(7), verdict?.get(8)];
    if (draft.pointId === null || typeof start !== 'number' || typeof length !== 'number') return false;
    const missing = this.#points.get(draft.pointId) ?? { first: start, end: start, samples: 0, last: draft };
    // decisions may overlap: a sample counts once
    missing.samples += Math.max(0, start + length - Math.max(start, missing.end));
    missing.end = Math.max(missing.end, start + length);
    missing.last = draft;
    this.#points.set(draft.pointId, missing);
    this.drafts++;
    return true;
  }

  /** The gaps, and an empty account. */
  drain(): FrameDraft[] {
    const gaps = [...this.#points.values()].map(({ first, end, samples, last }): FrameDraft => {
      const body = new Map<number, FrameValue>([
        [40, 'budget'],
        [41, first],
        [42, end],
        [43, samples],
      ]);
      return { ...last, kind: 'gap', descriptor: null, body, urgent: true };
    });
    this.#points.clear();
    this.drafts = 0;
    return gaps;
  }
}

/** One point on one core instance: stretches in, raw decisions out, placed on the source's own sample count. */
import {
  BOUNDARY_END,
  BOUNDARY_GAP,
  BOUNDARY_SNAPSHOT,
  RES_LENGTH,
  RES_START_HI,
  RES_START_LO,
} from '../../core-wasm/memory.ts';
import type { PointEvent, PointPlan } from '../types.ts';
import { Core, type Kernel } from './core.ts';
import { settingsOf } from './settings.ts';

/** A record of the core, copied, with its place on the source's sample count. */
export interface CoreDecision {
  start: number;
  length: number;
  words: Uint32Array;
  floats: Float32Array;
}

const BOUNDARIES = { snapshot: BOUNDARY_SNAPSHOT, gap: BOUNDARY_GAP, end: BOUNDARY_END };

export class PointAnalysis {
  readonly plan: PointPlan;
  readonly core: Core;
  readonly settings: Uint8Array;
  readonly #capacity: number;
  /** Samples pushed into the core, ever; and what that count and the source's were at the start of this stretch. */
  #pushed = 0;
  #stretchPushed = 0;
  #stretchStart = 0;
  #covered = 0;
  #open = false;
  #mayLearn: boolean;
  samplesAnalysed = 0;

  constructor(plan: PointPlan, kernel: Kernel | 'auto' = 'auto', coreBytes?: Uint8Array) {
    this.plan = plan;
    this.#mayLearn = plan.learnUntilSample !== null;
    this.core = new Core(kernel, coreBytes);
    this.settings = settingsOf(plan);
    this.core.configure(this.settings);
    this.#capacity = this.core.capacity;
  }

  /** Samples of the open stretch that no decision covers yet. */
  get samplesPending(): number {
    return this.#open ? this.#pushed - this.#covered : 0;
  }

  push(event: PointEvent): CoreDecision[] {
    const decisions: CoreDecision[] = [];
    if (event.kind === 'samples') this.#samples(event, decisions);
    else if (event.kind === 'boundary') this.#boundary(event.reason, decisions);
    else if (event.kind === 'inputs') this.core.setInputs(finite(event.rpm), finite(event.load));
    return decisions;
  }

  #samples(event: { firstSample: number; axes: Float32Array[] }, decisions: CoreDecision[]): void {
    if (this.#mayLearn && event.firstSample >= (this.plan.learnUntilSample ?? 0)) {
      // gaps have left fewer decisions than planned; what follows is not known to be healthy
      this.#mayLearn = false;
      this.core.endLearning();
    }
    if (!this.#open) {
      this.#open = true;
      this.#stretchStart = event.firstSample;
      this.#stretchPushed = this.#covered = this.#pushed;
    }
    const count = event.axes[0].length;
    for (let from = 0; from < count; from += this.#capacity) {
      const to = Math.min(count, from + this.#capacity);
      const made = this.core.push(event.axes, from, to);
      this.#pushed += to - from;
      this.#read(made, decisions);
    }
  }

  #boundary(reason: keyof typeof BOUNDARIES, decisions: CoreDecision[]): void {
    this.#read(this.core.boundary(BOUNDARIES[reason]), decisions);
    this.#open = false;
  }

  #read(count: number, decisions: CoreDecision[]): void {
    for (let i = 0; i < count; i++) {
      const { words, floats } = this.core.record(i);
      const pushedStart = words[RES_START_LO] + words[RES_START_HI] * 2 ** 32;
      const length = words[RES_LENGTH];
      const end = pushedStart + length;
      this.samplesAnalysed += Math.max(0, end - Math.max(pushedStart, this.#covered));
      this.#covered = Math.max(this.#covered, end);
      decisions.push({
        start: this.#stretchStart + pushedStart - this.#stretchPushed,
        length,
        words: words.slice(),
        floats: floats.slice(),
      });
    }
  }

  /** The learned state, for another stream of the same machine or for going on after a restart. */
  snapshot(): PointSnapshot {
    return {
      state: this.core.snapshot(),
      pushed: this.#pushed,
      stretchPushed: this.#stretchPushed,
      stretchStart: this.#stretchStart,
      covered: this.#covered,
      open: this.#open,
      samplesAnalysed: this.samplesAnalysed,
      mayLearn: this.#mayLearn,
    };
  }

  /** Goes on exactly where `snapshot` was taken. */
  restore(snapshot: PointSnapshot): void {
    this.core.restore(snapshot.state);
    this.#pushed = snapshot.pushed;
    this.#stretchPushed = snapshot.stretchPushed;
    this.#stretchStart = snapshot.stretchStart;
    this.#covered = snapshot.covered;
    this.#open = snapshot.open;
    this.samplesAnalysed = snapshot.samplesAnalysed;
    this.#mayLearn = snapshot.mayLearn;
  }

  /**
   * Takes over what another stream has learned and judges a new stream with it from its first sample, at its own speed
   * and with its own bearing.
   *
   * @throws CoreError `CORE_LEARN` when that stream had not finished learning
   */
  inherit(snapshot: PointSnapshot): void {
    this.restore({ ...snapshot, samplesAnalysed: 0 });
    this.core.inherit(this.settings);
    this.#open = false;
    this.#mayLearn = false;
  }
}

/** What no sensor can have measured counts as unknown. */
function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : 0;
}

export interface PointSnapshot {
  state: Uint8Array;
  pushed: number;
  stretchPushed: number;
  stretchStart: number;
  covered: number;
  open: boolean;
  samplesAnalysed: number;
  mayLearn: boolean;
}

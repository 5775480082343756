/**
 * One point on one core instance: stretches in, raw decisions out, placed on the source's own sample count. However
 * finely the samples come sliced, the core is called once a window: when one is complete, and before anything else.
 */
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
  /** Samples taken in, ever; and what that count and the source's were at the start of this stretch. */
  #taken = 0;
  /** The last of them, which wait in the input of the core until they complete a window. */
  #staged = 0;
  #stretchTaken = 0;
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
    return this.#open ? this.#taken - this.#covered : 0;
  }

  push(event: PointEvent): CoreDecision[] {
    const decisions: CoreDecision[] = [];
    if (event.kind === 'samples') this.#samples(event, decisions);
    else if (event.kind === 'boundary') this.#boundary(event.reason, decisions);
    else if (event.kind === 'inputs') {
      this.#pushStaged(decisions);
      this.core.setInputs(speedOf(event.rpm), finite(event.load));
    }
    return decisions;
  }

  #samples({ firstSample, axes }: { firstSample: number; axes: Float32Array[] }, decisions: CoreDecision[]): void {
    const count = axes[0].length;
    const healthy = this.#mayLearn ? Math.ceil(this.plan.learnUntilSample ?? 0) - firstSample : count;
    if (!this.#open) {
      this.#open = true;
      this.#stretchStart = firstSample;
      this.#stretchTaken = this.#covered = this.#taken;
    }
    this.#take(axes, 0, Math.min(healthy, count), decisions);
    if (healthy >= count) return;
    // gaps have left fewer decisions than planned; what follows is not known to be healthy
    this.#pushStaged(decisions);
    this.#mayLearn = false;
    this.core.endLearning();
    this.#take(axes, Math.max(0, healthy), count, decisions);
  }

  #take(axes: Float32Array[], from: number, to: number, decisions: CoreDecision[]): void {
    while (from < to) {
      const end = Math.min(to, from + this.#capacity - this.#staged);
      this.core.stage(axes, from, end, this.#staged);
      this.#staged += end - from;
      this.#taken += end - from;
      from = end;
      if (this.#staged === this.#capacity || this.#isDue()) this.#pushStaged(decisions);
    }
  }

  /** Whether what is staged completes a window; a scalar point judges every scan at once. */
  #isDue(): boolean {
    const { kind, windowLength } = this.plan;
    if (kind === 'scalar') return true;
    const inStretch = this.#taken - this.#stretchTaken;
    return wholeWindows(inStretch, windowLength) > wholeWindows(inStretch - this.#staged, windowLength);
  }

  #pushStaged(decisions: CoreDecision[]): void {
    if (this.#staged === 0) return;
    const made = this.core.pushStaged(this.#staged);
    this.#staged = 0;
    this.#read(made, decisions);
  }

  #boundary(reason: keyof typeof BOUNDARIES, decisions: CoreDecision[]): void {
    this.#pushStaged(decisions);
    this.#read(this.core.boundary(BOUNDARIES[reason]), decisions);
    this.#open = false;
  }

  #read(count: number, decisions: CoreDecision[]): void {
    for (let i = 0; i < count; i++) {
      const { words } = this.core.record(i);
      const pushedStart = words[RES_START_LO] + words[RES_START_HI] * 2 ** 32;
      const length = words[RES_LENGTH];
      const end = pushedStart + length;
      this.samplesAnalysed += Math.max(0, end - Math.max(pushedStart, this.#covered));
      this.#covered = Math.max(this.#covered, end);
      const copy = words.slice();
      decisions.push({
        start: this.#stretchStart + pushedStart - this.#stretchTaken,
        length,
        words: copy,
        floats: new Float32Array(copy.buffer),
      });
    }
  }

  /** Nothing more may be learned: what there is becomes the baseline, where it is enough. */
  endLearning(): void {
    this.#pushStaged([]); // they complete no window, so nothing is decided
    this.#mayLearn = false;
    this.core.endLearning();
  }

  /** Spectra behind the last decision, as copies; null for a scalar point. */
  spectra(): PointSpectra | null {
    const { kind, channels, windowLength, sampleRateHz } = this.plan;
    if (kind === 'scalar') return null;
    return {
      binHz: sampleRateHz / windowLength,
      power: channels.map((_, axis) => this.core.spectrum(axis, windowLength).slice()),
      envelope: this.#envelopes(),
    };
  }

  #envelopes(): PointSpectra['envelope'] {
    const bands = this.plan.channels.map((_, axis) =>
      [0, 1, 2].map((band) => this.core.envelopeSpectrum(axis, band)?.power.slice() ?? null),
    );
    const binHz = this.core.envelopeSpectrum(0, 0)?.binHz;
    return binHz === undefined ? null : { binHz, power: bands as Float32Array[][] };
  }

  /** The learned state, for another stream of the same machine or for going on after a restart. */
  snapshot(): PointSnapshot {
    this.#pushStaged([]); // they complete no window, so nothing is decided
    return {
      state: this.core.snapshot(),
      taken: this.#taken,
      stretchTaken: this.#stretchTaken,
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
    this.#taken = snapshot.taken;
    this.#staged = 0;
    this.#stretchTaken = snapshot.stretchTaken;
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

/** Windows that a stretch of so many samples has completed, at half overlap. */
function wholeWindows(samples: number, windowLength: number): number {
  return samples < windowLength ? 0 : Math.floor((samples - windowLength) / (windowLength / 2)) + 1;
}

/** To the core 0 is an unknown speed, and a shaft slower than 1 rpm stands. */
function speedOf(rpm: number | null): number {
  return rpm === 0 ? 0.001 : finite(rpm);
}

/** What no sensor can have measured counts as unknown. */
function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : 0;
}

/** Powers in the unit of the channel squared a bin, from 0 Hz. */
export interface PointSpectra {
  binHz: number;
  /** Of the last window of each axis: its sum is the variance. */
  power: Float32Array[];
  /** Averaged, of each band of each axis; null before there is one. */
  envelope: { binHz: number; power: Float32Array[][] } | null;
}

export interface PointSnapshot {
  state: Uint8Array;
  taken: number;
  stretchTaken: number;
  stretchStart: number;
  covered: number;
  open: boolean;
  samplesAnalysed: number;
  mayLearn: boolean;
}

/**
 * The words that every stage of the host shares. A stage takes one of these and returns the next one down;
 * nothing here has behaviour. Names and units follow docs/ and core-wasm/memory.ts.
 */

export const UNITS = ['g', 'm/s2', 'V', 'A', 'bar', 'degC', 'l/min', 'mm/s', 'rpm', '1'] as const;
export type Unit = (typeof UNITS)[number];

/** In the order of core-wasm/memory.ts STATE_*. `alarm` is true for alert and danger. */
export const STATES = ['off', 'learning', 'normal', 'transient', 'alert', 'danger', 'stale', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** In the order of core-wasm/memory.ts DIAGNOSIS_*, which starts at 1; 0 is null. */
export const DIAGNOSES = [
  'outer_race',
  'inner_race',
  'ball',
  'cage',
  'unbalance',
  'misalignment',
  'bent_shaft',
  'looseness',
  'gear',
  'electrical',
  'sensor',
] as const;
export type Diagnosis = (typeof DIAGNOSES)[number];

/** Orders of shaft speed. `bsf` is the ball spin; a ball defect shows at twice that. */
export interface FaultOrder {
  bpfo: number;
  bpfi: number;
  bsf: number;
  ftf: number;
}

// ---- acquire

export interface Channel {
  name: string;
  unit: Unit;
  /** Magnitude in `unit` at which the sensor clips, if known. */
  fullScale?: number;
}

/** What is known of a stream before its first sample. A source that cannot know rate or unit must throw instead. */
export interface SourceInfo {
  /** Name a person recognises: trace name, file name, port. */
  name: string;
  channels: Channel[];
  sampleRateHz: number;
  shaftRpm: number | null;
  /** Orders by bearing name; the name '' is the bearing of every channel that has none of its own name. */
  bearings: Record<string, FaultOrder>;
  /** Separate records end to end: samples of each and, if known, the wall-clock distance of their starts. */
  snapshot: { samples: number; intervalS: number | null } | null;
  /** Samples a channel in all, if known: for progress and time left. */
  sampleCount: number | null;
  /** UTC of the first sample in microseconds, only if the recording itself holds it. */
  startUtcUs: number | null;
  /** Things a person should know: detected delimiter, overridden rate, ... */
  notes: string[];
}

export type GapCause =
  | 'nonfinite' // NaN, infinity or text where a number was expected
  | 'short' // a stretch too short for one window
  | 'overrun' // the source had no room left (FIFO or ring)
  | 'wire' // a damaged or missing block on the link
  | 'source' // the device went away
  | 'restart' // a stage was restarted and the ring no longer held the samples
  | 'file'; // the file says so

/**
 * One step of a source, in order. `firstSample` counts scans since the start of the stream, gaps included.
 * `channels[c]` has one value a scan in the channel's unit and belongs to the receiver once yielded.
 * The values may contain non-finite numbers: the window stage accounts for them.
 */
export type SourceEvent =
  | { kind: 'samples'; firstSample: number; channels: Float32Array[] }
  | { kind: 'snapshotEnd' }
  | { kind: 'gap'; cause: GapCause; firstSample: number; lostSamples: number }
  | { kind: 'inputs'; rpm: number | null; load: number | null };

// ---- window

/** What is known of the rotor beside its speed and bearing. Absent: not known, and nothing is concluded from it. */
export interface RotorFacts {
  /** Axis along the shaft. */
  axialAxis?: 'x' | 'y' | 'z' | undefined;
  /** Teeth of the gear on the shaft whose speed is given. */
  gearTeeth?: number | undefined;
  /** Of the electric supply. */
  lineFrequencyHz?: number | undefined;
}

/** One machine point: which channels of the source it reads, and how the core is set up for it. */
export interface PointPlan {
  name: string;
  kind: 'vibration' | 'scalar';
  /** Indices into SourceInfo.channels, x y z order for a vibration point. */
  channels: number[];
  channelNames: string[];
  units: Unit[];
  sampleRateHz: number;
  /** Samples; 0 for a scalar point. */
  windowLength: number;
  /** 0: one decision a snapshot. */
  windowsPerDecision: number;
  /** Snapshots hold too few windows to join their envelopes. */
  loneWindows: boolean;
  /** Decisions; 0: no baseline may be learned. */
  learnDecisions: number;
  /** First sample, on the source's count, that is not known to be healthy; null: whatever comes first may be learned. */
  learnUntilSample: number | null;
  shaftRpm: number | null;
  faultOrder: FaultOrder | null;
  bearingName: string | null;
  thresholdSpreads: number;
  persistenceDecisions: number;
  fullScale: number | null;
  rotor?: RotorFacts | undefined;
  /** Seconds from one decision to the next, on the clock of the machine; null: unknown, then normal follows no drift. */
  decisionSeconds: number | null;
  /** RMS of every axis below which the machine is off; null: 40 dB below what was learned. */
  offBelow: number | null;
}

/** What the window stage hands to the analysis of one point: whole stretches without a hole in them. */
export type PointEvent =
  | { kind: 'samples'; firstSample: number; axes: Float32Array[] }
  | { kind: 'boundary'; reason: 'snapshot' | 'gap' | 'end' }
  | { kind: 'gap'; cause: GapCause; firstSample: number; lostSamples: number }
  | { kind: 'inputs'; rpm: number | null; load: number | null };

// ---- analyse, detect

/** One line of an explanation. `ratio` is measured over normal; `spreads` its distance from normal in healthy spreads. */
export interface Reason {
  feature: string;
  axis: string;
  featureIndex: number;
  axisIndex: number;
  ratio: number;
  spreads: number;
  /** Share of the squared score, 0..1. */
  share: number;
}

/** Plain values of one axis over one decision, in the unit of the channel unless the name says otherwise. */
export interface AxisValues {
  axis: string;
  mean: number;
  rms: number;
  peak: number;
  crestFactor: number;
  kurtosis: number;
  /** mm/s RMS; null when the channel is not an acceleration or the rate is too low for the band. */
  velocityRmsMmPerS: number | null;
  envelopeRms: number;
  centroidHz: number;
}

/** A: as new. B: fit for long-term use. C: not for long. D: can cause damage. */
export type Zone = 'A' | 'B' | 'C' | 'D';

/** What vibration velocity means for a machine of this kind, by the limits that its point was configured with. */
export interface Severity {
  zone: Zone;
  /** `ISO 20816-3`; `own limits` where the configuration gives them. */
  standard: string;
  /** `2022`; null for own limits. */
  edition: string | null;
  /** `group 2 rigid`, `class II`; empty for own limits. */
  group: string;
  /** Of the worst axis, over 10..1000 Hz. */
  velocityRmsMmPerS: number;
  axis: string;
  /** Above this the next zone begins; null in zone D. */
  nextLimitMmPerS: number | null;
}

/** A straight line through recent history, with the interval that holds its true slope in 90 of 100 cases. */
export interface Trend {
  /** In the unit of the quantity: scores, or mm/s. */
  slopePerDay: number;
  low: number;
  high: number;
  /** How much history the line is fitted to. */
  windowHours: number;
  /** Value of the line now. */
  level: number;
  /** The next limit above `level`, in the unit of the quantity; null where there is none. */
  limit: number | null;
  /**
   * When the line reaches `limit`; null without a rise, without a limit, or when that is too far ahead to say. `earliest`
   * and `latest` hold the true time in 90 of 100 cases; `latest` is null when only that end is too far ahead.
   */
  hoursToLimit: { best: number; earliest: number; latest: number | null } | null;
}

/** In the order in which frames hold it. */
export const EVIDENCE = [
  'outer_race',
  'inner_race',
  'ball',
  'cage',
  'decoy',
  'unbalance',
  'misalignment',
  'bent_shaft',
  'looseness',
  'gear',
  'electrical',
] as const;

/**
 * Nepers. Of a bearing part: how much of the modulation its orders hold, beside that of the orders of no part (decoy). Of a
 * rotor fault: how far above normal its lines are, 0 when their pattern is not that fault's.
 */
export type Evidence = Record<(typeof EVIDENCE)[number], number>;

/** Harmonics of a bearing part that stand in at least half of the envelope spectra. */
export interface FaultLines {
  /** How far they are off the kinematic orders, a fraction; -0.01: 1 % slower. */
  slip: number;
  /** Where they stand, in orders of the speed that was given. */
  orders: number[];
}

/** Lines at multiples of shaft speed, averaged over segments of `turns`. */
export interface ShaftLines {
  /** Speed on which the lines agree, within 2 % of the nominal one, and how clearly, 0..1. */
  speedHz: number;
  speedConfidence: number;
  turns: number;
  /** RMS of 1x, 2x, 3x over all axes together, in the unit of the channels. */
  levels: [number, number, number];
  /** Nepers by which 1x of each axis is above normal; 0: not, or not surely. */
  onceRise: number[];
}

/**
 * Where the speed of the orders comes from: nobody; an input; the settings; the signal; or `doubted`: the signal shows
 * another speed than the one believed, so no cause is named.
 */
export const SPEED_SOURCES = ['unknown', 'given', 'nominal', 'estimated', 'doubted'] as const;

/** The shaft speed that the signal shows by itself, of the newest look that found one. */
export interface FoundSpeed {
  /** Null: the signal shows none. */
  hz: number | null;
  /** 0..1; used from 0.5 on. */
  confidence: number;
  source: (typeof SPEED_SOURCES)[number];
}

/** The overall level, or the reading, whose normal has followed the machine farthest. */
export interface Drift {
  feature: string;
  axis: string;
  /** Its normal now over the one learned. */
  ratio: number;
  /** Of the way that it may go; at 1 it goes no farther. */
  share: number;
  /** That is why this verdict alarms. */
  alarms: boolean;
}

/** One row of output: a decision of the core with names instead of numbers. */
export interface Verdict {
  point: string;
  /** First sample judged and samples judged, on the source's own count. */
  start: number;
  length: number;
  windows: number;
  state: State;
  /** 1 is the alarm threshold. */
  score: number;
  alarm: boolean;
  calibrating: boolean;
  diagnosis: Diagnosis | null;
  /** 0..1. */
  confidence: number;
  sensorCause: 'stuck' | 'clipped' | 'disconnected' | 'detached' | 'swapped' | 'range' | null;
  why: Reason[];
  evidence: Evidence;
  /** What the rotor's evidence rests on; null until the lines of the shaft have been measured. */
  shaft: ShaftLines | null;
  /** Null for a scalar point. */
  speed: FoundSpeed | null;
  /** Null unless a bearing part is named. */
  faultLines: FaultLines | null;
  /** Features as the core gave them: axes end to end (or one value a channel of a scalar point). */
  features: Float32Array;
  values: AxisValues[];
  outOfRange: boolean;
  unlearned: boolean;
  /** Operating state by whose normal it was judged, from 0, and how many are known. */
  regime: { index: number; known: number };
  /** How far normal has followed since it was learned; null until it has. */
  drift: Drift | null;
  /** Null where no limits are configured, or where `noZone` says why there is no zone. */
  severity: Severity | null;
  noZone: string | null;
  /** Of the score and of the velocity; as old as the last whole minute of the stream. Null until there is enough history. */
  trend: Trend | null;
  velocityTrend: Trend | null;
}

// ---- alarm

/** A change that people or machines act on. */
export interface AlarmEvent {
  type: 'state' | 'diagnosis';
  point: string;
  from: string;
  to: string;
  /** Number of the episode on this host, from 1; 0 outside an episode. */
  alarmId: number;
  sample: number;
  verdict: Verdict;
}

// ---- store

export const FRAME_KINDS = {
  feature: 1,
  waveform: 2,
  event: 3,
  gap: 4,
  timeMap: 5,
  checkpoint: 6,
  audit: 7,
  descriptor: 8,
  mark: 9,
} as const;
export type FrameKind = keyof typeof FRAME_KINDS;

/** A value that a frame may hold: docs/frame.cddl. Numbers are unsigned integers only; floats travel as arrays. */
export type FrameValue =
  | number
  | bigint
  | string
  | boolean
  | Uint8Array
  | Float32Array
  | Int16Array
  | FrameValue[]
  | Map<number, FrameValue>;

/**
 * What a stage wants recorded. The store gives it identity (hostId, epoch, seq), chains it and encodes it; until then
 * it is no frame. `pointId` and `body` use the keys of docs/frame.cddl; body keys are 20 and above.
 */
export interface FrameDraft {
  kind: FrameKind;
  pointId: number | null;
  monoUs: number;
  utcUs: number | null;
  /** Quality of `utcUs`: 0 free (if absent), 1 NTP, 2 PTP or GNSS, 3 mapped later. */
  clock?: number;
  clockErrorUs?: number;
  /** Of the run on whose clock `monoUs` is, 8 bytes; the store's own if absent. */
  bootId?: Uint8Array;
  /** Key of the descriptor (see DescriptorDraft) that says what the numbers mean; null for host-level kinds. */
  descriptor: string | null;
  body: Map<number, FrameValue>;
  /** Commit at once instead of waiting for the group. */
  urgent: boolean;
}

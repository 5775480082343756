/**
 * A feature frame of a store or an export, told in full. It holds the features, the reasons and the state; samples are
 * not there, so there are no spectra.
 */
import {
  FEATURES_PER_AXIS,
  MODE_SCALAR,
  SET_BPFI,
  SET_BPFO,
  SET_BSF,
  SET_FTF,
  SET_LEARN_DECISIONS,
  SET_MODE,
  SET_SAMPLE_RATE_HZ,
  SET_SHAFT_RPM,
  SET_WINDOW,
  SETTINGS_BYTES,
} from '../../core-wasm/memory.ts';
import { SENSOR_CAUSES } from '../detect/verdict.ts';
import { InputError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import {
  DIAGNOSES,
  type Diagnosis,
  EVIDENCE,
  type Evidence,
  type FrameValue,
  type Reason,
  STATES,
  type Unit,
  type Verdict,
} from '../types.ts';
import { explanationOf, type Learned, type Machine, type Pictured } from './explanation.ts';
import { untold } from './untold.ts';

export interface FoundFrame {
  /** What a person called it: `DIR#12`. */
  record: string;
  feature: Frame;
  descriptor: Frame;
  /** Of the point, newest first, at least up to the last change of state. */
  events: Frame[];
}

/** @throws InputError EXPLAIN_FRAME when the descriptor is none of a host that analyses */
export function explainFrame({ record, feature, descriptor, events }: FoundFrame): Pictured {
  const settings = descriptor.map.get(82);
  if (!(settings instanceof Uint8Array) || settings.length !== SETTINGS_BYTES)
    throw new InputError(
      'EXPLAIN_FRAME',
      `${record}: its descriptor says nothing of the analysis; nothing was explained`,
    );
  const { machine, isScalar, learnDecisions } = machineOf(settings, descriptor);
  const told = feature.map.get(25) as Map<number, FrameValue>;
  const squares = realOf(told.get(12));
  const evidence = told.get(13) as Float32Array | undefined;
  const verdict = verdictOf(feature, told, descriptor, isScalar, squares ?? 0, evidence);
  const endS = (feature.monoUs ?? 0) / 1e6;
  const decided = events.find(
    ({ map }) =>
      map.get(30) === 'state' &&
      (map.get(34) as number | undefined) !== undefined &&
      (map.get(34) as number) <= feature.seq,
  );
  const isSameRun = decided && Buffer.compare(boot(decided), boot(feature)) === 0;
  const learned: Learned | null =
    learnDecisions > 0
      ? { source: 'this machine', decisions: learnDecisions, by: null, learnedUtc: null, forced: [] }
      : null;
  const explanation = explanationOf({
    record,
    verdict,
    machine,
    kind: isScalar ? 'scalar' : 'vibration',
    featureUnits: descriptor.map.get(81) as string[],
    startS: endS - verdict.length / machine.sampleRateHz,
    endS,
    endUtc: feature.utcUs === null ? null : new Date(feature.utcUs / 1000).toISOString(),
    sinceS: isSameRun ? (decided.monoUs ?? 0) / 1e6 : null,
    learned,
    levels: null,
    hasShares: squares !== null,
    hasEvidence: evidence !== undefined,
  });
  return { explanation, machine, spectra: null };
}

const boot = ({ map }: Frame): Uint8Array => map.get(7) as Uint8Array;

function machineOf(
  settings: Uint8Array,
  descriptor: Frame,
): { machine: Machine; isScalar: boolean; learnDecisions: number } {
  const view = new DataView(settings.buffer, settings.byteOffset, settings.length);
  const f32 = (word: number): number => view.getFloat32(word * 4, true);
  const u32 = (word: number): number => view.getUint32(word * 4, true);
  const [bpfo, bpfi, bsf, ftf] = [SET_BPFO, SET_BPFI, SET_BSF, SET_FTF].map(f32);
  return {
    isScalar: u32(SET_MODE) === MODE_SCALAR,
    learnDecisions: u32(SET_LEARN_DECISIONS),
    machine: {
      sampleRateHz: f32(SET_SAMPLE_RATE_HZ),
      windowLength: u32(SET_WINDOW),
      shaftRpm: f32(SET_SHAFT_RPM) || null,
      faultOrder: bpfo > 0 ? { bpfo, bpfi, bsf, ftf } : null,
      bearingName: null,
      units: (descriptor.map.get(90) as Unit[] | undefined) ?? [],
    },
  };
}

function verdictOf(
  { map }: Frame,
  told: Map<number, FrameValue>,
  descriptor: Frame,
  isScalar: boolean,
  squares: number,
  evidence: Float32Array | undefined,
): Verdict {
  const state = STATES[told.get(1) as number];
  return {
    ...untold(),
    point: descriptor.map.get(88) as string,
    start: told.get(7) as number,
    length: told.get(8) as number,
    state,
    score: realOf(told.get(2)) ?? 0,
    alarm: state === 'alert' || state === 'danger',
    calibrating: state === 'learning',
    diagnosis: DIAGNOSES.find((known) => known === told.get(3)) ?? (null as Diagnosis | null),
    confidence: realOf(told.get(4)) ?? 0,
    sensorCause: SENSOR_CAUSES[(told.get(6) as number | undefined) ?? 0] ?? null,
    why: (told.get(5) as Map<number, FrameValue>[]).map((why) => reasonOf(why, descriptor, isScalar, squares)),
    evidence: Object.fromEntries(EVIDENCE.map((of, i) => [of, evidence?.[i] ?? 0])) as Evidence,
    features: map.get(20) as Float32Array,
  };
}

function reasonOf(why: Map<number, FrameValue>, descriptor: Frame, isScalar: boolean, squares: number): Reason {
  const [featureIndex, axisIndex] = [why.get(1) as number, why.get(2) as number];
  const [ratio, spreads] = why.get(3) as Float32Array;
  const names = descriptor.map.get(80) as string[];
  const axis = isScalar ? '' : ((descriptor.map.get(89) as string[])[axisIndex] ?? String(axisIndex));
  const name =
    names[isScalar ? featureIndex : axisIndex * FEATURES_PER_AXIS + featureIndex] ?? `feature ${featureIndex}`;
  const feature = name.startsWith(`${axis}: `) ? name.slice(axis.length + 2) : name;
  return { feature, axis, featureIndex, axisIndex, ratio, spreads, share: squares > 0 ? spreads ** 2 / squares : 0 };
}

const realOf = (value: FrameValue | undefined): number | null => (value instanceof Float32Array ? value[0] : null);

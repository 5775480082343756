/** What leaves the pipeline, as frames to be: features with their verdict, events, gaps, and the descriptor behind them. */
import { featureTable } from '../detect/features.ts';
import { SENSOR_CAUSES } from '../detect/verdict.ts';
import type { Output } from '../pipeline.ts';
import { endSecondsAt } from '../stream-time.ts';
import {
  EVIDENCE,
  type FrameDraft,
  type FrameValue,
  type PointPlan,
  type SourceInfo,
  STATES,
  type Verdict,
} from '../types.ts';

/** A point of a running host: its number in the store and the stream that it belongs to. */
export interface HostPoint {
  id: number;
  plan: PointPlan;
  info: SourceInfo;
  /** Of this run of the source, 8 bytes: whose clock `monoUs` is. */
  bootId: Uint8Array;
}

/** @param end the first sample after the span that the frame is about */
function draft(point: HostPoint, kind: FrameDraft['kind'], end: number, body: Map<number, FrameValue>): FrameDraft {
  const monoUs = Math.round(endSecondsAt(point.info, end) * 1e6);
  const { startUtcUs } = point.info;
  return {
    kind,
    pointId: point.id,
    monoUs,
    utcUs: startUtcUs === null ? null : startUtcUs + monoUs,
    bootId: point.bootId,
    descriptor: kind === 'gap' ? null : String(point.id),
    body,
    urgent: kind !== 'feature',
  };
}

/** One real number: a one-element array, because frames hold no scalar floats. */
const real = (value: number): Float32Array => Float32Array.of(value);

function verdictMap(verdict: Verdict): Map<number, FrameValue> {
  const map = new Map<number, FrameValue>([
    [1, STATES.indexOf(verdict.state)],
    [2, real(verdict.score)],
  ]);
  if (verdict.diagnosis !== null) map.set(3, verdict.diagnosis).set(4, real(verdict.confidence));
  const why = verdict.why.map(
    ({ featureIndex, axisIndex, ratio, spreads }) =>
      new Map<number, FrameValue>([
        [1, featureIndex],
        [2, axisIndex],
        [3, Float32Array.of(ratio, spreads)],
      ]),
  );
  map.set(5, why);
  if (verdict.sensorCause !== null) map.set(6, SENSOR_CAUSES.indexOf(verdict.sensorCause));
  map.set(7, verdict.start).set(8, verdict.length);
  const [first] = verdict.why;
  if (first && first.share > 0) map.set(12, real(first.spreads ** 2 / first.share));
  if (verdict.alarm)
    map.set(
      13,
      Float32Array.from(EVIDENCE, (of) => verdict.evidence[of]),
    );
  return map;
}

/** The frame of one output of the pipeline. */
export function draftOf(point: HostPoint, output: Output): FrameDraft {
  if (output.kind === 'verdict') {
    const { verdict } = output;
    const body = new Map<number, FrameValue>([
      [20, verdict.features],
      [25, verdictMap(verdict)],
    ]);
    return draft(point, 'feature', verdict.start + verdict.length, body);
  }
  if (output.kind === 'alarm') {
    const { type, from, to, alarmId, sample } = output.event;
    const body = new Map<number, FrameValue>([
      [30, type],
      [31, from],
      [32, to],
      [33, alarmId],
    ]);
    return draft(point, 'event', sample, body);
  }
  const { cause, firstSample, lostSamples } = output;
  const body = new Map<number, FrameValue>([
    [40, cause],
    [41, firstSample],
    [42, firstSample + lostSamples],
    [43, lostSamples],
  ]);
  return draft(point, 'gap', firstSample + lostSamples, body);
}

/** What the source of a point does from sample `end` on: `source lost: SOURCE_ENDED`. */
export function sourceDraft(point: HostPoint, end: number, from: string, to: string): FrameDraft {
  return { ...draft(point, 'event', end, stageBody(from, to)), descriptor: null };
}

/** What happened to a part of the host itself: no point's. `monoUs` and `utcUs` are the host's. */
export function stageDraft(from: string, to: string, time: { monoUs: number; utcUs: number | null }): FrameDraft {
  const body = stageBody(from, to);
  return { kind: 'event', pointId: null, ...time, descriptor: null, body, urgent: true };
}

function stageBody(from: string, to: string): Map<number, FrameValue> {
  return new Map<number, FrameValue>([
    [30, 'stage'],
    [31, from],
    [32, to],
    [33, 0],
  ]);
}

/** Says what the numbers of a point's frames mean and how they were made. */
export function descriptorOf(
  point: HostPoint,
  made: { settings: Uint8Array; coreHash: Uint8Array; kernel: string; configHash: Uint8Array | null },
): FrameDraft {
  const { names, units } = featureTable(point.plan);
  const body = new Map<number, FrameValue>([
    [80, names],
    [81, units],
    [82, made.settings],
    [83, made.coreHash],
    [84, made.kernel],
    [88, point.plan.name],
    [89, point.plan.channelNames],
    [90, point.plan.units],
  ]);
  if (made.configHash) body.set(85, made.configHash);
  return { ...draft(point, 'descriptor', 0, body), descriptor: null };
}

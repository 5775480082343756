/**
 * A frame: the unit that is stored, chained, sent and verified. Built once from a draft and an identity; after that
 * only its bytes count, and they are never encoded again.
 */
import { DamageError } from '../errors.ts';
import { FRAME_KINDS, type FrameDraft, type FrameKind, type FrameValue } from '../types.ts';
import { decodeMap, encodeMap, FrameValueError } from './codec.ts';
import { COMMON_FIELDS, FIELDS, fieldsJson, problemOf } from './fields.ts';

export const SCHEMA_VERSION = 1;

/** Keys of docs/frame.cddl that code names. */
export const KEY = {
  schemaVersion: 1,
  hostId: 2,
  epoch: 3,
  seq: 4,
  kind: 5,
  pointId: 6,
  bootId: 7,
  utcUs: 8,
  clock: 9,
  clockErrorUs: 10,
  descriptorSeq: 11,
  monoUs: 12,
  eventCause: 34,
  sign1: 60,
} as const;

const KIND_NAMES = new Map(Object.entries(FRAME_KINDS).map(([name, kind]) => [kind as number, name as FrameKind]));

/** What the host adds to a draft. Ids are 8 bytes. */
export interface FrameIdentity {
  hostId: Uint8Array;
  epoch: Uint8Array;
  seq: number;
  bootId: Uint8Array;
  /** Of the descriptor that the draft names; null if it names none. */
  descriptorSeq: number | null;
}

export interface Frame {
  hostId: Uint8Array;
  epoch: Uint8Array;
  seq: number;
  /** null: a kind of a later version, kept and not understood. */
  kind: FrameKind | null;
  pointId: number | null;
  monoUs: number | null;
  utcUs: number | null;
  descriptorSeq: number | null;
  /** Every key, also those above. */
  map: Map<number, FrameValue>;
}

/** The map of a frame, checked against its kind. Not encoded yet: a checkpoint signs a part of it. */
export function frameMap(draft: FrameDraft, identity: FrameIdentity): Map<number, FrameValue> {
  const map = new Map<number, FrameValue>([
    [KEY.schemaVersion, SCHEMA_VERSION],
    [KEY.hostId, identity.hostId],
    [KEY.epoch, identity.epoch],
    [KEY.seq, identity.seq],
    [KEY.kind, FRAME_KINDS[draft.kind]],
    [KEY.bootId, draft.bootId ?? identity.bootId],
    [KEY.monoUs, draft.monoUs],
  ]);
  if (draft.pointId !== null) map.set(KEY.pointId, draft.pointId);
  if (draft.utcUs !== null) {
    map.set(KEY.utcUs, draft.utcUs);
    map.set(KEY.clock, draft.clock ?? 0);
    if (draft.clockErrorUs !== undefined) map.set(KEY.clockErrorUs, draft.clockErrorUs);
  }
  if (identity.descriptorSeq !== null) map.set(KEY.descriptorSeq, identity.descriptorSeq);
  for (const [key, value] of draft.body) {
    if (key < 20) throw new FrameValueError(`key ${key} of the body is below 20, which the store fills`, draft.kind);
    map.set(key, value);
  }
  return map;
}

/**
 * @returns the bytes of a frame
 * @throws FrameValueError when the draft lacks what its kind needs or holds what no frame may: a defect of the caller
 */
export function encodeFrame(map: Map<number, FrameValue>, kind: FrameKind): Uint8Array {
  const problem = problemOf(map, FIELDS[kind]);
  if (problem) throw new FrameValueError(problem, kind);
  return encodeMap(map);
}

/**
 * @param bytes exactly one frame
 * @throws DamageError FRAME_CBOR, FRAME_VERSION or FRAME_FIELD; never anything else
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const map = decodeMap(bytes);
  const version = map.get(KEY.schemaVersion);
  if (version !== SCHEMA_VERSION)
    throw new DamageError(
      'FRAME_VERSION',
      `frame: schema version ${version}, wanted ${SCHEMA_VERSION}; it is not read`,
    );
  const kind = KIND_NAMES.get(map.get(KEY.kind) as number) ?? null;
  const problem = problemOf(map, kind ? FIELDS[kind] : COMMON_FIELDS);
  if (problem)
    throw new DamageError('FRAME_FIELD', `frame of kind ${kind ?? map.get(KEY.kind)}: ${problem}; it is not used`);
  const number = (key: number): number | null => {
    const value = map.get(key);
    return typeof value === 'number' ? value : null;
  };
  return {
    hostId: map.get(KEY.hostId) as Uint8Array,
    epoch: map.get(KEY.epoch) as Uint8Array,
    seq: map.get(KEY.seq) as number,
    kind,
    pointId: number(KEY.pointId),
    monoUs: number(KEY.monoUs),
    utcUs: number(KEY.utcUs),
    descriptorSeq: number(KEY.descriptorSeq),
    map,
  };
}

/** The line that `decode` prints for a frame: names for keys, bytes in hex, the kind by name. */
export function frameJson(frame: Frame): Record<string, unknown> {
  const json = fieldsJson(frame.map, frame.kind ? FIELDS[frame.kind] : COMMON_FIELDS);
  return { ...json, kind: frame.kind ?? frame.map.get(KEY.kind) };
}

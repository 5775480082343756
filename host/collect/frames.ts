/** What a collector takes from a payload: whole frames with their identity, and what it could not use. */
import { DamageError } from '../errors.ts';
import { pathOf } from '../forward/topics.ts';
import { sameBytes } from '../frame/chain.ts';
import { decodeFrame } from '../frame/frame.ts';
import { itemEnd } from '../frame/profile.ts';
import { FRAME_KINDS, type FrameValue } from '../types.ts';

/** Of a gap frame: why, the outermost of the frames dropped, the runs where not all between were, and their epoch. */
const GAP = { cause: 40, dropped: 44, runs: 45, epoch: 46 } as const;
/** What these causes name will never come. What was set aside with a damaged store (`store`) a person may still bring. */
const DROPS: FrameValue[] = ['budget', 'retention'];

export interface Dropped {
  epoch: Uint8Array;
  /** First and last of each run. */
  runs: [first: number, last: number][];
}

export interface CollectedFrame {
  hostId: Uint8Array;
  epoch: Uint8Array;
  seq: number;
  /** Number of the frame kind. */
  kind: number;
  pointId: number | null;
  /** enterprise/site/area/line/asset/point of the topic; null for frames of the host. */
  path: string | null;
  monoUs: number | null;
  utcUs: number | null;
  bytes: Uint8Array;
  /** Of a gap frame: what the host has dropped before it; null where it says nothing of the kind. */
  dropped: Dropped | null;
}

export interface Taken {
  frames: CollectedFrame[];
  /** Why the rest of the payload cannot be used; null when all of it was. */
  damage: string | null;
}

/** Never throws for what comes from the network. What stands before the damage is used. */
export function takePayload(topic: string, payload: Uint8Array): Taken {
  const frames: CollectedFrame[] = [];
  let damage: string | null = payload.length === 0 ? 'an empty payload' : null;
  for (let at = 0; at < payload.length; ) {
    try {
      const end = itemEnd(payload, at);
      if (end === null) return { frames, damage: damage ?? `byte ${at}: ends in the middle of a frame` };
      const start = at;
      at = end;
      frames.push(collected(topic, payload.subarray(start, end)));
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      damage ??= `frame ${frames.length}: ${error.message}`;
      // where the item itself cannot be read, nothing tells where the next one starts
      if (error.code === 'FRAME_CBOR') return { frames, damage };
    }
  }
  return { frames, damage };
}

function collected(topic: string, bytes: Uint8Array): CollectedFrame {
  const { hostId, epoch, seq, pointId, monoUs, utcUs, map } = decodeFrame(bytes);
  const kind = map.get(5) as number;
  const dropped = kind === FRAME_KINDS.gap ? droppedOf(epoch, seq, map) : null;
  return {
    ...{ hostId, epoch, seq, kind, pointId, monoUs, utcUs, dropped },
    path: pointId === null ? null : pathOf(topic),
    bytes,
  };
}

function droppedOf(own: Uint8Array, seq: number, map: Map<number, FrameValue>): Dropped | null {
  if (!DROPS.includes(map.get(GAP.cause)!)) return null;
  const epoch = (map.get(GAP.epoch) as Uint8Array | undefined) ?? own;
  // of its own epoch a frame can only speak of those before it
  const limit = sameBytes(epoch, own) ? seq : Number.MAX_SAFE_INTEGER;
  const named = (map.get(GAP.runs) ?? [map.get(GAP.dropped)]) as ([number, number] | undefined)[];
  const runs = named.filter(
    (pair) => pair?.every((one) => typeof one === 'number' && one < limit) && pair[0] <= pair[1],
  );
  return runs.length === 0 ? null : { epoch, runs: runs as Dropped['runs'] };
}

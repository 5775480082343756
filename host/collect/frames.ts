/** What a collector takes from a payload: whole frames with their identity, and what it could not use. */
import { DamageError } from '../errors.ts';
import { pathOf } from '../forward/topics.ts';
import { decodeFrame } from '../frame/frame.ts';
import { itemEnd } from '../frame/profile.ts';
import { FRAME_KINDS } from '../types.ts';

const DROPPED_KEY = 44;

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
  /** Of a gap frame: first and last frame before it that the host has dropped, and that will never come. */
  dropped: [first: number, last: number] | null;
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
  const pair = kind === FRAME_KINDS.gap ? (map.get(DROPPED_KEY) as [number, number] | undefined) : undefined;
  const isBefore = pair?.every((one) => typeof one === 'number' && one < seq) && pair[0] <= pair[1];
  const dropped = pair && isBefore ? ([pair[0], pair[1]] as [number, number]) : null;
  return {
    ...{ hostId, epoch, seq, kind, pointId, monoUs, utcUs, dropped },
    path: pointId === null ? null : pathOf(topic),
    bytes,
  };
}

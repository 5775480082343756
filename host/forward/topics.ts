/** Where a frame is published. One topic carries one kind of one point, so a subscriber takes what it needs. */
import { FRAME_KINDS, type FrameKind } from '../types.ts';

const ROOT = 'spindle/v1';

/** Kinds as they stand in topics: the names of docs/frame.cddl. */
const KIND_TOPICS = new Map<number, string>(
  (Object.keys(FRAME_KINDS) as FrameKind[]).map((kind) => [
    FRAME_KINDS[kind],
    kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  ]),
);

/**
 * @param path enterprise/site/area/line/asset/point, or null for a frame of the host itself
 * @param kind number of the frame kind
 */
export function topicOf(path: string | null, hostIdHex: string, kind: number): string {
  const name = KIND_TOPICS.get(kind) ?? `kind${kind}`;
  return path === null ? `${ROOT}/_host/${hostIdHex}/${name}` : `${ROOT}/${path}/${name}`;
}

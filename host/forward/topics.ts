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

/** Where a collector answers a host. */
export const receiptTopic = (hostIdHex: string): string => `${ROOT}/_receipts/${hostIdHex}`;

/** Where a host asks. */
export const queryTopic = (hostIdHex: string): string => `${ROOT}/_query/${hostIdHex}`;

/** Everything that a collector needs and nothing else: frames of points, frames of hosts, queries; no receipts. */
export const COLLECTED_TOPICS = [`${ROOT}/+/+/+/+/+/+/+`, `${ROOT}/_host/+/+`, `${ROOT}/_query/+`];

const QUERY = new RegExp(`^${ROOT}/_query/[^/]+$`);
const POINT = new RegExp(`^${ROOT}/((?:[A-Za-z0-9._-]{1,64}/){5}[A-Za-z0-9._-]{1,64})/[^/]+$`);

export const isQueryTopic = (topic: string): boolean => QUERY.test(topic);

/** @returns enterprise/site/area/line/asset/point of a topic of frames; null where it is no point's */
export const pathOf = (topic: string): string | null => POINT.exec(topic)?.[1] ?? null;

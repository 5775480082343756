/**
 * Where a collector keeps frames. Two tables matter: `frame`, one row an identity, and `span`, which sequence numbers of
 * a source are durable, as stretches. Both change in one transaction; a receipt is read from what that transaction left.
 *
 * Contract
 * - `commit` resolves when everything is durable, rejects when nothing of it is known to be; it may be called again with
 *   the same frames, whatever happened, and then stores nothing twice.
 * - A frame whose identity is there with other bytes is set aside, so that it is durable too, and counted as a conflict.
 * - One collector calls one thing at a time.
 */
import type { SeqRange } from '../forward/receipt.ts';
import { Spans } from '../forward/spans.ts';
import type { CollectedFrame } from './frames.ts';

/** A payload that cannot be used, or a frame that contradicts one that is there. */
export interface Aside {
  topic: string;
  why: string;
  bytes: Uint8Array;
  isConflict: boolean;
}

export interface SourceName {
  hostId: Uint8Array;
  epoch: Uint8Array;
}

export interface Coverage extends SourceName {
  nextSeq: number;
  ranges: SeqRange[];
  /** There are ranges behind the last one. */
  more: boolean;
}

export interface Committed {
  inserted: number;
  /** Frames that were there already. */
  duplicates: number;
  conflicts: number;
  /** For each source of the batch what is durable now: up to where without a hole, and the stretches of this batch. */
  sources: Coverage[];
}

export interface Sink {
  /** For people, without secrets. */
  readonly name: string;
  commit(frames: CollectedFrame[], aside: Aside[]): Promise<Committed>;
  /** What is durable of a source from a sequence number on, at most `limit` stretches. */
  coverage(source: SourceName, fromSeq: number, limit: number): Promise<Coverage>;
  close(): Promise<void>;
}

/** Damaged payloads kept; more are only counted. One is cut to this size. */
export const MOST_ASIDE = 10_000;
export const ASIDE_BYTES = 64 * 1024;

/** The frames of a batch by source, each identity once: the first of it, and those that say something else. */
export interface Group extends SourceName {
  key: string;
  frames: Map<number, CollectedFrame>;
  again: CollectedFrame[];
  spans: Spans;
}

export const keyOf = ({ hostId, epoch }: SourceName): string =>
  `${Buffer.from(hostId).toString('hex')}/${Buffer.from(epoch).toString('hex')}`;

/** In the order of their keys, so that two collectors never wait for each other crosswise. */
export function groupsOf(frames: CollectedFrame[]): Group[] {
  const groups = new Map<string, Group>();
  for (const frame of frames) {
    const key = keyOf(frame);
    let group = groups.get(key);
    if (!group) {
      const { hostId, epoch } = frame;
      groups.set(key, (group = { key, hostId, epoch, frames: new Map(), again: [], spans: new Spans() }));
    }
    if (group.frames.has(frame.seq)) group.again.push(frame);
    else group.frames.set(frame.seq, frame);
    group.spans.add(frame.seq, frame.seq + 1);
    if (frame.dropped) group.spans.add(frame.dropped[0], frame.dropped[1] + 1);
  }
  return [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function conflictOf(frame: CollectedFrame): Aside {
  return {
    topic: frame.path ?? '',
    why: `conflict: host ${keyOf(frame)} seq ${frame.seq} is here with other bytes: two hosts with one identity (a copied card), or a host that was put back to an earlier state`,
    bytes: frame.bytes,
    isConflict: true,
  };
}

/** Stretches behind the first one, for a receipt. */
export function rangesBehind(spans: Spans, nextSeq: number): SeqRange[] {
  const ranges: SeqRange[] = [];
  for (const { first, end } of spans) if (first > nextSeq) ranges.push([first, end - 1]);
  return ranges;
}

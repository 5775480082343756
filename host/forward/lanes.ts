/**
 * Which frames go next. Two lanes over one table: *live*, the newest frames and all that come after, in order; and
 * *backfill*, what is owed from before, oldest first. Frames that were lost on the way go before the backfill. A frame
 * is given out once a connection, unless it is given back.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { frameId, seqOf } from '../store/frame-id.ts';
import type { Progress } from './progress.ts';
import { Spans } from './spans.ts';
import { topicOf } from './topics.ts';
import type { OutgoingMessage } from './transport.ts';

const READ_FRAMES = 256;
const READ_BYTES = 256 * 1024;
const MESSAGE_FRAMES = 64;
/** A message is closed before it passes this; one larger frame goes alone. */
const MESSAGE_BYTES = 64 * 1024;
/**
 * The newest frames that count as live when a connection comes up: two minutes of eight points at a frame a second. So a
 * short break is made good in order, and a long one costs the live lane a fifth of a second.
 */
const NEWEST_FRAMES = 1024;
/** A live lane that is farther behind than this is none: it jumps to the newest frames, the rest is backfill. */
const LONGEST_LIVE = 4096;

export type LaneName = 'live' | 'again' | 'backfill';

export interface Parcel extends OutgoingMessage {
  epochId: number;
  lane: LaneName;
  seqs: number[];
}

export class Lanes {
  readonly #progress: Progress;
  readonly #liveEpochId: number;
  readonly #read: StatementSync;
  readonly #pointPath: StatementSync;
  readonly #hostIdHex: StatementSync;
  readonly #queues: Record<LaneName, Parcel[]> = { live: [], again: [], backfill: [] };
  /** Frames given out, by epoch, and those of them that were given back. */
  readonly #taken = new Map<number, Spans>();
  readonly #again = new Map<number, Spans>();
  /** First frame of the live lane: the backfill ends before it. */
  #liveFrom: number;
  #liveNext: number;
  #backfill: { epochId: number; nextSeq: number };

  /** @param liveEpochId the epoch that is being written */
  constructor(database: DatabaseSync, progress: Progress, liveEpochId: number) {
    this.#progress = progress;
    this.#liveEpochId = liveEpochId;
    this.#read = database.prepare(
      `SELECT id, kind, point_id, bytes FROM frame WHERE id >= ? AND id < ? ORDER BY id LIMIT ${READ_FRAMES}`,
    );
    this.#pointPath = database.prepare('SELECT path FROM point WHERE id = ?');
    this.#hostIdHex = database.prepare('SELECT lower(hex(host_id)) hex FROM epoch WHERE id = ?');
    this.#backfill = { ...progress.cursor };
    this.#liveFrom = this.#liveNext = this.#newest();
  }

  #newest(): number {
    const { epochId, nextSeq } = this.#progress.cursor;
    const least = epochId === this.#liveEpochId ? nextSeq : 0;
    return Math.max(least, this.#progress.endOf(this.#liveEpochId) - NEWEST_FRAMES);
  }

  /** The next message of a lane; null when there is nothing to send on it. It counts as given out. */
  next(lane: LaneName): Parcel | null {
    const queue = this.#queues[lane];
    if (queue.length === 0) queue.push(...this.#fill(lane));
    return queue.shift() ?? null;
  }

  /** These frames did not arrive: they go again. */
  giveBack(epochId: number, seqs: Iterable<number>): void {
    const again = spansOf(this.#again, epochId);
    for (const seq of seqs) again.add(seq, seq + 1);
  }

  #fill(lane: LaneName): Parcel[] {
    if (lane === 'live') return this.#fillLive();
    return lane === 'again' ? this.#fillAgain() : this.#fillBackfill();
  }

  #fillLive(): Parcel[] {
    const end = this.#progress.endOf(this.#liveEpochId);
    if (end - this.#liveNext > LONGEST_LIVE) this.#liveFrom = this.#liveNext = end - NEWEST_FRAMES;
    const { parcels, nextSeq } = this.#parcels('live', this.#liveEpochId, this.#liveNext, end);
    this.#liveNext = nextSeq;
    return parcels;
  }

  #fillAgain(): Parcel[] {
    for (const [epochId, again] of this.#again)
      for (let [span] = again; span; [span] = again) {
        const { first, end } = span;
        const { parcels, nextSeq } = this.#parcels('again', epochId, first, end);
        again.remove(first, Math.max(nextSeq, first + 1));
        if (parcels.length > 0) return parcels; // else it came late or was dropped meanwhile
      }
    return [];
  }

  #fillBackfill(): Parcel[] {
    const place = this.#backfill;
    const { cursor } = this.#progress;
    if (cursor.epochId > place.epochId) this.#backfill = { ...cursor };
    for (;;) {
      const { epochId } = this.#backfill;
      const limit = epochId === this.#liveEpochId ? this.#liveFrom : Number.MAX_SAFE_INTEGER;
      const { parcels, nextSeq } = this.#parcels('backfill', epochId, this.#backfill.nextSeq, limit);
      this.#backfill.nextSeq = nextSeq;
      if (parcels.length > 0) return parcels;
      const later = epochId < this.#liveEpochId ? this.#progress.later(epochId) : null;
      if (later === null) return [];
      this.#taken.delete(epochId);
      this.#backfill = { epochId: later, nextSeq: 0 };
    }
  }

  /** Frames from `fromSeq` on, before `endSeq`, by topic; `nextSeq` is where to go on. */
  #parcels(lane: LaneName, epochId: number, fromSeq: number, endSeq: number): { parcels: Parcel[]; nextSeq: number } {
    const receipted = this.#progress.receipted(epochId);
    const taken = spansOf(this.#taken, epochId);
    const { cursor } = this.#progress;
    if (cursor.epochId === epochId) {
      taken.remove(0, cursor.nextSeq);
      fromSeq = Math.max(fromSeq, cursor.nextSeq);
    }
    const groups = new Map<string, Uint8Array[][]>();
    const seqs = new Map<Uint8Array, number>();
    let nextSeq = fromSeq;
    let bytesRead = 0;
    let hex = '';
    while (nextSeq < endSeq && seqs.size === 0) {
      // over what is there already, up to where the next such stretch begins
      const first = lane === 'again' ? receipted.gapFrom(nextSeq) : gapOfBoth(receipted, taken, nextSeq);
      const stop = Math.min(
        endSeq,
        receipted.nextFrom(first),
        lane === 'again' ? Number.POSITIVE_INFINITY : taken.nextFrom(first),
      );
      if (first >= endSeq) {
        nextSeq = endSeq;
        break;
      }
      let last = -1;
      const stopId = frameId(epochId, Math.min(stop, this.#progress.endOf(epochId)));
      for (const row of this.#read.iterate(frameId(epochId, first), stopId)) {
        const bytes = row.bytes as Uint8Array;
        hex ||= (this.#hostIdHex.get(epochId) as { hex: string }).hex;
        last = seqOf(row.id as number);
        seqs.set(bytes, last);
        addTo(groups, topicOf(this.#path(row.point_id as number | null), hex, row.kind as number), bytes);
        bytesRead += bytes.length;
        if (bytesRead >= READ_BYTES) break;
      }
      if (last >= 0 && lane !== 'again') taken.add(first, last + 1);
      // nothing kept up to there: past it, but never past the last frame, after which more will come
      nextSeq = last >= 0 ? last + 1 : Math.min(stop, Math.max(first, this.#progress.endOf(epochId)));
      if (last < 0 && nextSeq < stop) break;
    }
    const parcels = [...groups].flatMap(([topic, messages]) =>
      messages.map((frames): Parcel => {
        const own = frames.map((bytes) => seqs.get(bytes)!);
        return { epochId, lane, topic, seqs: own, payload: Buffer.concat(frames) };
      }),
    );
    return { parcels, nextSeq };
  }

  #path(pointId: number | null): string | null {
    if (pointId === null) return null;
    return (this.#pointPath.get(pointId) as { path: string } | undefined)?.path ?? null;
  }
}

function spansOf(all: Map<number, Spans>, epochId: number): Spans {
  let spans = all.get(epochId);
  if (!spans) all.set(epochId, (spans = new Spans()));
  return spans;
}

function gapOfBoth(a: Spans, b: Spans, seq: number): number {
  for (;;) {
    const next = b.gapFrom(a.gapFrom(seq));
    if (next === seq) return seq;
    seq = next;
  }
}

function addTo(groups: Map<string, Uint8Array[][]>, topic: string, bytes: Uint8Array): void {
  const messages = groups.get(topic) ?? [];
  if (messages.length === 0) groups.set(topic, messages);
  const last = messages.at(-1);
  const size = last?.reduce((sum, item) => sum + item.length, 0) ?? 0;
  if (last && last.length < MESSAGE_FRAMES && size + bytes.length <= MESSAGE_BYTES) last.push(bytes);
  else messages.push([bytes]);
}

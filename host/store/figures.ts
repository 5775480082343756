/** What a person asks of a store: how much can be lost, how long it lasts, what the card has to bear, what is not sent. */
import type { StatementSync } from 'node:sqlite';
import { type Card, readCard } from './card.ts';
import { frameId } from './frame-id.ts';
import type { StoreFigures } from './messages.ts';
import type { Room } from './room.ts';
import type { Store } from './store.ts';

const DAY_US = 86_400_000_000;
/** A rate needs a minute; it is that of the last day at most, sampled each ten minutes. */
const SHORTEST_US = 60_000_000;
const SAMPLE_US = 600_000_000;
const SAMPLES = 144;
/** Keys, times and hash of a row; and the share of a page that rows fill, measured at frames of 250 to 450 bytes. */
const ROW_BYTES = 64;
const FILLED = 0.8;

interface Sample {
  monoUs: number;
  bytes: number;
  frames: number;
  device: number | null;
}

export interface FigureSettings {
  /** Oldest age of what waits for its group commit. */
  groupMs: number;
  uplinks: string[];
  /** What the maker says can be written to the card, terabytes; null if nobody knows. */
  cardTerabytes: number | null;
}

export class Figures {
  readonly #store: Store;
  readonly #room: Room;
  readonly #settings: FigureSettings;
  readonly #card: (path: string) => Card;
  readonly #checkpointAfter: StatementSync;
  readonly #samples: Sample[] = [];

  constructor(store: Store, room: Room, settings: FigureSettings, card: (path: string) => Card = readCard) {
    this.#store = store;
    this.#room = room;
    this.#settings = settings;
    this.#card = card;
    this.#checkpointAfter = store.database.prepare(
      'SELECT utc_us FROM frame WHERE kind <> 1 AND kind = 6 AND id >= ? ORDER BY id LIMIT 1',
    );
    this.#samples.push(this.#sample());
  }

  #sample(): Sample {
    const { appendedBytes: bytes, appendedFrames: frames } = this.#store;
    return { monoUs: this.#store.clock.monoUs(), bytes, frames, device: this.#card(this.#store.dataDir).writtenBytes };
  }

  take(): StoreFigures {
    const now = this.#sample();
    const first = this.#samples[0];
    if (now.monoUs - this.#samples.at(-1)!.monoUs >= SAMPLE_US) this.#samples.push(now);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    const spanUs = now.monoUs - first.monoUs;
    const aDay = (amount: number): number | null => (spanUs < SHORTEST_US ? null : (amount * DAY_US) / spanUs);
    const rows = now.bytes - first.bytes + (now.frames - first.frames) * ROW_BYTES;
    const bytesADay = aDay(rows / FILLED);
    const deviceBytesADay = now.device === null || first.device === null ? null : aDay(now.device - first.device);
    const { budgetBytes, droppedSent, droppedUnsent } = this.#room;
    const { usedBytes } = this.#room;
    return {
      lossWindowMs: this.#settings.groupMs + this.#store.slowestCommitMs,
      usedBytes,
      budgetBytes,
      bytesADay,
      daysLeft: bytesADay ? Math.max(0, budgetBytes - usedBytes) / bytesADay : null,
      cardLife: this.#cardLife(deviceBytesADay),
      oldestUnsent: this.#oldestUnsent(),
      droppedSent,
      droppedUnsent,
    };
  }

  #cardLife(deviceBytesADay: number | null): StoreFigures['cardLife'] {
    const { wornShare } = this.#card(this.#store.dataDir);
    const { cardTerabytes } = this.#settings;
    const years = cardTerabytes && deviceBytesADay ? (cardTerabytes * 1e12) / deviceBytesADay / 365.25 : null;
    return { deviceBytesADay, wornShare, years };
  }

  /** Of the uplink that is farthest behind. A frame is as old as the first checkpoint behind it, by the host's clock. */
  #oldestUnsent(): StoreFigures['oldestUnsent'] {
    let oldest: { uplink: string; epochId: number; seq: number } | null = null;
    for (const uplink of this.#settings.uplinks) {
      const { epochId, nextSeq: seq } = this.#store.cursor(uplink);
      const isLast = epochId === this.#store.epochId && seq >= this.#store.committedFrames;
      if (isLast || (oldest && frameId(oldest.epochId, oldest.seq) <= frameId(epochId, seq))) continue;
      oldest = { uplink, epochId, seq };
    }
    if (!oldest) return null;
    const { uplink, epochId, seq } = oldest;
    const checkpoint = this.#checkpointAfter.get(frameId(epochId, seq));
    const nowUs = this.#store.clock.utcUs();
    return { uplink, seq, ageMs: checkpoint ? Math.max(0, (nowUs - (checkpoint.utc_us as number)) / 1000) : 0 };
  }
}

/**
 * What crosses the border of the store thread (host/forward/worker.ts: the only writer, and forward behind it).
 * An acknowledgement means durable. The sender keeps every `append` until its token is committed and sends it again,
 * in order, to a thread that was started anew; under the same `bootId` one that was committed is not stored twice.
 *
 * A sender, on `ready`: send each descriptor again (it is minted once per epoch, so repeating costs nothing), then
 * everything not acknowledged.
 */
import type { PointHandling } from '../alarm/desk.ts';
import type { FrameDraft } from '../types.ts';
import type { ThreadVitals } from '../vitals.ts';
import type { RoomSettings } from './room-settings.ts';
import type { UplinkSettings, UplinkStatus } from './uplinks.ts';

export type { UplinkSettings, UplinkStatus } from './uplinks.ts';

/** A machine point as the sender numbers it. The store keeps its own stable number for each `path`. */
export interface PointName {
  /** The `pointId` of the sender's drafts. */
  id: number;
  name: string;
  /** `enterprise/site/area/line/asset/point`, each 1..64 of letters, digits, `-_.`; the middle of the topic. */
  path: string;
}

/** `workerData` of the store thread. */
export interface StoreThreadSettings {
  dataDir: string;
  points: PointName[];
  uplinks: UplinkSettings[];
  /** Names the run, 8 bytes; give the same one to a restarted thread of the same run. Random if absent. */
  bootId?: Uint8Array;
  /** Oldest age and size of what waits for the group commit; 1000 ms and 65 536 bytes if absent. */
  commit?: { maxAgeMs: number; maxBytes: number };
  /** Disk budget, order of dropping, retention; the cursors that count are those of `uplinks`. */
  room?: Partial<Omit<RoomSettings, 'uplinks'>>;
  /** What the maker says can be written to the card, terabytes. */
  cardTerabytes?: number;
  /** Distance of heartbeats; 500 ms if absent. */
  heartbeatMs?: number;
  /** Longest wait for uplinks after `stop`; 10 000 ms if absent. */
  drainMs?: number;
  /** Tests only: blocks the thread before each commit, as a slow disk would. */
  injectFsyncDelayMs?: number;
}

/** A descriptor under the key by which drafts name it. */
export interface NamedDescriptor {
  key: string;
  /** Of kind `descriptor`. */
  draft: FrameDraft;
}

export type ToStore =
  | {
      type: 'append';
      /** Ascending, chosen by the sender. */
      token: number;
      drafts: FrameDraft[];
      /** Minted before the drafts. */
      descriptors?: NamedDescriptor[];
    }
  | { type: 'stop' };

/** How much can be lost, how long it lasts, what is not sent. Rates are of this run, of the last day at most. */
export interface StoreFigures {
  /** Longest time that a reading waited for its commit to be durable: what a power cut can cost. */
  lossWindowMs: number;
  /** Of the store and its log; `budgetBytes` is what they may use. */
  usedBytes: number;
  budgetBytes: number;
  /** By which the store grows; null within the first minute. */
  bytesADay: number | null;
  /** Until the budget makes frames leave; 0 when it does, null while the rate is unknown. */
  daysLeft: number | null;
  /** What the partition writes a day, by everybody; how worn an eMMC says it is, 0..1; years that `cardTerabytes` lasts. */
  cardLife: { deviceBytesADay: number | null; wornShare: number | null; years: number | null };
  /** Of the uplink that is farthest behind; null when every uplink has everything. */
  oldestUnsent: { uplink: string; seq: number; ageMs: number } | null;
  /** Frames that made room since the thread started: at the far side already, and not. */
  droppedSent: number;
  droppedUnsent: number;
}

export interface StoreStatus extends StoreFigures {
  hostId: Uint8Array;
  epoch: Uint8Array;
  /** Frames committed in this epoch, checkpoints and descriptors too. */
  frames: number;
  /** Highest number of an alarm episode in the store; 0 if none. */
  alarmId: number;
  /** Frames that wait for the group commit, and their bytes. */
  pendingFrames: number;
  pendingBytes: number;
  commits: number;
  /** Longest time inside one commit since the thread started. */
  slowestCommitMs: number;
  /** Set while commits fail; what waits is kept and tried again. */
  commitError: string | null;
  uplinks: UplinkStatus[];
}

export type FromStore =
  /** Open and recovered. `warnings` are for people: a store that was set aside, an unsigned tail that was checked. */
  | {
      type: 'ready';
      status: StoreStatus;
      warnings: string[];
      /** How people have handled the alarms of earlier runs. */
      handled: PointHandling[];
    }
  /** Every append with a token up to this one is on the disk. */
  | { type: 'committed'; upTo: number }
  | { type: 'heartbeat'; status: StoreStatus; vitals: ThreadVitals }
  /** What code `error` named as under way is over. */
  | { type: 'mended'; code: string }
  /** `fatal`: the thread ends after this. A refused draft is named here and its neighbours are stored. */
  | { type: 'error'; code: string; message: string; fatal: boolean }
  /** Answer to `stop`: everything committed, signed and, within `drainMs`, delivered; the thread ends. */
  | { type: 'stopped'; status: StoreStatus };

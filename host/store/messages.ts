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

/** A machine point as the sender numbers it. The store keeps its own stable number for each `path`. */
export interface PointName {
  /** The `pointId` of the sender's drafts. */
  id: number;
  name: string;
  /** `enterprise/site/area/line/asset/point`, each 1..64 of letters, digits, `-_.`; the middle of the topic. */
  path: string;
}

/** An MQTT broker. Times are milliseconds. */
export interface UplinkSettings {
  /** Name of the cursor: keep it, and the uplink goes on where it was. */
  name: string;
  /** mqtt://, mqtts://, ws:// or wss:// */
  url: string;
  clientId?: string;
  /** 5 if absent; 4 is MQTT 3.1.1, for brokers that know no other. */
  protocolVersion?: 4 | 5;
  username?: string;
  password?: string;
  /** PEM texts for TLS and mutual TLS. */
  ca?: string;
  cert?: string;
  key?: string;
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

export interface UplinkStatus {
  name: string;
  state: 'connecting' | 'up' | 'waiting' | 'stopped';
  /** Frames acknowledged by the far side since the thread started; after a broken connection some count twice. */
  delivered: number;
  /** Frames committed and not yet acknowledged by the far side. */
  behind: number;
  /** Why it is not up; null when it is. */
  lastError: string | null;
  /** How often it was started again after a defect of its own. */
  restarts: number;
  /** That was too often: it is tried slowly. */
  isGivenUp: boolean;
}

export interface StoreStatus {
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
  /** `fatal`: the thread ends after this. A refused draft is named here and its neighbours are stored. */
  | { type: 'error'; code: string; message: string; fatal: boolean }
  /** Answer to `stop`: everything committed, signed and, within `drainMs`, delivered; the thread ends. */
  | { type: 'stopped'; status: StoreStatus };

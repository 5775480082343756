/**
 * What crosses the border of the serve thread (host/serve/server.ts). It only reads: outputs and counts come in,
 * an address and signs of life go out, and nothing that it does can hold up a sample.
 *
 * A sender, on `listening`: send the latest `status`. Messages may be dropped by the sender when the thread is slow;
 * the page shows what came last.
 */
import type { PointHandling } from '../alarm/desk.ts';
import type { StoreStatus, UplinkStatus } from '../store/messages.ts';
import type { AlarmEvent, GapCause, PointPlan, SourceInfo, Verdict } from '../types.ts';
import type { ThreadVitals } from '../vitals.ts';
import type { WatchLimits } from './readiness.ts';

/** `workerData` of the serve thread. */
export interface ServeThreadSettings {
  /** What the page is headed with: `simulated machine`, or `acme / hall-3 / pumps / p1`. */
  title: string;
  /** A line under it: that this is a simulation, where the data is kept. */
  subtitle: string;
  /** 127.0.0.1 if absent. */
  host?: string;
  /** The port that must be free; absent: 8080, or the next free one. 0: any. */
  port?: number;
  points: ServedPoint[];
  /** Wall time after which a point without a verdict is stale, unless the point says; 10 000 ms if absent. */
  staleAfterMs?: number;
  /** What makes the host not ready; WATCH_LIMITS for what is absent. */
  watch?: Partial<WatchLimits>;
  /** Distance of heartbeats; 500 ms if absent. */
  heartbeatMs?: number;
}

/** A point as the page knows it. `name` is that of its verdicts. */
export interface ServedPoint extends Pick<PointPlan, 'name' | 'kind' | 'sampleRateHz' | 'faultOrder' | 'bearingName'> {
  shaftRpm: number | null;
  /** Distance of snapshots, for times; null or absent for a continuous stream. */
  snapshot?: SourceInfo['snapshot'];
  /** As `staleAfterMs` of the settings, for this point. */
  staleAfterMs?: number;
}

/** Same shape as `Output` of host/pipeline.ts, which this stage may not import. */
export type ServedOutput =
  | { kind: 'verdict'; verdict: Verdict }
  | { kind: 'alarm'; event: AlarmEvent }
  | { kind: 'gap'; point: string | null; cause: GapCause; firstSample: number; lostSamples: number };

export interface SourceStatus {
  name: string;
  /** `away`: lost, and opened again; `failing`: lost too often, and opened again slowly. */
  state: 'reading' | 'away' | 'failing' | 'failed' | 'ended';
  restarts: number;
  /** Why it does not read; null while it does, or when it ended as it should. */
  error: string | null;
  /** Milliseconds since it gave samples, or since it was there. */
  ageMs: number;
  /** Older than this it is silent; null: it is read as the host has time for it, or is not read now. */
  silentAfterMs: number | null;
}

/** What the page shows of the store: no bytes, which are no JSON. */
export type ServedStore = Omit<StoreStatus, 'hostId' | 'epoch' | 'alarmId' | 'uplinks'>;

/** The slow counts; send about once a second. */
export interface HostStatus {
  samples: { in: number; analysed: number; pending: number; lost: number };
  /** Null until the store has opened. */
  store: ServedStore | null;
  /** Handed to the store and not durable: bytes, age of the oldest, and features dropped because it is too much. */
  waiting: { bytes: number; oldestMs: number; dropped: number };
  uplinks: UplinkStatus[];
  /** The one that samples is `main`. `restarts` counts since the start. `vitals`: null until it has told them. */
  threads: { name: string; isAlive: boolean; restarts: number; isGivenUp: boolean; vitals: ThreadVitals | null }[];
  memory: { residentBytes: number };
  /** Of the data directory; null where it cannot be told. */
  disk: { freeBytes: number; sizeBytes: number } | null;
  sources: SourceStatus[];
  /** Set once the source has ended by itself. */
  sourceEnded: boolean;
  /** Which build of the core judges, `simd` or `scalar`, and the SHA-256 of the algorithm in hex; null until it runs. */
  core: { kernel: string; hash: string } | null;
  /** How people have handled the alarms of each point; absent where nobody can. */
  handled?: PointHandling[];
}

export type ToServe =
  | { type: 'status'; status: HostStatus }
  | { type: 'output'; output: ServedOutput }
  /** What a person has done. */
  | { type: 'command'; point: string; text: string }
  /** What happened to the host itself. */
  | { type: 'notice'; text: string }
  /** Ask to end: answered by the end of the thread. */
  | { type: 'stop' };

export type FromServe =
  | { type: 'listening'; url: string; port: number }
  /** `dropped`: event streams that were closed because their reader was too slow, since the start. */
  | { type: 'heartbeat'; clients: number; dropped: number; vitals: ThreadVitals }
  /** The thread ends after this. `PORT_TAKEN` is the user's: an explicit port that is not free. */
  | { type: 'failed'; code: 'PORT_TAKEN' | 'SERVE_FAILED'; message: string };

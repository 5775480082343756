/** What the demo's broker thread is told and tells: where it listens, and what its collector has committed. */
export interface BrokerSettings {
  /** For the collector's database and key; must exist. */
  folder: string;
}

export type FromBroker =
  | { type: 'listening'; url: string; receiptKey: Uint8Array }
  /** Frames by identity {hostId, epoch, seq} that were new in this run: one that arrives again is no new frame. */
  | { type: 'counted'; frames: number; again: number; damaged: number };

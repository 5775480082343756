/** What the demo's broker thread tells: where it listens, and what its subscriber has counted. */
export type FromBroker =
  | { type: 'listening'; url: string }
  /** Frames by identity {hostId, epoch, seq}: one that arrives again is no new frame. */
  | { type: 'counted'; frames: number; again: number; damaged: number };

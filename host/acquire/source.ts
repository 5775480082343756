import type { SourceEvent, SourceInfo } from '../types.ts';

/**
 * Where samples come from. A recorded trace, the simulator, an emulated board and a live one differ only in this.
 *
 * Contract
 * - `info` is complete before the first event; a source that lacks a rate or a unit throws an InputError when opened.
 * - `events` yields in order, counts every lost sample, and ends at the end of the data or soon after `signal` aborts.
 * - It never holds the whole input in memory: one event carries at most 65 536 scans.
 * - It throws InputError when the input turns out damaged; everything yielded before stands.
 * - `close` may be called at any time and more than once; it frees what was opened.
 */
export interface Source {
  readonly info: SourceInfo;
  /** Samples come by a clock, whether or not they are read: holding it back loses some. False if absent. */
  readonly isLive?: boolean;
  /** It waits by itself for a device that is away: its silence is no reason to open it again. False if absent. */
  readonly isPatient?: boolean;
  events(signal?: AbortSignal): AsyncGenerator<SourceEvent>;
  close(): Promise<void>;
}

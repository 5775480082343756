/**
 * What crosses the border of the analysis thread. Main keeps every event until a state snapshot covers it; a thread that
 * was started anew gets the last snapshot of each feed and what came after it, and repeats its outputs exactly, so main
 * can tell by the sequence number which of them it has had.
 */
import type { Counts, Output, PipelineOptions, PipelineSnapshot } from '../pipeline.ts';
import type { PointPlan, SourceEvent, SourceInfo } from '../types.ts';

export type FeedOptions = Pick<
  PipelineOptions,
  'pointName' | 'bearingName' | 'learnSamples' | 'thresholdSpreads' | 'persistenceDecisions' | 'rotor' | 'kernel'
>;

export type ToAnalysis =
  | {
      type: 'open';
      feed: number;
      info: SourceInfo;
      options: FeedOptions;
      snapshot: PipelineSnapshot | null;
      sequence: number;
    }
  /** `sequence` ascends by one per feed. */
  | { type: 'event'; feed: number; sequence: number; event: SourceEvent }
  | { type: 'end'; feed: number; sequence: number }
  | { type: 'stop' };

export type FromAnalysis =
  | {
      type: 'opened';
      feed: number;
      plans: PointPlan[];
      settings: Uint8Array[];
      kernel: string;
      coreHash: Uint8Array;
      /** What it took to have the kernel run at full speed in this thread. */
      warmUpMs: number;
    }
  /** Everything up to `sequence` has been analysed; these are the outputs of that one event. */
  | { type: 'outputs'; feed: number; sequence: number; outputs: Output[]; counts: Counts }
  | { type: 'snapshot'; feed: number; sequence: number; snapshot: PipelineSnapshot }
  | { type: 'refused'; feed: number; code: string; message: string }
  | { type: 'heartbeat' };

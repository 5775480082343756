/**
 * What crosses the border of the analysis thread. Main keeps every event until a state snapshot covers it; a thread that
 * was started anew gets the last snapshot of each feed and what came after it, and repeats its outputs exactly, so main
 * can tell by the sequence number which of them it has had.
 */
import type { Counts, LearnedBaseline, Output, PipelineOptions, PipelineSnapshot } from '../pipeline.ts';
import type { PointPlan, SourceEvent, SourceInfo } from '../types.ts';
import type { ThreadVitals } from '../vitals.ts';

export type FeedOptions = Pick<
  PipelineOptions,
  | 'pointName'
  | 'bearingName'
  | 'learnSamples'
  | 'thresholdSpreads'
  | 'persistenceDecisions'
  | 'offBelow'
  | 'rotor'
  | 'severity'
  | 'kernel'
  | 'baseline'
>;

/** What is in the stream of a feed: what its source yields, and what a person has asked for at this place. */
export type FeedEvent = SourceEvent | { kind: 'relearn'; point: string };

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
  | { type: 'event'; feed: number; sequence: number; event: FeedEvent }
  | { type: 'end'; feed: number; sequence: number }
  /** Asks for what has been learned. */
  | { type: 'baseline'; feed: number }
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
  /** A point learns anew; from here on these settings hold. */
  | { type: 'relearned'; feed: number; settings: Uint8Array[] }
  | { type: 'baseline'; feed: number; baseline: LearnedBaseline }
  | { type: 'refused'; feed: number; code: string; message: string }
  | { type: 'heartbeat'; vitals: ThreadVitals };

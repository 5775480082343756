/** What a trace library says about one recording, and which part of it is learned from. */
import { join } from 'node:path';
import { z } from 'zod';
import { type LibraryTrace, readLibrary } from '../../../host/acquire/library.ts';
import { readJson } from '../../../host/acquire/sidecar.ts';

const LABELS = ['normal', 'fault', 'labelled', 'run-to-failure'] as const;

/** Members that only an examiner reads; the product never sees them. */
const truth = z.object({
  label: z.enum(LABELS),
  faultType: z.string().nullish(),
  anomalySegments: z.array(z.tuple([z.int(), z.int()])).nullish(),
  sampleRateHz: z.number().positive(),
  snapshot: z.object({ samples: z.int().positive(), intervalS: z.number().positive().nullish() }).nullish(),
});

export interface LabelledTrace {
  name: string;
  /** The folder that a trace is in: one test rig or collection. */
  rig: string;
  /** The trace whose learned normal this one is judged by, itself perhaps; null: judged by defaults. */
  machine: string | null;
  label: (typeof LABELS)[number];
  faultType: string | null;
  /** Samples [from, to). */
  anomalySegments: readonly (readonly [number, number])[];
  /** A channel. */
  samples: number;
  /** Known to be healthy; null when it learns from nothing of its own. */
  learnSamples: number | null;
  /** Hours on the wall clock from one sample to the next, on average over a snapshot and the pause after it. */
  hoursPerSample: number;
  library: LibraryTrace;
}

/** @throws InputError as readLibrary; `EVALUATE_LABEL` when a sidecar holds no label */
export async function labelledTraces(directory: string): Promise<LabelledTrace[]> {
  const traces: LabelledTrace[] = [];
  for (const library of await readLibrary(directory)) {
    const { name, baseline, samples } = library;
    const told = await readJson(join(directory, `${name}.json`), 'EVALUATE_LABEL', truth);
    const { snapshot, sampleRateHz } = told;
    const secondsPerSample = snapshot?.intervalS ? snapshot.intervalS / snapshot.samples : 1 / sampleRateHz;
    traces.push({
      name,
      rig: name.split('/')[0],
      machine: baseline.kind === 'none' ? null : baseline.kind === 'self' ? name : baseline.name,
      label: told.label,
      faultType: told.faultType ?? null,
      anomalySegments: told.anomalySegments ?? [],
      samples,
      learnSamples: baseline.kind === 'self' ? baseline.learnSamples : null,
      hoursPerSample: secondsPerSample / 3600,
      library,
    });
  }
  return traces;
}

/** What a recording that is explained is judged by: as replay would judge it. */
import type { Given } from '../acquire/given.ts';
import { InputError } from '../errors.ts';
import type { Learned } from '../explain/explanation.ts';
import type { JudgedBy } from '../explain/of-trace.ts';
import type { LearnedBaseline, Pipeline, PipelineOptions } from '../pipeline.ts';
import type { SourceInfo } from '../types.ts';

export interface Normal {
  pipelineFor(info: SourceInfo): Promise<Pipeline>;
  /** Null: the recording learns from itself, or nothing is learned. */
  judgedBy: JudgedBy | null;
}

/** @throws InputError as replay does for a baseline that is none, damaged or does not fit */
export async function normalFor(
  path: string,
  baseline: string | undefined,
  given: Given,
  bearingName: string | null,
  { signal, note }: { signal: AbortSignal; note(text: string): void },
): Promise<Normal> {
  const { openSource } = await import('../acquire/open.ts');
  const { looksLikeBaseline, readBaseline } = await import('../baseline/file.ts');
  const { powersOf } = await import('../baseline/levels.ts');
  const { learnFrom } = await import('../baseline/learning.ts');
  const { learnedPoint, Pipeline } = await import('../pipeline.ts');
  const { traceJobs } = await import('./replay-jobs.ts');
  const { learnSamplesOf } = await import('./replay-learn.ts');
  const isFile = baseline !== undefined && looksLikeBaseline(baseline);
  const jobs = await traceJobs([path], baseline, isFile);
  const wanted = jobs.find((job) => job.isWanted)!;
  const options = (learnSamples: PipelineOptions['learnSamples'], learned?: LearnedBaseline): PipelineOptions => ({
    learnSamples,
    bearingName,
    ...(learned ? { baseline: learned } : {}),
  });
  const by = (learned: Learned, of: LearnedBaseline): Normal => ({
    judgedBy: { learned, levelsOf: (plan) => powersOf(learnedPoint(of, plan)?.levels) },
    pipelineFor: async (info) => new Pipeline(info, options(null, of)),
  });
  if (isFile) {
    const { baseline: learned, by: who, learnedUtcUs, forced } = readBaseline(baseline);
    const decisions = learned.points[0].plan.learnDecisions;
    const learnedUtc = new Date(learnedUtcUs / 1000).toISOString();
    return by({ source: learned.source, decisions, by: who, learnedUtc, forced }, learned);
  }
  const teacher = jobs.find((job) => job.path === wanted.judgedBy);
  if (teacher) {
    const source = await openSource(teacher.path, given);
    try {
      const learn = await learnSamplesOf(teacher, source.info, () => openSource(teacher.path, given), signal);
      const teaching = { signal, limit: null, progress: () => {} };
      const { baseline: learned, steadiness } = await learnFrom(source, options(learn), teaching);
      const { decisions } = steadiness;
      return by({ source: source.info.name, decisions, by: null, learnedUtc: null, forced: [] }, learned);
    } finally {
      await source.close();
    }
  }
  return {
    judgedBy: null,
    pipelineFor: async (info) => {
      const learn = await learnSamplesOf(wanted, info, () => openSource(path, given), signal);
      try {
        return new Pipeline(info, options(learn));
      } catch (error) {
        if (!(error instanceof InputError && error.code === 'LEARN_SHORT' && wanted.learn === 'auto')) throw error;
        note(`${info.name}: too short to learn what is normal for this machine; judged by defaults`);
        return new Pipeline(info, options(null));
      }
    },
  };
}

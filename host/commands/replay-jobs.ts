/**
 * What a replay has to do, in an order in which every baseline is learned before it is used: traces named on the
 * command line, or a trace library.
 */
import { access } from 'node:fs/promises';
import { type Baseline, readLibrary } from '../acquire/library.ts';
import { readSidecar } from '../acquire/sidecar.ts';
import { InputError } from '../errors.ts';

export interface ReplayJob {
  /** Path of the trace; also names what is learned there. */
  path: string;
  /** Samples a channel that are known to be healthy; `all`: the whole trace is; null: nothing may be learned. */
  learn: number | 'auto' | 'all' | null;
  /** Path of the job whose learned state this one starts with. */
  judgedBy: string | null;
  /** False: only learned from, gives no rows. */
  isWanted: boolean;
  /** Samples a channel, if known without opening it. */
  samples: number | null;
}

/** @throws InputError as readLibrary does */
export async function libraryJobs(directory: string, only: string | undefined): Promise<ReplayJob[]> {
  const traces = await readLibrary(directory, only);
  const paths = new Map(traces.map((trace) => [trace.name, trace.sidecarPath]));
  return traces.map(({ sidecarPath, baseline, samples, isWanted }) => ({
    path: sidecarPath,
    learn: baseline.kind === 'self' ? baseline.learnSamples : null,
    judgedBy: baseline.kind === 'trace' ? paths.get(baseline.name)! : null,
    isWanted,
    samples,
  }));
}

/**
 * Without `baseline`, a trace of a library is judged as its sidecar says and any other by its own first part.
 *
 * @param isLearned `baseline` is a file of what has been learned already, not a trace
 * @throws InputError `REPLAY_BASELINE` when a sidecar names a baseline that is not there
 */
export async function traceJobs(
  paths: string[],
  baseline: string | undefined,
  isLearned = false,
): Promise<ReplayJob[]> {
  const jobs: ReplayJob[] = [];
  const learnAt = (path: string, learn: ReplayJob['learn']): string => {
    if (!jobs.some((job) => job.path === path))
      jobs.push({ path, learn, judgedBy: null, isWanted: false, samples: null });
    return path;
  };
  if (baseline !== undefined && !isLearned) learnAt(baseline, await healthyPart(baseline));
  for (const path of paths) {
    const wanted = { path, isWanted: true, samples: null };
    if (baseline !== undefined) {
      jobs.push({ ...wanted, learn: null, judgedBy: baseline });
      continue;
    }
    const said = path.toLowerCase().endsWith('.json') ? await sidecarBaseline(path) : null;
    if (said === null) jobs.push({ ...wanted, learn: 'auto', judgedBy: null });
    else if (said.kind === 'self') jobs.push({ ...wanted, learn: said.learnSamples, judgedBy: null });
    else if (said.kind === 'none') jobs.push({ ...wanted, learn: null, judgedBy: null });
    else jobs.push({ ...wanted, learn: null, judgedBy: learnAt(said.name, await healthyPart(said.name)) });
  }
  return jobs;
}

/** A trace that is given as a baseline is healthy; of a library's, as much as its sidecar says. */
export async function healthyPart(path: string): Promise<ReplayJob['learn']> {
  if (!path.toLowerCase().endsWith('.json')) return 'all';
  return (await readSidecar(path)).learn?.samples ?? 'all';
}

/** As Baseline, but `name` is a path. Null: the sidecar does not say. */
async function sidecarBaseline(path: string): Promise<Baseline | null> {
  const { name, baseline, learn } = await readSidecar(path);
  if (baseline === undefined) return null;
  if (baseline === null) return { kind: 'none' };
  if (baseline === 'self') return learn ? { kind: 'self', learnSamples: learn.samples } : null;
  const tail = `${name}.json`;
  const other = path.endsWith(tail) ? `${path.slice(0, -tail.length)}${baseline}.json` : null;
  const isThere =
    other !== null &&
    (await access(other).then(
      () => true,
      () => false,
    ));
  if (!isThere)
    throw new InputError(
      'REPLAY_BASELINE',
      `${path}: is judged by '${baseline}', which is not at ${other ?? 'a place that can be told from its name'}; ` +
        'give --baseline TRACE; nothing was read',
    );
  return { kind: 'trace', name: other };
}

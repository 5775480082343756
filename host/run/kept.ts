/**
 * What a host judges by when it starts, and what it keeps for the next start. A baseline that is older than a person's
 * word that it was learned wrong is used no more, wherever it comes from.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BaselineFile, readBaseline, writeBaseline } from '../baseline/file.ts';
import { Steadiness } from '../baseline/steadiness.ts';
import { InputError } from '../errors.ts';
import { type LearnedBaseline, type Output, Pipeline, type PipelineOptions, plannedPoints } from '../pipeline.ts';
import { storedDesk } from '../store/commands.ts';
import { openForReading, STORE_FILE } from '../store/schema.ts';
import type { PointPlan, SourceInfo } from '../types.ts';

const FOLDER = 'baselines';

/** @param name of the source: `asset/point` */
export const keptPath = (dataDir: string, name: string): string =>
  join(dataDir, FOLDER, `${encodeURIComponent(name)}.baseline`);

export interface StartOptions {
  dataDir: string;
  name: string;
  info: SourceInfo;
  options: PipelineOptions;
  /** A baseline that a person has named. */
  file: string | null;
  /** Something that a person should read. */
  tell(text: string): void;
}

/**
 * @returns what to judge by; null: learn
 * @throws InputError as readBaseline, and BASELINE_FIT, for the file that a person has named
 */
export function startingBaseline({ dataDir, name, info, options, file, tell }: StartOptions): LearnedBaseline | null {
  const since = relearned(dataDir, name);
  const isOver = ({ learnedUtcUs }: BaselineFile, path: string): boolean => {
    if (!since || learnedUtcUs > since.utcUs) return false;
    const time = new Date(since.utcUs / 1000).toISOString();
    tell(`${name}: ${path} is older than the word of ${since.by} (${time}) that it was learned wrong; it is not used`);
    return true;
  };
  const fitting = (path: string): BaselineFile => {
    const found = readBaseline(path);
    new Pipeline(info, { ...options, pointName: name, baseline: found.baseline }); // takes it, or says why not
    return found;
  };
  if (file !== null) {
    const found = fitting(file);
    const other = otherSettings(found.baseline, info, options);
    if (other && !isOver(found, file)) tell(`${name}: ${file} was learned with ${other}, and that holds`);
    if (!isOver(found, file)) return found.baseline;
  } else if (options.learnSamples === null) return null;
  const path = keptPath(dataDir, name);
  if (!existsSync(path)) return null;
  try {
    const found = fitting(path);
    const other = file === null ? otherSettings(found.baseline, info, options) : null;
    if (other) tell(`${name}: ${path} was learned with ${other}; it is learned anew`);
    return other || isOver(found, path) ? null : found.baseline;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    tell(`${name}: ${error.message}; it is learned anew`);
    return null;
  }
}

/** What a threshold rests on is fixed when it is learned. @returns what differs from the configuration; null: nothing */
function otherSettings({ points }: LearnedBaseline, info: SourceInfo, options: PipelineOptions): string | null {
  const wanted = plannedPoints(info, { ...options, learnSamples: options.learnSamples ?? 'auto' })[0];
  const [{ plan }] = points;
  const differs = (got: number, now: number, what: string): string[] =>
    got === now ? [] : [`${what} ${got}, not ${now}`];
  const parts = [
    ...differs(plan.thresholdSpreads, wanted.thresholdSpreads, 'a threshold of'),
    ...differs(plan.persistenceDecisions, wanted.persistenceDecisions, 'a persistence of'),
    ...(typeof options.learnSamples === 'number'
      ? differs(plan.learnDecisions, wanted.learnDecisions, 'a number of decisions of')
      : []),
  ];
  return parts.length > 0 ? parts.join(' and ') : null;
}

/** The last time that a person asked for learning anew, of any point of a source. */
function relearned(dataDir: string, name: string): { utcUs: number; by: string } | null {
  const path = join(dataDir, STORE_FILE);
  if (!existsSync(path)) return null;
  let last: { utcUs: number; by: string } | null = null;
  try {
    const database = openForReading(path, 1000);
    try {
      for (const [point, said] of storedDesk(database).relearned)
        if ((point === name || point.startsWith(`${name}.`)) && said.utcUs > (last?.utcUs ?? 0)) last = said;
    } finally {
      database.close();
    }
  } catch {
    return last; // a damaged store is set aside when it is opened for writing, and told then
  }
  return last;
}

/** Watches one source until all its points have learned; then its baseline is worth keeping, once. */
export class Keeper {
  readonly #dataDir: string;
  readonly #name: string;
  readonly #info: SourceInfo;
  readonly #plans: PointPlan[];
  #steadiness: Steadiness;
  /** Points that are to learn; true: they do. A verdict that was on its way when one was told to is still of before. */
  readonly #learning: Map<string, boolean>;

  /** @param isLearned the points start with a baseline */
  constructor(dataDir: string, name: string, info: SourceInfo, plans: PointPlan[], isLearned: boolean) {
    this.#dataDir = dataDir;
    this.#name = name;
    this.#info = info;
    this.#plans = plans;
    this.#steadiness = new Steadiness(info, plans);
    this.#learning = new Map(isLearned ? [] : plans.map((plan) => [plan.name, false]));
  }

  /** @returns whether the last point has just finished */
  output(output: Output): boolean {
    if (this.#learning.size === 0) return false;
    if (output.kind !== 'verdict') {
      this.#steadiness.push(output);
      return false;
    }
    const { point, calibrating, unlearned, sensorCause } = output.verdict;
    const isLearning = this.#learning.get(point);
    if (isLearning === undefined) return false;
    if (calibrating) this.#learning.set(point, true);
    if (calibrating || isLearning) this.#steadiness.push(output);
    if (isLearning && !calibrating && !unlearned && sensorCause === null) this.#learning.delete(point);
    return this.#learning.size === 0;
  }

  relearn(point: string): void {
    this.#learning.set(point, false);
    this.#steadiness = new Steadiness(this.#info, this.#plans);
  }

  /** @returns what speaks against calling it normal, for people */
  async write(baseline: LearnedBaseline): Promise<string[]> {
    const forced = this.#steadiness.findings().map(({ point, text }) => `${point}: ${text}`);
    mkdirSync(join(this.#dataDir, FOLDER), { recursive: true });
    const file = { baseline, learnedUtcUs: Date.now() * 1000, by: 'this host', forced };
    await writeBaseline(keptPath(this.#dataDir, this.#name), file);
    return forced;
  }
}

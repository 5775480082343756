/**
 * The whole pipeline beside numpy and scipy versions of its features, in turn, slice by slice, each on the same one
 * core: a slow moment hits all alike, and the ratios hold on a busy machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { percentile } from '../../host/bench/rounds.ts';
import { newFolder } from '../support/folder.ts';
import { Racer } from './racer.ts';
import { type StageSignal, stagePlan } from './stage-signal.ts';

const ROUNDS = 40;
/** Machine time of one slice: a tenth of a second or so for each; a longer slice would catch more of other work. */
const SLICE_S = { pipeline: 100, numpy: 30, scipy: 40 };
/** Past learning and the compiler's tiers. */
const WARM_UP_S = { pipeline: 600, numpy: 60, scipy: 60 };
/** Decisions: enough for several spectra of the averaged envelope. */
const COMPARED = 20;
/** In nepers: features are logarithms, and a hundred float32 operations lie behind each. Else it is no race. */
const AGREEMENT = 1e-3;

type Name = keyof typeof SLICE_S;

export interface RaceResult {
  /** Machine time over computing time on one core; null: it could not run. */
  timesRealTime: Record<Name, number | null>;
  /** What each runs on, or why it cannot. */
  notes: Record<Name, string>;
  /** Largest difference of any feature between the pipeline and numpy, in nepers. */
  featureDifference: number | null;
}

export async function race(stage: StageSignal): Promise<RaceResult> {
  const racers: Racer[] = [];
  const notes = { pipeline: '', numpy: '', scipy: '' };
  try {
    for (const [name, command] of Object.entries(commands(stage)) as [Name, string[]][]) {
      const started = await Racer.start(name, command);
      notes[name] = 'racer' in started ? started.ready : started.refusal;
      if ('racer' in started) racers.push(started.racer);
      else if (name === 'pipeline') throw new Error(started.refusal);
    }
    const featureDifference = await compare(racers);
    const rates = await takeTurns(racers);
    const timesRealTime = { pipeline: null, numpy: null, scipy: null, ...rates };
    return { timesRealTime, notes, featureDifference };
  } finally {
    await Promise.all(racers.map((racer) => racer.end()));
  }
}

function commands(stage: StageSignal): Record<Name, string[]> {
  const folder = newFolder('bench');
  const plan = stagePlan(stage.info);
  const { windowLength, windowsPerDecision, sampleRateHz, shaftRpm, faultOrder } = plan;
  const planPath = join(folder, 'plan.json');
  const signalPath = join(folder, 'signal.f32');
  const learnSamples = stage.axes[0].length;
  const said = { windowLength, windowsPerDecision, sampleRateHz, shaftRpm, faultOrder, axes: stage.axes.length };
  writeFileSync(planPath, JSON.stringify({ ...said, learnSamples, info: stage.info }));
  writeFileSync(signalPath, Buffer.concat(stage.axes.map(({ buffer }) => Buffer.from(buffer))));
  const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', here('pipeline-racer.ts')];
  const python = ['python3', here('features_numpy.py'), planPath, signalPath];
  return {
    pipeline: [...node, planPath, signalPath, join(folder, 'data')],
    numpy: [...python, 'numpy'],
    scipy: [...python, 'scipy'],
  };
}

/** @throws when numpy computes something else: that would be no race */
async function compare(racers: Racer[]): Promise<number | null> {
  const numpy = racers.find(({ name }) => name === 'numpy');
  if (!numpy) return null;
  const [ours, theirs] = await Promise.all([racers[0].features(COMPARED), numpy.features(COMPARED)]);
  if (ours.length !== theirs.length) throw new Error(`${ours.length} features against ${theirs.length}`);
  const difference = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i])));
  if (!(difference <= AGREEMENT)) throw new Error(`the features of pipeline and numpy differ by ${difference} nepers`);
  return difference;
}

async function takeTurns(racers: Racer[]): Promise<Partial<Record<Name, number>>> {
  for (const racer of racers) await racer.run(WARM_UP_S[racer.name as Name]);
  const rates = new Map<Racer, number[]>(racers.map((racer) => [racer, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const racer of round % 2 === 0 ? racers : racers.toReversed())
      rates.get(racer)!.push(await racer.run(SLICE_S[racer.name as Name]));
  // of times the low end, so of rates the high one
  return Object.fromEntries(
    [...rates].map(([{ name }, seen]) => [
      name,
      -percentile(
        seen.map((rate) => -rate),
        0.15,
      ),
    ]),
  );
}

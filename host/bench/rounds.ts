/**
 * Times contenders against each other in one process: short slices in turn, A B C then C B A, so that a slow moment of
 * the machine hits all of them alike, and of each the 15th percentile, because other work can only add time.
 */
import { setImmediate } from 'node:timers/promises';

export interface Contender {
  /** Does the work this many times. @returns the nanoseconds it took, when it was done elsewhere and timed there */
  run(times: number): undefined | Promise<number>;
}

export interface RoundsSettings {
  rounds: number;
  /** Aimed at; a slice is at least one run. */
  sliceMs: number;
  /** Each contender runs this long before anything counts: engines compile hot code late. */
  warmUpMs: number;
}

const PERCENTILE = 0.15;

/**
 * @returns nanoseconds a run, in the order of the contenders
 * @throws the signal's reason soon after it aborts
 */
export async function inRounds(
  contenders: Contender[],
  { rounds, sliceMs, warmUpMs }: RoundsSettings,
  signal: AbortSignal,
): Promise<number[]> {
  const times: number[] = [];
  for (const contender of contenders) {
    times.push(Math.max(1, Math.round(sliceMs / ((await warmUp(contender, warmUpMs)) / 1e6))));
    await setImmediate();
  }
  const slices = contenders.map((): number[] => []);
  const order = [...contenders.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const i of round % 2 === 0 ? order : order.toReversed())
      slices[i].push(await nsPerRun(contenders[i], times[i]));
    await setImmediate(); // an interrupt is heard
    signal.throwIfAborted();
  }
  return slices.map((ns) => digits(percentile(ns, PERCENTILE)));
}

/** @returns nanoseconds a run, near the end */
async function warmUp(contender: Contender, warmUpMs: number): Promise<number> {
  const end = performance.now() + warmUpMs;
  let ns = await nsPerRun(contender, 1);
  while (performance.now() < end) ns = await nsPerRun(contender, Math.max(1, Math.round((warmUpMs * 1e6) / 20 / ns)));
  return ns;
}

async function nsPerRun(contender: Contender, times: number): Promise<number> {
  const startNs = process.hrtime.bigint();
  const elsewhereNs = contender.run(times);
  const ns = Number(process.hrtime.bigint() - startNs);
  return (elsewhereNs instanceof Promise ? await elsewhereNs : ns) / times;
}

/** The value below which `share` of the values lie. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/** What a busy machine leaves of a figure. */
export const digits = (value: number): number => Number(value.toPrecision(4));

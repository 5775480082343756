/** From the start of `spindle demo` (what `npm start` runs once it has installed and built) to its first verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import { spindle } from '../support/spindle.ts';
import { peakMBIn } from './big-replay.ts';

const DEMO_S = 6;
const POLL_MS = 25;
const PROBE = new URL('peak-memory.ts', import.meta.url).href;

export interface FirstVerdict {
  /** Wall seconds until the status page answers. */
  pageS: number;
  /** Wall seconds until it shows a verdict; a second of machine time is in it. */
  verdictS: number;
  /** Of the whole demo with its broker and status page, 10^6 bytes. */
  peakMB: number;
}

export async function firstVerdict(): Promise<FirstVerdict> {
  const startedMs = performance.now();
  let page: string | undefined;
  let pageS = 0;
  const ended = spindle(['demo', '--headless', '--seconds', String(DEMO_S), '--port', '0'], {
    env: { NODE_OPTIONS: `--import=${PROBE}` },
    onStderr: (text) => {
      page ??= /status page: (http\S+)\n/.exec(text)?.[1];
      if (page && pageS === 0) pageS = (performance.now() - startedMs) / 1000;
    },
  });
  let verdictS: number | null = null;
  let isRunning = true;
  void ended.finally(() => (isRunning = false));
  while (isRunning && verdictS === null) {
    await sleep(POLL_MS);
    if (page && (await hasVerdict(page))) verdictS = (performance.now() - startedMs) / 1000;
  }
  const { code, stderr } = await ended;
  if (code !== 0 || verdictS === null) throw new Error(`the demo ended with ${code} and no verdict seen: ${stderr}`);
  return { pageS, verdictS, peakMB: peakMBIn(stderr) };
}

async function hasVerdict(page: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/api/v1/status', page));
    const { points } = (await response.json()) as { points: { lastUtcMs: number | null }[] };
    return points.some(({ lastUtcMs }) => lastUtcMs !== null);
  } catch {
    return false; // the demo has ended meanwhile: its end says so
  }
}

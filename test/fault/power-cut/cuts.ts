/** Cuts the power of a disk that is being written, and looks at what is left: all that was acknowledged, and no damage. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seqOf } from '../../../host/store/frame-id.ts';
import { Store } from '../../../host/store/store.ts';
import { verifyPath, verifyText } from '../../../host/store/verify.ts';
import { Disk } from './disk.ts';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const NODE = ['--disable-warning=ExperimentalWarning'];

export interface Cuts {
  cuts: number;
  acknowledged: number;
  /** Frames that were acknowledged before their cut and were not there behind it, over all cuts; and the cuts that lost any. */
  lost: number;
  failedCuts: number;
  /** What was found otherwise: damage, a store set aside, a hole. */
  problems: string[];
}

/** @param stopAt ends early once so many cuts have failed */
export async function cutPower(
  cuts: number,
  how: 'synced' | 'unsynced',
  random: () => number,
  stopAt = Number.POSITIVE_INFINITY,
): Promise<Cuts> {
  const disk = new Disk();
  const child = spawn(process.execPath, [...NODE, WRITER, join(disk.mount, 'data'), how]);
  const ended = once(child, 'close');
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output = (output + chunk).slice(-4096);
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const durable = (): number => {
    const whole = output.slice(0, output.lastIndexOf('\n') + 1);
    return Number([...whole.matchAll(/^durable (\d+)$/gm)].at(-1)?.[1] ?? 0);
  };
  const result: Cuts = { cuts: 0, acknowledged: 0, lost: 0, failedCuts: 0, problems: [] };
  try {
    for (const end = Date.now() + 60_000; durable() === 0; await pause(10))
      if (Date.now() > end || child.exitCode !== null) throw new Error(`the writer does not begin: ${errors}`);
    while (result.cuts < cuts && result.failedCuts < stopAt) {
      await pause(20 + random() * 250);
      if (child.exitCode !== null) throw new Error(`the writer ended: ${errors}`);
      // what was said before the picture is taken must be in it
      const acknowledged = durable();
      const found = await disk.cut((mount) => look(join(mount, 'data'), acknowledged));
      result.cuts++;
      result.acknowledged = acknowledged;
      result.lost += found.lost;
      if (found.lost > 0) result.failedCuts++;
      result.problems.push(...found.problems);
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    disk.end();
  }
  return result;
}

/** Starts there as a host does after the power is back, and has everything verified. */
async function look(dataDir: string, acknowledged: number): Promise<{ lost: number; problems: string[] }> {
  const problems: string[] = [];
  let last = 0;
  try {
    const store = Store.open({ dataDir });
    problems.push(...store.warnings.filter((warning) => warning.includes('damaged')));
    const features = store.database.prepare('SELECT id, mono_us FROM frame WHERE kind = 1 ORDER BY id').iterate();
    let before: number | null = null;
    for (const row of features) {
      const n = (row.mono_us as number) / 1_000_000;
      if (before !== null && n !== before + 1)
        problems.push(`feature ${n} at ${seqOf(row.id as number)} follows ${before}`);
      before = n;
      last = n;
    }
    store.finish();
    store.close();
    const report = await verifyPath(dataDir);
    if (!report.ok) problems.push(verifyText(report));
  } catch (error) {
    problems.push(String((error as Error).stack));
  }
  return { lost: Math.max(0, acknowledged - last), problems };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

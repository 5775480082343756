/**
 * Where a window's time goes in the core: `node test/bench/hot-path-profile.ts`. Compiles core-wasm with its function
 * names kept and samples it; what the compiler has inlined counts for its caller.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { newFolder } from '../support/folder.ts';
import { stagePlan, stageSignal } from './stage-signal.ts';

const WARM_UP_ROUNDS = 20;
const ROUNDS = 100;
const INTERVAL_US = 200;
const SHOWN_US = 0.1;

const root = fileURLToPath(new URL('../..', import.meta.url));
const path = join(newFolder('profile'), 'named.wasm');
const asc = ['node_modules/assemblyscript/bin/asc.js', 'core-wasm/index.ts', '--target', 'simd', '--debug'];
const built = spawnSync(process.execPath, [...asc, '--outFile', path], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const { info, axes } = await stageSignal();
const plan = stagePlan({ ...info, channels: info.channels.slice(0, 1) });
const core = new Core('simd', readFileSync(path));
core.configure(settingsOf(plan));
const signal = [axes[0]];
const hop = plan.windowLength / 2;
const hops = Math.floor(axes[0].length / hop);
const play = (rounds: number): void => {
  for (let round = 0; round < rounds; round++) for (let i = 0; i < hops; i++) core.push(signal, i * hop, (i + 1) * hop);
};
play(WARM_UP_ROUNDS);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
await session.post('Profiler.start');
const start = performance.now();
play(ROUNDS);
const windowUs = ((performance.now() - start) * 1000) / ROUNDS / hops;
const { profile } = await session.post('Profiler.stop');
const names = new Map(
  profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName || '(copy in, JavaScript)']),
);
const counts = new Map<string, number>();
const samples = profile.samples ?? [];
for (const id of samples) counts.set(names.get(id)!, (counts.get(names.get(id)!) ?? 0) + 1);
console.log(`${windowUs.toFixed(1)} us a window of one axis, profiler included`);
for (const [name, count] of [...counts].sort((a, b) => b[1] - a[1])) {
  const us = (count / samples.length) * windowUs;
  if (us >= SHOWN_US) console.log(`${us.toFixed(2).padStart(8)}  ${name}`);
}

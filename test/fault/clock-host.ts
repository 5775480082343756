/** A host with a live sensor whose clock a test steps; says every 100 ms, as a line of JSON, how it is. */
import { existsSync } from 'node:fs';
import { LiveSource } from '../run/live-source.ts';
import { start } from '../run/started-host.ts';

const [dataDir, endPath] = process.argv.slice(2);
const run = start([{ source: new LiveSource(3200, 1, 5, 600), learnSamples: null }], {
  dataDir,
  serve: { title: 't', subtitle: '', port: 0 },
  commit: { maxAgeMs: 100, maxBytes: 65_536 },
  watch: { lagMs: 60_000, commitMs: 60_000 }, // a busy machine is not what is asked about
});
const running = run.host.run();
const timer = setInterval(async () => {
  const response = run.url === null ? null : await fetch(`${run.url}/readyz`).catch(() => null);
  const said = (response ? await response.json() : {}) as Record<string, unknown>;
  console.log(
    JSON.stringify({ nowMs: Date.now(), ...said, verdicts: run.outputs.length, frames: run.host.stored.count }),
  );
  if (!existsSync(endPath)) return;
  clearInterval(timer);
  const isWhole = await run.host.stop();
  await running;
  const restarts = run.host.status().threads.reduce((sum, thread) => sum + thread.restarts, 0);
  console.log(JSON.stringify({ isWhole, restarts, lost: run.host.counts.samplesLost, messages: run.messages }));
}, 100);

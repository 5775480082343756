/** The demo as a person runs it: one process, the whole chain, a summary whose accounts balance. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DemoSummary } from '../../host/demo.ts';
import { newFolder } from '../support/folder.ts';

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function spindle(args: string[], onLine: (line: string) => void = () => {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      for (const line of String(chunk).split('\n')) onLine(line);
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const demo = suite('spindle demo');

demo('learns, detects, names the outer race, stores and delivers every frame, and serves its page', async () => {
  const dataDir = newFolder('demo');
  let page: Promise<string> | null = null;
  const { code, stdout, stderr } = await spindle(
    ['demo', '--headless', '--seconds', '20', '--speedup', '20', '--data', dataDir, '--port', '0'],
    (line) => {
      const url = /status page: (http:\S+)/.exec(line)?.[1];
      if (url) page ??= fetch(url).then((answer) => answer.text());
    },
  );
  assert.is(code, 0, stderr);
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as DemoSummary;
  assert.is(summary.samplesLost, 0);
  assert.is(summary.samplesIn, summary.samplesAnalysed + summary.samplesPending + summary.samplesLost);
  assert.ok(summary.machineSeconds > 200, `${summary.machineSeconds} machine seconds`);
  assert.ok(summary.firstAlarm !== null && summary.firstAlarm > 60, `first alarm at ${summary.firstAlarm} s`);
  assert.is(summary.diagnosis, 'outer_race');
  assert.is(summary.alarms, 1);
  assert.ok(summary.frames > summary.decisions);
  assert.is(summary.framesDelivered, summary.frames);
  assert.is(summary.framesLost, 0);
  assert.match(stderr, /outer race of 6205/);
  assert.match((await page) ?? '', /<html/);
  const file = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  const { count } = file.prepare('SELECT count(*) AS count FROM frame').get() as { count: number };
  file.close();
  assert.is(count, summary.frames);
});

demo('refuses a port that is taken with exit 2 and says so', async () => {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = await spindle(['demo', '--headless', '--seconds', '5', '--port', String(port)]);
  server.close();
  assert.is(code, 2, stderr);
  assert.match(stderr, new RegExp(`${port}`));
});
demo.run();

/** A host that is killed with -9 between a command and its answer: what was answered is stored, nothing is half. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkedCommand } from '../../host/alarm/command.ts';
import { ask } from '../../host/run/ask.ts';
import { verifyPath } from '../../host/store/verify.ts';
import { allFrames } from '../run/started-host.ts';
import { newFolder } from '../support/folder.ts';
import { plantYaml } from '../support/plant.ts';

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));
const ROUNDS = 6;
const POINT = 'motor/drive-end';

async function started(config: string): Promise<{ child: ChildProcess; log: () => string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'run', '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr!.on('data', (chunk) => {
    log += chunk;
  });
  for (const end = Date.now() + 30_000; !log.includes('status page'); await delay(20))
    if (Date.now() > end) throw new Error(`no status page:\n${log}`);
  return { child, log: () => log };
}

/** Reason of the last command as the page tells it, at most 20 s after it is there: the store may be opened later. */
async function lastCommand(url: string): Promise<string | null> {
  let last: string | null = null;
  for (const end = Date.now() + 20_000; last === null && Date.now() < end; await delay(50)) {
    const { points } = (await (await fetch(url)).json()) as {
      points: { handling: { last: { reason: string } | null } | null }[];
    };
    last = points[0].handling?.last?.reason ?? null;
  }
  return last;
}

const killed = suite('spindle alarm, host killed');

killed(`is answered only for what is stored, over ${ROUNDS} times kill -9`, async () => {
  const folder = newFolder('alarm-killed');
  const dataDir = join(folder, 'data');
  const config = join(folder, 'spindle.yaml');
  writeFileSync(config, plantYaml());
  const answered: string[] = [];
  let asked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { child } = await started(config);
    const ended = once(child, 'exit');
    let isUp = true;
    const asking = (async () => {
      while (isUp) {
        const reason = `command ${asked++}`;
        const command = checkedCommand({ action: 'shelve', point: POINT, by: 'A', reason, forMs: 3_600_000 });
        try {
          await ask(dataDir, command);
          answered.push(reason);
        } catch (error) {
          // between the kill and the next start the command goes into the store itself, or nobody knows
          assert.is((error as { code: string }).code, 'COMMAND_LOST');
          return;
        }
      }
    })();
    await delay(60 + 47 * round);
    child.kill('SIGKILL');
    await ended;
    isUp = false;
    await asking;
  }
  const frames = allFrames(dataDir).filter(({ kind }) => kind === 'audit');
  const reasons = frames.map(({ map }) => map.get(77) as string);
  assert.ok(answered.length > 0, 'no command was answered');
  for (const reason of answered) assert.is(reasons.filter((one) => one === reason).length, 1, reason);
  for (const { map } of frames)
    for (let key = 70; key <= 78; key++) assert.type(map.get(key), 'string', `key ${key} of ${map.get(77)}`);
  assert.is(new Set(reasons).size, reasons.length, 'a command was carried out twice');
  const report = await verifyPath(dataDir);
  assert.is(report.ok, true, JSON.stringify(report));
  // the next host knows the last of them, and takes commands although a socket was left over
  const { child, log } = await started(config);
  const ended = once(child, 'exit');
  try {
    const last = await lastCommand(`${/http:\S+/.exec(log())![0]}/api/v1/status`);
    assert.is(last, reasons.at(-1));
    assert.match(
      await ask(dataDir, checkedCommand({ action: 'shelve', point: POINT, by: 'A', reason: 'end', forMs: 0 })),
      /no longer/,
    );
    child.kill('SIGINT');
    const [code] = await ended;
    assert.is(code, 0);
  } finally {
    child.kill('SIGKILL');
  }
});

killed.run();

/** The socket that takes commands: one line in, one out, bounded, of one account, gone at the end. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { type Answer, Door } from '../../host/run/door.ts';
import { socketPath } from '../../host/run/socket-path.ts';
import { newFolder } from '../support/folder.ts';

const ACK = { action: 'ack', point: 'm', by: 'A', reason: 'r' };
const LINE = `${JSON.stringify(ACK)}\n`;

interface Opened {
  door: Door;
  dataDir: string;
  asked: unknown[];
}

async function opened(carryOut = async (): Promise<string> => 'done', dataDir = newFolder('door')): Promise<Opened> {
  const asked: unknown[] = [];
  const door = new Door({
    dataDir,
    carryOut: (command) => {
      asked.push(command);
      return carryOut();
    },
    limits: { lineMs: 300, commitMs: 300 },
  });
  await door.listen();
  return { door, dataDir, asked };
}

/** Sends the pieces one after the other and resolves with everything that comes back. */
function said(dataDir: string, pieces: (string | Buffer)[], isOpen = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const at = socketPath(dataDir)!;
    const socket: Socket = connect(at.address);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      at.release();
      resolve(text);
    });
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (!socket.writable) break;
        socket.write(piece);
        await new Promise((next) => setImmediate(next));
      }
      if (!isOpen) socket.end();
    });
  });
}
const answer = async (...args: Parameters<typeof said>): Promise<Answer> => JSON.parse(await said(...args));

const door = suite('run.Door');

door('answers a command once, however its line is cut, and ignores what follows', async () => {
  const { door: one, dataDir, asked } = await opened();
  for (const pieces of [[LINE], [...LINE], [`${LINE}${LINE}`], [LINE.slice(0, 9), LINE.slice(9)]])
    assert.equal(await answer(dataDir, pieces), { ok: true, result: 'done' });
  assert.equal(asked, Array(4).fill(ACK));
  await one.close();
});

door('belongs to the account that runs the host, and leaves nothing behind', async () => {
  const { door: one, dataDir } = await opened();
  const path = join(dataDir, 'host.sock');
  assert.is(statSync(path).mode & 0o777, 0o600);
  await one.close();
  assert.is(existsSync(path), false);
  await one.close();
});

door('stays shut when the host ends before it was to open', async () => {
  const dataDir = newFolder('door');
  const one = new Door({ dataDir, carryOut: async () => 'done' });
  await one.close();
  await one.listen();
  assert.is(existsSync(join(dataDir, 'host.sock')), false);
  const other = new Door({ dataDir, carryOut: async () => 'done' });
  const listening = other.listen();
  await other.close();
  await listening;
  assert.is(existsSync(join(dataDir, 'host.sock')), false);
});

door('takes the place of a socket that a killed host has left', async () => {
  const dataDir = newFolder('door');
  writeFileSync(join(dataDir, 'host.sock'), '');
  const { door: one } = await opened(undefined, dataDir);
  assert.is((await answer(dataDir, [LINE])).ok, true);
  await one.close();
});

door('works where the path is longer than the kernel takes', async () => {
  const dataDir = join(newFolder('door'), 'd'.repeat(120));
  mkdirSync(dataDir);
  const { door: one } = await opened(undefined, dataDir);
  assert.is((await answer(dataDir, [LINE])).ok, true);
  await one.close();
  assert.is(existsSync(join(dataDir, 'host.sock')), false);
});

door('refuses what is no command with its reason, and hands none of it on', async () => {
  const { door: one, dataDir, asked } = await opened();
  const refused: [string | Buffer, RegExp][] = [
    ['\n', /no JSON object on one line/],
    ['{"action":"ack"}\n', /got point nothing, wanted 1 to 256/],
    ['{}', /the connection ended before a whole line came/],
    ['x'.repeat(9000), /more than 8192 characters/],
    [Buffer.from([0xff, 0xfe, 10]), /no JSON object/],
    ['', /ended before a whole line/],
  ];
  for (const [line, text] of refused) {
    const got = await answer(dataDir, [line]);
    assert.ok(!got.ok && got.code === 'COMMAND_FORM', JSON.stringify(got));
    assert.match((got as { message: string }).message, text);
  }
  assert.equal(asked, []);
  await one.close();
});

door('does not wait for a line that never comes, nor for a disk that never answers', async () => {
  const { door: one, dataDir } = await opened(() => new Promise(() => {}));
  assert.match(await said(dataDir, ['{"action"'], true), /no line came within 0\.3 s/);
  const late = await answer(dataDir, [LINE], true);
  assert.ok(!late.ok && late.code === 'COMMAND_LATE');
  await one.close();
});

door('passes on why the host refuses, and calls anything else a defect without its stack', async () => {
  let error: Error = new InputError('COMMAND_ALARM', 'm: has had no alarm; nothing was changed');
  const { door: one, dataDir } = await opened(() => Promise.reject(error));
  assert.equal(await answer(dataDir, [LINE]), { ok: false, code: 'COMMAND_ALARM', message: error.message });
  error = new TypeError('oh');
  assert.equal(await answer(dataDir, [LINE]), { ok: false, code: 'COMMAND_DEFECT', message: 'the host could not: oh' });
  await one.close();
});

door('has room for eight at once; the others are sent away and it goes on', async () => {
  const { door: one, dataDir } = await opened();
  const idle = Array.from({ length: 20 }, () => said(dataDir, ['{'], true).catch((cause) => String(cause)));
  const answers = await Promise.all(idle);
  assert.ok(answers.filter((text) => text.includes('no line came')).length <= 8);
  assert.is((await answer(dataDir, [LINE])).ok, true);
  await one.close();
});

door.run();

/** What is kept: record, decode, export, verify and run as processes, on the real store. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BoardView } from '../../host/serve/board.ts';
import { newFolder } from '../support/folder.ts';
import { type Ended, spindle } from '../support/spindle.ts';

const example = fileURLToPath(new URL('../../docs/spindle.example.yaml', import.meta.url));
const ok = (ended: Ended): Ended => {
  assert.is(ended.code, 0, ended.stderr);
  return ended;
};

/** A recording of two seconds, made once. */
let made: Promise<string> | null = null;
const recording = (): Promise<string> =>
  (made ??= (async () => {
    const file = join(newFolder('record'), 'machine.spindle');
    ok(await spindle(['record', '--out', file, '--seconds', '2']));
    return file;
  })());

const keep = suite('commands.keep');

keep('record holds exactly the seconds that were asked for, and replay gives them back', async () => {
  const file = await recording();
  const { stderr } = ok(await spindle(['record', '--out', `${file}.2`, '--seconds', '0.5']));
  assert.match(stderr, /machine.spindle.2: 12800 samples \(0.5 s\) in \d+ frames, \d+ bytes, signed/);
  const rows = ok(await spindle(['replay', file, '--jsonl', '-']))
    .stdout.trimEnd()
    .split('\n');
  const last = JSON.parse(rows.at(-1)!);
  assert.is(last.start + last.length, 51_200);
});

keep('decode prints one JSON line a frame, from a file as from a pipe', async () => {
  const file = await recording();
  const { stdout } = ok(await spindle(['decode', file]));
  const frames = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    frames.map((frame) => frame.seq),
    frames.map((_, index) => index),
  );
  assert.is(frames[0].kind, 'descriptor');
  assert.match(frames[0].hostId, /^[0-9a-f]{16}$/);
  assert.is(ok(await spindle(['decode', '-'], { stdin: await readFile(file) })).stdout, stdout);
});

keep('decode and verify exit 1 at damage, name it, and keep what stands before it', async () => {
  const whole = await readFile(await recording());
  const cut = join(newFolder('cut'), 'cut.spindle');
  await writeFile(cut, whole.subarray(0, whole.length - 3000));
  const decoded = await spindle(['decode', cut]);
  assert.is(decoded.code, 1);
  assert.ok(decoded.stdout.split('\n').length > 5);
  assert.match(decoded.stderr, /^spindle: DamageError FILE_TRUNCATED: /);
  const verified = await spindle(['verify', cut]);
  assert.is(verified.code, 1);
  assert.match(verified.stdout, /DAMAGED: record \d+: .*\[FILE_TRUNCATED\]/);
});

keep('damage is bad input to every other command: replay of it exits 2', async () => {
  const whole = Buffer.from(await readFile(await recording()));
  whole[whole.length >> 1] ^= 1;
  const bad = join(newFolder('bad'), 'bad.spindle');
  await writeFile(bad, whole);
  assert.is((await spindle(['replay', bad])).code, 2);
});

keep('verify says self-signed without a key, and refuses another key', async () => {
  const file = await recording();
  assert.match(ok(await spindle(['verify', file])).stdout, /complete and unchanged \(self-signed, not trusted\)/);
  const key = join(newFolder('key'), 'other.key');
  await writeFile(key, 'ab'.repeat(32));
  const other = await spindle(['verify', file, '--key', key]);
  assert.is(other.code, 1);
  assert.match(other.stdout, /VERIFY_KEY/);
  await writeFile(key, 'no key');
  assert.is((await spindle(['verify', file, '--key', key])).code, 2);
});

keep('what is not there, not readable or not writable is named with exit 2', async () => {
  const folder = newFolder('none');
  for (const args of [
    ['decode', join(folder, 'none.cbor')],
    ['verify', join(folder, 'none.cbor')],
    ['export', '--data', folder, '--out', join(folder, 'e.cbor')],
    ['record', '--seconds', '1', '--out', join(folder, 'no', 'such.spindle')],
    ['run', '-c', join(folder, 'none.yaml')],
  ]) {
    const { code, stderr } = await spindle(args);
    assert.is(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, folder);
    assert.not.match(stderr, /\n\s+at /);
  }
});

keep('run: the commented example runs, shows its page, stops at SIGINT, and what it kept is whole', async () => {
  const folder = newFolder('run');
  const config = join(folder, 'spindle.yaml');
  await copyFile(example, config);
  let view: BoardView | null = null;
  const ended = await spindle(['run', '-c', config], {
    onStderr: async (text, child) => {
      const url = /status page: (\S+)/.exec(text)?.[1];
      if (!url || view) return;
      view = { points: [] } as unknown as BoardView;
      while (view.points[0]?.state !== 'learning')
        view = (await (await fetch(`${url}/api/v1/status`)).json()) as BoardView;
      child.kill('SIGINT');
    },
  });
  ok(ended);
  assert.is(view!.title, 'acme / hall-3 / pumps / p1');
  assert.is(view!.points[0].name, 'motor/drive-end');
  assert.match(ended.stderr, /[1-9]\d* samples in, 0 lost, \d+ decisions, 0 alarms, [1-9]\d* frames stored\n$/);
  const data = join(folder, 'spindle-data');
  assert.match(ok(await spindle(['verify', data])).stdout, /complete and unchanged/);
  const out = join(folder, 'all.cbor');
  ok(await spindle(['export', '--data', data, '--out', out]));
  assert.match(ok(await spindle(['decode', out])).stdout, /"point":"motor\/drive-end"/);
});

keep('run: a source that ends by itself ends the host', async () => {
  const folder = newFolder('run-file');
  const lines = Array.from({ length: 20_000 }, (_, row) => (Math.sin(row) + Math.sin(row * row)).toFixed(4));
  await writeFile(join(folder, 'pump.csv'), `accel\n${lines.join('\n')}\n`);
  const text = (await readFile(example, 'utf8'))
    .replace(/source:\n(?: {10}.*\n)+/, 'source: { type: csv, path: pump.csv, realTime: false }\n')
    .replace(/sampleRateHz: 25600/, 'sampleRateHz: 2000')
    .replace(/learn: auto/, 'learn: { seconds: 5 }');
  await writeFile(join(folder, 'spindle.yaml'), text);
  const { stderr } = ok(await spindle(['run', '-c', 'spindle.yaml'], { cwd: folder }));
  assert.match(stderr, /20000 samples in, \d+ lost, \d+ decisions/);
});

keep('run: an explicit port that is taken exits 2', async () => {
  const folder = newFolder('port');
  const { createServer } = await import('node:http');
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await writeFile(
    join(folder, 'spindle.yaml'),
    (await readFile(example, 'utf8')).replace('# port: 8080', `port: ${port}`),
  );
  const { code, stderr } = await spindle(['run', '-c', join(folder, 'spindle.yaml')]);
  other.close();
  assert.is(code, 2, stderr);
  assert.match(stderr, new RegExp(`port ${port} is taken`));
});

keep.run();

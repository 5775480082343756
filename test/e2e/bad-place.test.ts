/** A running host whose broker, disk or neighbours misbehave: what is an error, what is waited out, and that nothing is lost. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { freePort, hasMosquitto, startBroker } from '../support/mosquitto.ts';
import { type Plant, plantYaml } from '../support/plant.ts';
import { csvText, machine } from '../support/signals.ts';
import { type Ended, type SpindleOptions, spindle } from '../support/spindle.ts';

const SECONDS = 40;
const CSV = '{ type: csv, path: pump.csv, realTime: false }';
const NOBODY = 65_534;
const TIMEOUT_MS = 60_000;

/** @returns a folder with a table and the configuration that names it */
function plant(settings: Plant = {}): string {
  const folder = newFolder('place');
  writeFileSync(join(folder, 'pump.csv'), csvText(machine(SECONDS)));
  writeFileSync(join(folder, 'plant.yaml'), plantYaml({ source: CSV, ...settings }));
  return folder;
}
const run = (folder: string, options: SpindleOptions = {}): Promise<Ended> =>
  spindle(['run', '-c', 'plant.yaml'], { cwd: folder, timeoutMs: TIMEOUT_MS, ...options });

/** Frames in the store: numbered without a hole, features judging every sample of the table. */
function assertWhole(folder: string, ended: Ended): void {
  const said = /^(\d+) samples in, 0 lost, (\d+) decisions, \d+ alarms, (\d+) frames stored$/m.exec(ended.stderr);
  assert.ok(said, ended.stderr);
  assert.is(Number(said[1]), SECONDS * 2000);
  const database = new DatabaseSync(join(folder, 'data', 'spindle.db'), { readOnly: true });
  const { frames, last, features } = database
    .prepare('SELECT count(*) frames, max(seq) last, sum(kind = 1) features FROM frame')
    .get() as { frames: number; last: number; features: number };
  database.close();
  assert.is(frames, last + 1);
  assert.is(features, Number(said[2]));
  assert.is(frames, Number(said[3]));
}

const place = suite('bad place');
/** Starts at once and beside the others: at its end, run gives a broker ten seconds to come back and a disk thirty. */
const soon = (claim: string, work: () => Promise<void>): void => {
  const running = work();
  running.catch(() => {}); // its test tells
  place(claim, () => running);
};

soon('a broker that is absent is no error: frames wait, run says so, and after it nothing is lost', async () => {
  const port = await freePort();
  const folder = plant({ uplink: `{ name: up, receipts: puback, url: "mqtt://127.0.0.1:${port}" }` });
  const ended = await run(folder);
  assert.is(ended.code, 0, ended.stderr);
  assertWhole(folder, ended);
  assert.match(
    ended.stderr,
    /^warn: uplink up to mqtt:\/\/127\.0\.0\.1:\d+: cannot connect \(.*ECONNREFUSED.*\); everything is kept and sent again$/m,
  );
  assert.match(ended.stderr, /^up: \d+ frames delivered, [1-9]\d* wait for the next run/m);
});

soon('an answer that is no MQTT is no error either: it is named and the frames wait', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n<html>what?</html>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const folder = plant({ uplink: `{ name: up, receipts: puback, url: "mqtt://127.0.0.1:${port}" }` });
  const ended = await run(folder);
  server.close();
  assert.is(ended.code, 0, ended.stderr);
  assertWhole(folder, ended);
  assert.match(ended.stderr, /^warn: uplink up to mqtt:.*: cannot connect \(.+\); everything is kept and sent again$/m);
  assert.match(ended.stderr, /^up: 0 frames delivered, [1-9]\d* wait/m);
});

soon('a server that takes the connection and never answers holds nothing up', async () => {
  const sockets = new Set<import('node:net').Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const folder = plant({ uplink: `{ name: up, receipts: puback, url: "mqtt://127.0.0.1:${port}" }` });
  const ended = await run(folder);
  for (const socket of sockets) socket.destroy();
  server.close();
  assert.is(ended.code, 0, ended.stderr);
  assertWhole(folder, ended);
  assert.match(ended.stderr, /^up: 0 frames delivered, [1-9]\d* wait/m);
});

if (hasMosquitto())
  soon('a broker that refuses the credentials is named; with the right ones everything arrives', async () => {
    const passwords = join(newFolder('passwords'), 'passwords');
    execFileSync('mosquitto_passwd', ['-c', '-b', passwords, 'pump', 'right'], { stdio: 'ignore' });
    chmodSync(passwords, 0o644);
    const broker = await startBroker(['allow_anonymous false', `password_file ${passwords}`]);
    const folder = plant({
      uplink: `{ name: up, receipts: puback, url: "${broker.url}", username: "\${PUMP_USER}", password: "\${PUMP_PASSWORD}" }`,
    });
    try {
      const refused = await run(folder, { env: { PUMP_USER: 'pump', PUMP_PASSWORD: 'wrong-secret' } });
      assert.is(refused.code, 0, refused.stderr);
      assertWhole(folder, refused);
      assert.match(
        refused.stderr,
        /^warn: uplink up to mqtt:.*: cannot connect \(.*[Nn]ot authorized.*\); everything is kept/m,
      );
      assert.not.match(refused.stderr, /wrong-secret/);
      assert.match(
        refused.stderr,
        /^up: 0 frames delivered, [1-9]\d* wait for the next run; by PUBACK, which is weaker/m,
      );
      const accepted = await run(folder, { env: { PUMP_USER: 'pump', PUMP_PASSWORD: 'right' } });
      assert.is(accepted.code, 0, accepted.stderr);
      const storedBy = ({ stderr }: Ended): number => Number(/(\d+) frames stored$/m.exec(stderr)?.[1]);
      const stored = storedBy(refused) + storedBy(accepted);
      assert.match(accepted.stderr, new RegExp(`^up: ${stored} frames delivered; by PUBACK`, 'm'));
    } finally {
      await broker.stop();
    }
  });

place('a data directory that another host writes is refused with its process, and that one goes on', async () => {
  const folder = plant({ source: '{ type: simulator, fault: none, speedup: 20 }' });
  let second: Promise<Ended> | null = null;
  const first = await run(folder, {
    onStderr: (text, child) => {
      if (second || !text.includes('status page:')) return;
      second = run(folder).then((ended) => {
        child.kill('SIGINT');
        return ended;
      });
    },
  });
  const refused = await second!;
  assert.is(refused.code, 2, refused.stderr);
  assert.match(
    refused.stderr,
    /^spindle: InputError STORE_LOCKED: .*data: process \d+ writes there, wanted it for myself; stop that one .*; nothing was changed$/m,
  );
  assert.not.match(refused.stderr, /started again/);
  assert.is(first.code, 0, first.stderr);
  assert.match(first.stderr, /[1-9]\d* samples in, 0 lost, .*[1-9]\d* frames stored/, first.stderr);
});

/** As somebody without rights: root may read and write everything. */
const asNobody: SpindleOptions = process.getuid?.() === 0 ? { uid: NOBODY } : {};
const canBeNobody = (await spindle(['--version'], { cwd: '/', ...asNobody })).code === 0;
if (!canBeNobody)
  console.warn('not run: as root, another user cannot reach this clone, so missing rights cannot be shown here');
else {
  place('what may not be read is refused with the reason, whatever it is', async () => {
    const folder = plant();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'data'));
    for (const name of ['plant.yaml', 'pump.csv']) chmodSync(join(folder, name), 0o000);
    for (const [args, code] of [
      [['run', '-c', 'plant.yaml'], 'CONFIG_READ'],
      [['replay', 'pump.csv', '--rate', '2000', '--unit', 'g'], 'FILE_UNREADABLE'],
      [['decode', 'pump.csv'], 'FILE_READ'],
      [['verify', 'pump.csv'], 'VERIFY_PATH'],
      [['verify', '/', '--key', 'pump.csv'], 'VERIFY_PATH|VERIFY_KEY_FILE'],
    ] as const) {
      const { code: got, stderr } = await spindle([...args], { cwd: folder, ...asNobody });
      assert.is(got, 2, stderr);
      assert.match(stderr, new RegExp(`^spindle: InputError (${code}): .*(EACCES|holds no spindle\\.db|nothing)`, 'm'));
    }
  });

  place('a data directory, an output and a temporary folder that may not be written are refused', async () => {
    const folder = plant();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'data'), { mode: 0o755 });
    const limited = { cwd: folder, timeoutMs: TIMEOUT_MS, ...asNobody };
    if (asNobody.uid === undefined) chmodSync(join(folder, 'data'), 0o555);
    const ran = await spindle(['run', '-c', 'plant.yaml'], limited);
    assert.is(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /STORE_DIRECTORY: .*data: cannot be a data directory \(EACCES.*nothing was recorded/);
    const replayed = await spindle(
      ['replay', 'pump.csv', '--rate', '2000', '--unit', 'g', '--jsonl', 'data/rows.jsonl'],
      limited,
    );
    assert.is(replayed.code, 2, replayed.stderr);
    assert.match(replayed.stderr, /OUTPUT_WRITE: data\/rows\.jsonl: cannot be written: EACCES/);
    const recorded = await spindle(['record', '--seconds', '1', '--out', 'data/x.spindle'], limited);
    assert.is(recorded.code, 2, recorded.stderr);
    assert.match(recorded.stderr, /FILE_WRITE: data\/x\.spindle: cannot be written \(EACCES/);
    const demo = await spindle(['demo', '--headless', '--seconds', '2', '--port', '0'], {
      ...limited,
      env: { TMPDIR: join(folder, 'data') },
    });
    assert.is(demo.code, 2, demo.stderr);
    assert.match(
      demo.stderr,
      /STORE_DIRECTORY: demo: no temporary folder \(EACCES.*give --data DIR; nothing was started/,
    );
    if (asNobody.uid === undefined) chmodSync(join(folder, 'data'), 0o755);
  });

  place('a store in a folder that may only be read is verified, or refused with what to do', async () => {
    const folder = plant();
    assert.is((await run(folder)).code, 0);
    for (const [path, mode] of [
      ['', 0o755],
      ['data', 0o555],
      ['data/spindle.db', 0o444],
    ] as const)
      chmodSync(join(folder, path), mode);
    const ended = await spindle(['verify', 'data'], { cwd: folder, ...asNobody });
    if (ended.code === 0) assert.match(ended.stdout, /complete and unchanged/);
    else {
      assert.is(ended.code, 2, ended.stderr);
      assert.match(
        ended.stderr,
        /STORE_READ: data\/spindle\.db: cannot be opened \(.*copy the folder, or use an export/,
      );
    }
    chmodSync(join(folder, 'data'), 0o755);
  });
}

/** A file system of `bytes` that ends with the test; null where nobody may make one. */
function tinyDisk(bytes: number): { path: string; end: () => void } | null {
  const path = newFolder('disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const end = (): void => {
    try {
      execFileSync('umount', [path], { stdio: 'ignore' });
    } catch {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' });
    }
  };
  return { path, end };
}

const disk = tinyDisk(512 * 1024);
disk?.end();
if (!disk) console.warn('not run: a full disk takes the right to mount a tmpfs');
else {
  soon('a disk that fills up while running is told, and what was committed before stays whole', async () => {
    const small = tinyDisk(512 * 1024)!;
    try {
      const folder = plant({ store: small.path, source: '{ type: simulator, fault: none, speedup: 50 }' });
      let isTold = false;
      const ended = await run(folder, {
        onStderr: (text, child) => {
          if (isTold || !/cannot be committed/.test(text)) return;
          isTold = true;
          child.kill('SIGINT');
        },
      });
      assert.is(ended.code, 70, ended.stderr);
      assert.match(ended.stderr, /SpindleError HOST_UNFINISHED: not everything .* what was committed is kept$/m);
      assert.match(
        ended.stderr,
        /^warn: .*: \d+ frames cannot be committed \(database or disk is full\); they are kept and tried again$/m,
      );
      assert.match(ended.stderr, /frames stored; not everything could be committed in time$/m);
      const verified = await spindle(['verify', small.path]);
      assert.is(verified.code, 0, verified.stdout + verified.stderr);
    } finally {
      small.end();
    }
  });

  soon('a disk that is full already refuses every command that writes there', async () => {
    const full = tinyDisk(64 * 1024)!;
    try {
      writeFileSync(join(full.path, 'ballast'), Buffer.alloc(64 * 1024 - 4096));
      rmSync(join(full.path, 'x'), { force: true });
      const folder = plant({ store: full.path });
      for (const [args, wanted] of [
        [['run', '-c', 'plant.yaml'], /^spindle: InputError (STORE_FULL|KEY_FILE|STORE_LOCK): /m],
        [['record', '--seconds', '2', '--out', join(full.path, 'x.spindle')], /FILE_WRITE: .*ENOSPC/],
        [
          ['replay', 'pump.csv', '--rate', '2000', '--unit', 'g', '--jsonl', join(full.path, 'rows.jsonl')],
          /OUTPUT_WRITE: .*rows\.jsonl: cannot be written: ENOSPC/,
        ],
      ] as const) {
        const { code, stderr } = await spindle([...args], { cwd: folder, timeoutMs: TIMEOUT_MS });
        assert.is(code, 2, `${args[0]}: ${stderr}`);
        assert.match(stderr, wanted);
      }
    } finally {
      full.end();
    }
  });
}

/** One SIGINT, `delayMs` after `pattern` was told; a second one would end the process on the spot. */
function interruptOnce(pattern: RegExp, delayMs: number): SpindleOptions['onStderr'] {
  let isSent = false;
  return (text, child) => {
    if (isSent || !pattern.test(text)) return;
    isSent = true;
    setTimeout(() => child.kill('SIGINT'), delayMs);
  };
}

/** As a shell does it: `spindle ARGS | head -1`. */
function piped(line: string, folder: string): Promise<{ codes: string; stderr: string; stdout: string }> {
  const cli = new URL('../../host/cli.ts', import.meta.url).pathname;
  const command = line.replace('spindle', `"${process.execPath}" --disable-warning=ExperimentalWarning "${cli}"`);
  const child = spawn('bash', ['-c', `${command}; echo "codes \${PIPESTATUS[*]}" >&2`], { cwd: folder });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve) =>
    child.on('close', () => resolve({ stdout, stderr, codes: /codes (.*)/.exec(stderr)?.[1] ?? '' })),
  );
}

place('every command ends quietly with 0 when its reader has seen enough', async () => {
  const folder = plant();
  assert.is((await spindle(['record', '-c', 'plant.yaml', '--out', 'pump.spindle'], { cwd: folder })).code, 0);
  for (const line of [
    'spindle replay pump.csv --rate 2000 --unit g --jsonl - | head -1',
    'spindle decode pump.spindle | head -c 9',
    'spindle verify pump.spindle | head -c 0',
    'spindle schema | head -1',
    'spindle --help | head -1',
  ]) {
    const { codes, stderr } = await piped(line, folder);
    assert.is(codes, '0 0', `${line}: ${stderr}`);
    assert.not.match(stderr, /EPIPE|Error|defect/, line);
  }
});

place('SIGINT in a long replay ends it with 130 and whole lines', async () => {
  const folder = newFolder('long');
  writeFileSync(join(folder, 'pump.csv'), csvText(machine(900)));
  const ended = await spindle(['replay', 'pump.csv', '--rate', '2000', '--unit', 'g', '--jsonl', 'rows.jsonl'], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    onStderr: interruptOnce(/numbers from line 2/, 150),
  });
  assert.is(ended.code, 130, ended.stderr);
  assert.match(ended.stderr, /spindle: interrupted; pump\.csv was not replayed to its end/);
  const text = readFileSync(join(folder, 'rows.jsonl'), 'utf8');
  for (const line of text.split('\n').slice(0, -1)) JSON.parse(line);
  assert.ok(text === '' || text.endsWith('\n'));
});

place('SIGINT in a recording leaves a whole, signed file', async () => {
  const folder = plant({ source: '{ type: simulator, fault: none }' });
  const ended = await spindle(['record', '-c', 'plant.yaml', '--out', 'pump.spindle'], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    onStderr: interruptOnce(/simulated/, 300),
  });
  assert.is(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /pump\.spindle: \d+ samples .* signed/);
  assert.is((await spindle(['verify', 'pump.spindle'], { cwd: folder })).code, 0);
});

place.run();

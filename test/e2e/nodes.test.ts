/** What a person does with sensor nodes at the command line: see them, set them, give them a key, record them. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { macOf } from '../../host/acquire/wire/command.ts';
import { decodeMap, encodeMap } from '../../host/frame/codec.ts';
import type { FrameValue } from '../../host/types.ts';
import { LiveStandIn } from '../acquire/serial/live-stand-in.ts';
import type { StandInSettings } from '../acquire/serial/stand-in.ts';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { plantYaml } from '../support/plant.ts';
import { missingForPty } from '../support/pty.ts';
import { type Ended, spindle } from '../support/spindle.ts';

const nodes = suite('e2e.nodes');

interface Bench {
  folder: string;
  far: LiveStandIn;
  port: string;
  run(...args: string[]): Promise<Ended>;
}

const check = (claim: string, settings: Partial<StandInSettings>, test: (bench: Bench) => Promise<void>): void =>
  needs(nodes, missingForPty(), claim, async () => {
    const folder = newFolder('nodes');
    const far = await LiveStandIn.in(newFolder('cable'), settings);
    const { cable } = far;
    try {
      await cable.plug();
      const run = (...args: string[]): Promise<Ended> => spindle(args, { cwd: folder });
      await test({ folder, far, port: cable.path, run });
    } finally {
      await far.end();
    }
  });

/** Argument of the only command of this name that the node heard. */
function heard(far: LiveStandIn, name: string): { map: Map<number, FrameValue>; argument: Map<number, FrameValue> } {
  const found = far.heard.filter((one) => one.name === name);
  assert.is(found.length, 1);
  return { map: found[0].map, argument: decodeMap(found[0].map.get(5) as Uint8Array) };
}

check(
  'a node at a port that is named is listed with its rate, losses and key',
  { rateHz: 3210 },
  async ({ port, run }) => {
    const [table, json] = [
      await run('nodes', '--port', port, '--seconds', '1'),
      await run('nodes', '--port', port, '--seconds', '1', '--json'),
    ];
    assert.is(table.code, 0, table.stderr);
    assert.match(
      table.stdout,
      /^NODE +PORT +BOARD +SENSOR +RANGE +RATE +TRUE RATE +FIRMWARE +RECEIVED +LOST +STATE +KEY\n/,
    );
    assert.match(
      table.stdout,
      /^e661010203040506 .* adxl345 +16 g +3200 Hz +3210\.0 +01010101 .* sampling +none: obeys anyone\n$/m,
    );
    const row = JSON.parse(json.stdout);
    assert.is(row.node, 'e661010203040506');
    assert.is(row.rateByNodeHz, 3210);
    assert.is(row.lost, 0);
    assert.ok(row.received > 0);
  },
);

check('a port without a node is told, and is no error', {}, async ({ far, run, port }) => {
  far.fallSilent();
  const ended = await run('nodes', '--port', port, '--json');
  assert.is(ended.code, 0);
  assert.is(ended.stdout, '');
  assert.match(ended.stderr, /: no node answered; it may be something else, or in use by a running host\n/);
});

check('rate, range and calibration go to the node as the wire has them', {}, async ({ far, port, run }) => {
  const ended = await run(
    'nodes',
    'set',
    port,
    '--rate',
    '1600',
    '--range',
    '8',
    '--offset',
    '0.1,0,-0.2',
    '--orientation',
    'z,-x,y',
  );
  assert.is(ended.code, 0, ended.stderr);
  assert.equal(
    [...heard(far, 'configure').argument],
    [
      [1, 1_600_000],
      [2, 8000],
    ],
  );
  const { argument } = heard(far, 'calibrate');
  assert.equal([...(argument.get(1) as Float32Array)], [...Float32Array.of(0.1, 0, -0.2)]);
  assert.equal([...(argument.get(2) as Float32Array)], [1, 1, 1]);
  assert.equal(argument.get(3), [1, 1, 2, 0, 1, 1, 1, 2, 1]);
});

check('a node that refuses is quoted, exit 2', {}, async ({ far, port, run }) => {
  far.answers.configure = [1, 'got rate 1234000 mHz, wanted 3200000 or 1600000'];
  const ended = await run('nodes', 'set', port, '--rate', '1234');
  assert.is(ended.code, 2);
  assert.match(
    ended.stderr,
    /InputError NODE_REFUSED: .*configure: the node says refused: got rate 1234000 mHz, wanted 3200000 or 1600000; nothing was changed/,
  );
});

check(
  'a new key is written before the node has it, for the owner alone, and never over an old one',
  {},
  async ({ folder, far, port, run }) => {
    const file = join(folder, 'motor.key');
    const ended = await run('nodes', 'set', port, '--new-key', 'motor.key');
    assert.is(ended.code, 0, ended.stderr);
    assert.is(statSync(file).mode & 0o777, 0o600);
    const key = readFileSync(file, 'latin1').trim();
    assert.is(Buffer.from(heard(far, 'key').argument.get(1) as Uint8Array).toString('hex'), key);
    const again = await run('nodes', 'set', port, '--new-key', 'motor.key');
    assert.is(again.code, 2);
    assert.match(
      again.stderr,
      /NODE_KEY_FILE: motor\.key: is there already, wanted a new file; nothing was sent to the node/,
    );
    assert.is(readFileSync(file, 'latin1').trim(), key);
  },
);

check('a node with a key is commanded with it', { hasKey: true }, async ({ folder, far, port, run }) => {
  const key = Buffer.alloc(32, 7);
  writeFileSync(join(folder, 'key'), `${key.toString('hex')}\n`);
  assert.is((await run('nodes', 'test', port, '--key-file', 'key')).code, 0);
  const { map } = heard(far, 'self-test');
  const mac = map.get(7) as Uint8Array;
  map.delete(7);
  assert.equal(Buffer.from(mac), Buffer.from(macOf(encodeMap(map), key)));
  assert.ok((map.get(6) as number) > 0);
  far.answers['self-test'] = [3, ''];
  const without = await run('nodes', 'test', port);
  assert.is(without.code, 2);
  assert.match(
    without.stderr,
    /self-test: the node says not authentic; it has a key: give its --key-file; nothing was changed/,
  );
});

check('slips are named before anything is sent', {}, async ({ folder, far, port, run }) => {
  writeFileSync(join(folder, 'bad'), 'no key\n');
  const slips: [string[], RegExp][] = [
    [['set', port], /NODES_USAGE: nodes set: got nothing to set/],
    [['set', port, '--orientation', 'x,x,y'], /Wanted each of x, y, z once/],
    [['set', port, '--gain', '1,2'], /Wanted three numbers: X,Y,Z/],
    [['set', port, '--no-calibration', '--gain', '1,1,1'], /--no-calibration does not go with a calibration/],
    [
      ['test', port, '--key-file', 'bad'],
      /NODE_KEY_FILE: bad: got 7 characters that are no key, wanted 64 hexadecimal digits/,
    ],
    [['test', port, '--key-file', 'gone'], /NODE_KEY_FILE: gone: ENOENT/],
  ];
  for (const [args, wanted] of slips) {
    const ended = await run('nodes', ...args);
    assert.is(ended.code, 2);
    assert.match(ended.stderr, wanted);
  }
  assert.equal(far.heard, []);
});

check('a node is recorded as its point is configured, and the recording replays', {}, async ({ folder, port, run }) => {
  const source = `{ type: node, node: ${port} }`;
  writeFileSync(join(folder, 'plant.yaml'), plantYaml({ source, sampleRateHz: 3200 }));
  const ended = await run('record', '-c', 'plant.yaml', '--out', 'out.spindle', '--seconds', '2');
  assert.is(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /out\.spindle: 6400 samples \(2 s\) in /);
  const replayed = await run('replay', 'out.spindle', '--jsonl', '-');
  assert.is(replayed.code, 0, replayed.stderr);
  assert.ok(replayed.stdout.split('\n').length > 2);
});

check(
  'a point that says another rate or range than its node is refused with the command that mends it',
  {},
  async ({ folder, port, run }) => {
    const source = `{ type: node, node: ${port} }`;
    writeFileSync(join(folder, 'plant.yaml'), plantYaml({ source, sampleRateHz: 1600 }));
    const ended = await run('run', '-c', 'plant.yaml');
    assert.is(ended.code, 2);
    assert.match(
      ended.stderr,
      /CONFIG_SOURCE: motor\/drive-end: node .* is set to 3200 Hz and 16 g, the configuration says 1600 Hz and 16 g; .*spindle nodes set .* --rate 1600 --range 16; nothing was started/,
    );
    assert.not.ok(existsSync(join(folder, 'data')));
  },
);

nodes.run();

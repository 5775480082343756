/** `spindle collect` as a person runs it. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { hasMosquitto } from '../support/mosquitto.ts';
import { Parties } from '../support/parties.ts';
import { spindle } from '../support/spindle.ts';

const command = suite('spindle collect');
const test = hasMosquitto() ? command : command.skip;
const parties = new Parties(command);

command('makes a key that only its owner can read, and tells the same public key ever after', async () => {
  const cwd = newFolder('collect');
  const first = await spindle(['collect', '--show-key'], { cwd });
  assert.is(first.code, 0, first.stderr);
  assert.match(first.stdout, /^[0-9a-f]{64}\n$/);
  assert.is(statSync(join(cwd, 'collector.key')).mode & 0o777, 0o600);
  assert.match(readFileSync(join(cwd, 'collector.key'), 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
  assert.is((await spindle(['collect', '--show-key'], { cwd })).stdout, first.stdout);
});

command('leaves no key behind where it refuses what was asked for', async () => {
  const cwd = newFolder('collect');
  for (const args of [[], ['--broker', 'mqtt://127.0.0.1:1'], ['--database', 'a.db']])
    assert.is((await spindle(['collect', ...args], { cwd })).code, 2);
  assert.equal(readdirSync(cwd), []);
});

const BROKER = ['--broker', 'mqtt://127.0.0.1:1'];
for (const [what, args, text] of [
  ['without a broker', ['--database', 'a.db'], /COLLECT_BROKER: --broker: got none, wanted an address/],
  ['with a broker that is none', ['--broker', 'http://x', '--database', 'a.db'], /got "http:\/\/x", wanted an address/],
  ['without a database', BROKER, /COLLECT_DATABASE: got no --database/],
  [
    'with a database that is none',
    [...BROKER, '--database', 'text'],
    /text: cannot be used \(file is not a database\)/,
  ],
  ['with a folder for a database', [...BROKER, '--database', '.'], /\.: cannot be opened/],
  ['with a database of something else', [...BROKER, '--database', 'other.db'], /other\.db: cannot be used/],
  [
    'with a database server that is away',
    [...BROKER, '--database', 'postgres://u:secret@127.0.0.1:1/x'],
    /postgres:\/\/u@127\.0\.0\.1:1\/x: cannot be used \(.*ECONNREFUSED/,
  ],
  [
    'with a key that is none',
    ['--key', 'text', ...BROKER, '--database', 'a.db'],
    /COLLECT_KEY: text: is no Ed25519 private key/,
  ],
  [
    'with a certificate that is not there',
    [...BROKER, '--database', 'a.db', '--ca', 'none.pem'],
    /COLLECT_TLS: none\.pem: cannot be read/,
  ],
  [
    'with a version of MQTT that there is not',
    [...BROKER, '--database', 'a.db', '--mqtt', '6'],
    /--mqtt: got 6, wanted 4 or 5/,
  ],
] as [string, string[], RegExp][])
  command(`${what} ends with exit 2 and says so`, async () => {
    const cwd = newFolder('collect');
    writeFileSync(join(cwd, 'text'), 'no database, no key\n'.repeat(100));
    const other = new DatabaseSync(join(cwd, 'other.db'));
    other.exec('CREATE TABLE x(y)');
    other.close();
    const { code, stderr } = await spindle(['collect', ...args], { cwd });
    assert.is(code, 2, stderr);
    assert.match(stderr, text);
    assert.match(stderr, /nothing is collected/);
    assert.not.match(stderr, /secret/);
    assert.not.ok(existsSync(join(cwd, 'a.db')), 'a database was made all the same');
  });

test('collects until it is told to end, and sums up', async () => {
  const broker = await parties.broker();
  const cwd = newFolder('collect');
  const { stdout: key } = await spindle(['collect', '--show-key'], { cwd });
  const dataDir = newFolder('collect');
  let isFed = false;
  const ended = await spindle(['collect', '--broker', broker.url, '--database', 'a.db'], {
    cwd,
    onStderr: (text, child) => {
      if (isFed || !text.includes(`collecting from ${broker.url} into a.db`)) return;
      isFed = true;
      const receiptKey = Uint8Array.from(Buffer.from(key.trim(), 'hex'));
      const thread = parties.host(dataDir, { url: broker.url, receiptKey });
      const descriptors = [{ key: 'd', draft: descriptorDraft() }];
      for (let n = 1; n <= 50; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
      void thread.stop().then(() => child.kill('SIGTERM'));
    },
  });
  assert.is(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, new RegExp(`^receipt key: ${key.trim()}$`, 'm'));
  const counts = JSON.parse(ended.stdout.trimEnd().split('\n').at(-1)!);
  assert.equal([counts.frames, counts.duplicates, counts.damaged], [52, 0, 0]);
});

command.run();

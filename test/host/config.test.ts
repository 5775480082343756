/** spindle.yaml: what is accepted, and how exactly a refusal says what is wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configJsonSchema, loadConfig, parseConfig } from '../../host/config.ts';
import { InputError } from '../../host/errors.ts';

const example = new URL('../../docs/spindle.example.yaml', import.meta.url).pathname;
const schemaFile = new URL('../../docs/spindle.schema.json', import.meta.url);

const GOOD = `enterprise: acme
site: hall-3
area: pumps
line: p1
assets:
  - name: motor
    points:
      - name: drive-end
        source: { type: csv, path: data.csv }
        unit: g
        sampleRateHz: 25600
        range: 16
        shaftRpm: 1480
        bearing: 6205
`;

function refused(text: string, environment: NodeJS.ProcessEnv = {}): { code: string; lines: string[] } {
  try {
    parseConfig(text, 'plant.yaml', environment);
  } catch (error) {
    assert.instance(error, InputError);
    return { code: (error as InputError).code, lines: (error as InputError).message.split('\n') };
  }
  throw new Error('the configuration was accepted');
}

const config = suite('config');

config('the commented example is accepted as it stands', () => {
  const loaded = loadConfig(example, {});
  assert.equal(
    loaded.points.map((point) => [point.id, point.topicPath, point.bearing?.name]),
    [['motor/drive-end', 'acme/hall-3/pumps/p1/motor/drive-end', '6205']],
  );
});

config('docs/spindle.schema.json is what the schema emits (write it with: spindle schema)', () => {
  assert.equal(JSON.parse(readFileSync(schemaFile, 'utf8')), JSON.parse(JSON.stringify(configJsonSchema())));
});

config('paths are relative to the folder of the file', () => {
  const loaded = parseConfig(GOOD, '/plant/spindle.yaml');
  assert.is((loaded.points[0].source as { path: string }).path, '/plant/data.csv');
  assert.is(loaded.store.directory, '/plant/spindle-data');
});

config('defaults are those of the documentation', () => {
  const { store, uplinks, serve, points } = parseConfig(GOOD, 'a.yaml');
  assert.equal(
    { ...store, directory: '' },
    {
      directory: '',
      durability: 'group',
      groupMs: 1000,
      dropOrder: ['waveform', 'feature'],
      retentionDays: {},
    },
  );
  assert.equal([uplinks, serve], [[], { host: '127.0.0.1' }]);
  assert.is(points[0].learnSamples, 'auto');
});

config('severity takes a standard with its machine, or limits, and becomes the rule that zones are given by', () => {
  const rule = (severity: string) => parseConfig(`${GOOD}        severity: ${severity}\n`, 'a').points[0].severity;
  assert.is(parseConfig(GOOD, 'a').points[0].severity, null);
  const iso = rule('{ standard: iso20816-3, group: 2, support: rigid }');
  assert.equal([iso?.standard, iso?.edition, iso?.group], ['ISO 20816-3', '2022', 'group 2 rigid']);
  assert.equal(rule('{ standard: iso10816-1, class: II }')?.limits, { ab: 1.12, bc: 2.8, cd: 7.1 });
  assert.equal(rule('{ ab: 1, bc: 2, cd: 3 }')?.limits, { ab: 1, bc: 2, cd: 3 });
});

config('severity that nobody can mean is refused with its place and what is wanted', () => {
  for (const severity of [
    'iso20816-3',
    '{ standard: iso20816-3, group: 3, support: rigid }',
    '{ standard: iso20816-3, group: 2 }',
    '{ standard: iso10816-1, class: V }',
    '{ standard: iso20816-1, class: II }',
    '{ ab: 3, bc: 2, cd: 1 }',
    '{ ab: 0, bc: 2, cd: 3 }',
    '{ ab: 1, bc: 2 }',
  ]) {
    const { code, lines } = refused(`${GOOD}        severity: ${severity}\n`);
    assert.is(code, 'CONFIG_INVALID', severity);
    assert.match(lines[0], /^plant\.yaml:15:\d+ assets\.0\.points\.0\.severity\S*: got .*, wanted \S/, severity);
  }
});

config('a learning time becomes samples; never becomes null', () => {
  assert.is(parseConfig(`${GOOD}        learn: { seconds: 2 }\n`, 'a').points[0].learnSamples, 51200);
  assert.is(parseConfig(`${GOOD}        learn: never\n`, 'a').points[0].learnSamples, null);
});

config('a bearing is a name, four orders or a geometry', () => {
  const of = (bearing: string) => parseConfig(GOOD.replace('6205', bearing), 'a').points[0].bearing;
  assert.is(of('"6203"')?.name, '6203');
  assert.equal(of('{ bpfo: 3, bpfi: 5, bsf: 2, ftf: 0.4 }')?.faultOrder, { bpfo: 3, bpfi: 5, bsf: 2, ftf: 0.4 });
  assert.ok(
    Math.abs(of('{ rollerCount: 9, rollerDiameterMm: 7.94, pitchDiameterMm: 39.04 }')!.faultOrder.bpfo - 3.585) < 1e-3,
  );
});

config('several problems are named at once, in the order of the file, with line and column', () => {
  const { code, lines } = refused(
    GOOD.replace('enterprise: acme', 'enterprise: a cme').replace('unit: g', 'unit: kg').replace('25600', '-1'),
  );
  assert.is(code, 'CONFIG_INVALID');
  assert.match(lines[0], /^plant.yaml:1:13 enterprise: got "a cme", wanted 1 to 64 of the characters/);
  assert.match(lines[1], /^plant.yaml:10:15 assets.0.points.0.unit: got "kg", wanted one of g, m\/s2/);
  assert.match(lines[2], /^plant.yaml:11:23 assets.0.points.0.sampleRateHz: got -1, wanted a number above 0/);
  assert.is(lines.at(-1), 'Nothing was started.');
});

for (const key of ['unit', 'sampleRateHz', 'range'])
  config(`a point without ${key} is refused: there is no default`, () => {
    const { lines } = refused(GOOD.replace(new RegExp(`^ *${key}:.*\n`, 'm'), ''));
    assert.match(lines[0], `plant.yaml:8:9 assets.0.points.0.${key}: got nothing, wanted `);
    assert.match(lines[0], /No default/);
  });

config('an unknown key is an error that names the likely one', () => {
  const { lines } = refused(`${GOOD}        persistance: 3\n`);
  assert.match(
    lines[0],
    /^plant.yaml:15:9 assets.0.points.0.persistance: got an unknown key, wanted persistence \(did you/,
  );
});

config('an unknown key of a source lists the keys of that source', () => {
  const { lines } = refused(GOOD.replace('path: data.csv', 'path: a, xyzzy: 1'));
  assert.match(lines[0], /source.xyzzy: got an unknown key, wanted one of type, path, channels, realTime/);
});

config('an unknown source type names the types', () => {
  assert.match(refused(GOOD.replace('csv', 'modbus')).lines[0], /source.type: got "modbus", wanted .*simulator.*mat/);
});

config('an unknown bearing names where the known ones are', () => {
  assert.match(
    refused(GOOD.replace('6205', '6999')).lines[0],
    /bearing: got 6999, wanted one of the \d+ that spindle bearing lists/,
  );
});

config('a bearing without shaft speed is refused', () => {
  const { lines } = refused(GOOD.replace(/^ *shaftRpm.*\n/m, ''));
  assert.match(lines[0], /shaftRpm: got nothing, wanted the speed of the shaft/);
});

config('two points of the same name are refused', () => {
  const { lines } = refused(GOOD + GOOD.slice(GOOD.indexOf('      - name')));
  assert.match(lines[0], /^plant.yaml:15:15 assets.0.points.1.name: got "drive-end", wanted a name that/);
});

config('secrets come from the environment only, and a refused one is not printed', () => {
  const uplink = (password: string) =>
    `${GOOD}uplinks: [{ name: cloud, url: "mqtt://b:1883", receipts: puback, password: "${password}" }]\n`;
  const literal = refused(uplink('hunter2')).lines.join('\n');
  assert.match(literal, /uplinks.0.password: got a value that is not shown here, wanted a reference to an environment/);
  assert.not.match(literal, /hunter2/);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the file
  const reference = uplink('${SECRET}');
  assert.match(refused(reference).lines[0], /got an environment without SECRET, wanted it set/);
  assert.is(parseConfig(reference, 'a', { SECRET: 's' }).uplinks[0].password, 's');
});

config('an uplink that is not MQTT is refused', () => {
  assert.match(
    refused(`${GOOD}uplinks: [{ name: a, receipts: puback, url: "http://b" }]\n`).lines[0],
    /uplinks.0.url: got "http:\/\/b", wanted an address such as mqtt:/,
  );
});

config('an uplink says by what a frame counts as arrived: a key, or PUBACK in so many words', () => {
  const uplink = (text: string) => `${GOOD}uplinks: [{ name: a, url: "mqtt://b", ${text} }]\n`;
  const refusal = (text: string): string => refused(uplink(text)).lines[0];
  assert.match(
    refusal(''),
    /receiptKey: got nothing, wanted the public key that spindle collect prints; or receipts: puback/,
  );
  assert.match(refusal('receiptKey: abc'), /receiptKey: got "abc", wanted 64 hex digits/);
  assert.match(refusal(`receipts: puback, receiptKey: ${'ab'.repeat(32)}`), /wanted no key: with receipts: puback/);
  const [signed] = parseConfig(uplink(`receiptKey: ${'aB'.repeat(32)}, backfillFramesPerS: 100`), 'a').uplinks;
  assert.equal([signed.receiptKey, signed.backfillFramesPerS], [new Uint8Array(32).fill(0xab), 100]);
  assert.is(parseConfig(uplink('receipts: puback'), 'a').uplinks[0].receiptKey, undefined);
});

config('an uplink may name several brokers', () => {
  const uplink = (url: string) => `${GOOD}uplinks: [{ name: a, receipts: puback, url: ${url} }]\n`;
  const [{ url }] = parseConfig(uplink('["mqtt://a", "mqtts://b:8883"]'), 'a').uplinks;
  assert.equal(url, ['mqtt://a', 'mqtts://b:8883']);
  assert.match(refused(uplink('["mqtt://a", "http://b"]')).lines[0], /url.1: got "http:\/\/b", wanted an address/);
  assert.match(refused(uplink('[]')).lines[0], /url: got a list of 0, wanted an address/);
});

config('the status page listens on loopback only', () => {
  assert.match(refused(`${GOOD}serve: { host: 0.0.0.0 }\n`).lines[0], /serve.host: got "0.0.0.0", wanted a loopback/);
});

config('broken YAML, a twice-given key and two documents say where', () => {
  assert.match(refused('a: [1, 2\nb: 3').lines[0], /^plant.yaml:2:\d+ \(YAML\): /);
  assert.is(refused(`${GOOD}site: again\n`).code, 'CONFIG_YAML');
  assert.is(refused(`${GOOD}---\n${GOOD}`).code, 'CONFIG_YAML');
});

config('empty files, plain text and lists are refused in words', () => {
  assert.is(refused('').code, 'CONFIG_EMPTY');
  assert.is(refused('# only a comment\n').code, 'CONFIG_EMPTY');
  assert.match(refused('hello').lines[0], /\(whole file\): got "hello", wanted a mapping/);
  assert.match(refused('- 1').lines[0], /got a list of 1, wanted a mapping/);
});

config('a file that is absent, a folder, binary or huge is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-config-'));
  try {
    writeFileSync(join(folder, 'binary'), Uint8Array.of(0xff, 0xfe, 0x00, 0xc3));
    writeFileSync(join(folder, 'huge'), Buffer.alloc(2 * 1024 * 1024, '#'));
    for (const name of ['absent', '.', 'binary', 'huge'])
      assert.throws(
        () => loadConfig(join(folder, name)),
        (error: unknown) => (error as InputError).code === 'CONFIG_READ',
        name,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

config('whatever the text, the answer is a configuration or an InputError', () => {
  const lines = GOOD.split('\n');
  const mutant = fc
    .array(fc.tuple(fc.nat(lines.length - 1), fc.oneof(fc.string(), fc.constantFrom(...lines, '  x: {', '&a *a'))), {
      maxLength: 4,
    })
    .map((edits) => {
      const copy = [...lines];
      for (const [index, line] of edits) copy[index] = line;
      return copy.join('\n');
    });
  fc.assert(
    fc.property(mutant, (text) => {
      try {
        parseConfig(text, 'plant.yaml');
      } catch (error) {
        assert.instance(error, InputError);
      }
    }),
  );
});

config.run();

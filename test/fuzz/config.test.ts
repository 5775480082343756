/** Whatever stands in a configuration, it is accepted or refused with an InputError: never another error, never a hang. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig, parseConfig } from '../../host/config.ts';
import { InputError } from '../../host/errors.ts';
import { fileOf } from '../acquire/folder.ts';
import { plantYaml } from '../support/plant.ts';
import { YAML_PIECES } from './yaml-pieces.ts';

const example = readFileSync(new URL('../../docs/spindle.example.yaml', import.meta.url), 'utf8');
const full = plantYaml({
  uplink: '{ name: up, receipts: puback, url: "mqtt://127.0.0.1:1883" }',
}).replace(
  'learn: never',
  'learn: { seconds: 3 }\n        shaftRpm: 1480\n        bearing: 6205\n        threshold: 9',
);

/** Every refusal is an InputError that names the file and says that nothing was started. */
function survives(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    assert.match((error as Error).message, /fuzz\.yaml/);
    assert.match((error as Error).message, /[Nn]othing was started/);
  }
}

const piece = fc.constantFrom(...YAML_PIECES);
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    '6205',
    'auto',
    'never',
    0,
    -1,
    1e308,
    true,
    null,
    [],
    {},
    { seconds: 0 },
    { bpfo: 1 },
    'a/b',
    '../..',
  ),
);

const fuzz = suite('fuzz.config');

fuzz('any text', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (parts) =>
      survives(() => parseConfig(parts.join(''), 'fuzz.yaml')),
    ),
    { numRuns: 1500 },
  );
});

fuzz('a good file with some of its characters changed', () => {
  const spot = fc.record({ at: fc.nat(), length: fc.nat(12), text: fc.oneof(piece, fc.string({ maxLength: 8 })) });
  fc.assert(
    fc.property(fc.constantFrom(example, full), fc.array(spot, { minLength: 1, maxLength: 4 }), (good, spots) => {
      let text = good;
      for (const { at, length, text: put } of spots) {
        const from = at % text.length;
        text = text.slice(0, from) + put + text.slice(from + length);
      }
      survives(() => parseConfig(text, 'fuzz.yaml'));
    }),
    { numRuns: 800 },
  );
});

fuzz('a good file with some of its values replaced by others', () => {
  const places = [...full.matchAll(/(?<=: )[^\n{}[\],]+/g)].map(({ index, 0: text }) => ({
    index,
    length: text.length,
  }));
  fc.assert(
    fc.property(fc.nat(places.length - 1), value, (place, other) => {
      const { index, length } = places[place];
      const text = full.slice(0, index) + JSON.stringify(other) + full.slice(index + length);
      survives(() => parseConfig(text, 'fuzz.yaml'));
    }),
    { numRuns: 800 },
  );
});

fuzz('any bytes in a file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const path = fileOf('fuzz.yaml', bytes);
      survives(() => loadConfig(path, {}));
    }),
    { numRuns: 300 },
  );
});

fuzz('nesting that would leave no stack', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{a: ', '}'],
    ['- ', ''],
    ['? ', ''],
    ['{[', ']}'],
  ])
    for (const depth of [100, 3000, 100_000])
      survives(() => parseConfig(open.repeat(depth) + close.repeat(depth), 'fuzz.yaml'));
});

fuzz.run();

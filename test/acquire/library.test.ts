/** Trace libraries: which traces, in which order, learned from what. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readLibrary } from '../../host/acquire/library.ts';
import { needsTraces, TRACES } from '../support/traces.ts';
import { freshPath } from './folder.ts';
import { traceFile } from './made-trace.ts';
import { failure } from './read.ts';

interface Entry {
  baseline?: string | null;
  learn?: { samples: number };
}

const self = { baseline: 'self', learn: { samples: 2 } };

/** @returns the folder of a library with these traces, named in this order */
function made(entries: Record<string, Entry>, manifest?: unknown): string {
  const folder = freshPath('library');
  mkdirSync(join(folder, 'set'), { recursive: true });
  for (const [name, sidecar] of Object.entries(entries))
    traceFile({ stored: [[1, 2, 3, 4]], path: join(folder, `${name}.json`), sidecar: { name, ...sidecar } });
  const traces = Object.keys(entries).map((name) => ({ name }));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest ?? { traces }));
  return folder;
}

const library = suite('acquire.library');

library('gives every trace with its baseline, in the order of the manifest', async () => {
  const traces = await readLibrary(
    made({ 'set/a': self, 'set/b': { baseline: null }, 'set/c': { baseline: 'set/a' } }),
  );
  assert.equal(
    traces.map(({ name, baseline, isWanted }) => ({ name, baseline, isWanted })),
    [
      { name: 'set/a', baseline: { kind: 'self', learnSamples: 2 }, isWanted: true },
      { name: 'set/b', baseline: { kind: 'none' }, isWanted: true },
      { name: 'set/c', baseline: { kind: 'trace', name: 'set/a' }, isWanted: true },
    ],
  );
});

library('puts a baseline before whatever is judged by it, also along a chain', async () => {
  const folder = made({ c: { baseline: 'b' }, b: { baseline: 'a' }, d: { baseline: 'a' }, a: self });
  assert.equal(
    (await readLibrary(folder)).map((trace) => trace.name),
    ['a', 'b', 'c', 'd'],
  );
});

library('brings a baseline along that the filter leaves out, and marks it as not wanted', async () => {
  const folder = made({ 'set/bad': { baseline: 'good' }, 'set/other': self, good: self });
  const traces = await readLibrary(folder, 'set/b*');
  assert.equal(
    traces.map(({ name, isWanted }) => [name, isWanted]),
    [
      ['good', false],
      ['set/bad', true],
    ],
  );
});

library('fails when the filter matches nothing, naming it and an example', async () => {
  const error = await failure(readLibrary(made({ 'set/a': self }), 'sat/*'));
  assert.is(error.code, 'LIBRARY_ONLY');
  assert.match(error.message, /'sat\/\*'.*'set\/a'/);
});

library('fails when a baseline is missing, circular, of nothing learned, or without learn.samples', async () => {
  const cases: Record<string, Entry>[] = [
    { a: { baseline: 'gone' } },
    { a: { baseline: 'b' }, b: { baseline: 'a' } },
    { a: { baseline: 'b' }, b: { baseline: null } },
    { a: { baseline: 'self' } },
  ];
  const texts = [/'gone', which the manifest does not name/, /circle: a -> b -> a/, /nothing may be learned/, /learn/];
  for (const [index, entries] of cases.entries()) {
    const error = await failure(readLibrary(made(entries)));
    assert.is(error.code, 'LIBRARY_BASELINE');
    assert.match(error.message, texts[index]);
  }
});

library('fails when the manifest is missing, no manifest, empty or double', async () => {
  assert.is((await failure(readLibrary(freshPath('nowhere')))).code, 'FILE_MISSING');
  for (const manifest of [{}, [], { traces: [{}] }, { traces: [] }, { traces: [{ name: 'a' }, { name: 'a' }] }])
    assert.is((await failure(readLibrary(made({ a: self }, manifest)))).code, 'LIBRARY_MANIFEST');
});

needsTraces(library, 'reads the recorded traces: each baseline comes first and has been learned', async () => {
  const traces = await readLibrary(TRACES);
  assert.is(traces.length, 160);
  const seen = new Set<string>();
  for (const { name, baseline } of traces) {
    if (baseline.kind === 'trace') assert.ok(seen.has(baseline.name), `${baseline.name} comes before ${name}`);
    seen.add(name);
  }
  const femto = await readLibrary(TRACES, 'femto/*');
  assert.equal(
    femto.map((trace) => trace.baseline.kind),
    ['self', 'self', 'self', 'self'],
  );
});

library.run();

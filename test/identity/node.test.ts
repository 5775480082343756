/**
 * The core of the sensor node gives the bits of the full core for whatever it accepts: every word of every record, over
 * learning, alarm and diagnosis on three axes at 1024 samples, over operating states, readings and random points.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { needsTraces } from '../support/traces.ts';
import { coreModule } from './builds.ts';
import { answersOf, difference, recordsOf } from './difference.ts';
import { type FAULTS, lifeTape, scalarTape, seededNodeTape, statesTape } from './node-tapes.ts';
import { play } from './play.ts';
import { libraryNodeTapes } from './recordings.ts';

const modules = { scalar: coreModule('scalar'), node: coreModule('node') };
const SEEDS = 40;
const LEAST_RECORDED = 80_000;
const ROWS = layout.NODE_MAX_LEARN_DECISIONS;

/** Plays on both and holds every answer of one against the other. Returns the records. */
function alike(name: string, tape: Uint8Array): Uint32Array[] {
  const [scalar, core] = (['scalar', 'node'] as const).map((by) => ({ by, answers: play(modules[by], tape) }));
  assert.is(difference(name, tape, scalar, core)?.place ?? null, null);
  for (const { what, word, op } of answersOf(tape, core.answers))
    if (what.startsWith('status') || what.startsWith('number'))
      assert.ok(new DataView(core.answers.buffer).getInt32(word * 4, true) >= 0, `${name}: ${op} was refused`);
  return [...recordsOf(tape, core.answers)].map(({ words }) => words);
}

const CAUSES: Record<keyof typeof FAULTS, number> = {
  unbalance: layout.DIAGNOSIS_UNBALANCE,
  misalignment: layout.DIAGNOSIS_MISALIGNMENT,
  'bent shaft': layout.DIAGNOSIS_BENT_SHAFT,
  looseness: layout.DIAGNOSIS_LOOSENESS,
  gear: layout.DIAGNOSIS_GEAR,
  electrical: layout.DIAGNOSIS_ELECTRICAL,
  impacts: layout.DIAGNOSIS_NONE,
  'stuck sensor': layout.DIAGNOSIS_SENSOR,
  'switched off': layout.DIAGNOSIS_NONE,
  'swapped axes': layout.DIAGNOSIS_SENSOR,
};

const node = suite('identity.node');

for (const [fault, cause] of Object.entries(CAUSES) as [keyof typeof FAULTS, number][])
  node(`core judges ${fault} as the full one does, on three axes at 1024 samples, from learning to its name`, () => {
    const records = alike(fault, lifeTape(fault));
    const seen = (word: number): Set<number> => new Set(records.map((words) => words[word]));
    const states = seen(layout.RES_STATE);
    assert.ok(states.has(layout.STATE_LEARNING) && states.has(layout.STATE_NORMAL), [...states].join());
    if (fault === 'switched off') assert.ok(states.has(layout.STATE_OFF), [...states].join());
    else assert.ok(seen(layout.RES_ALARM).has(1), 'no alarm');
    assert.ok(seen(layout.RES_DIAGNOSIS).has(cause), `causes ${[...seen(layout.RES_DIAGNOSIS)]}, wanted ${cause}`);
  });

node('core keeps operating states apart as the full one does', () => {
  const records = alike('states', statesTape());
  const known = Math.max(...records.map((words) => words[layout.RES_REGIMES]));
  assert.ok(known >= 3, `${known} operating states`);
});

node(`core learns from fewer decisions than wanted where states take turns and more than ${ROWS} wait`, () => {
  const tape = statesTape(3);
  const [scalar, core] = [modules.scalar, modules.node].map((module) => [...recordsOf(tape, play(module, tape))]);
  const differs = core.findIndex(({ words }, i) => words.some((word, w) => word !== scalar[i].words[w]));
  const waiting = new Map(
    core.slice(0, differs).map(({ words }) => [words[layout.RES_REGIME], words[layout.RES_LEARNED]]),
  );
  assert.is(
    [...waiting.values()].reduce((sum, rows) => sum + rows),
    ROWS,
    'all is alike until one more would wait',
  );
  const first = core.findIndex(({ words }) => words[layout.RES_STATE] === layout.STATE_NORMAL);
  const rows = core[first].words[layout.RES_LEARNED];
  assert.ok(rows >= layout.MIN_LEARN_DECISIONS && rows < ROWS / 2, `${rows} decisions`);
  const judged = core.filter(({ words }) => words[layout.RES_STATE] === layout.STATE_NORMAL);
  const normals = new Set(judged.map(({ words }) => words[layout.RES_REGIME]));
  assert.ok(normals.size >= 3, `${normals.size} states with a normal`);
});

node('core judges readings as the full one does', () => {
  const records = alike('readings', scalarTape());
  assert.ok(records.some((words) => words[layout.RES_ALARM] === 1));
});

node(`core judges ${SEEDS} random points as the full one does`, () => {
  let records = 0;
  for (let seed = 1; seed <= SEEDS; seed++) records += alike(`seed ${seed}`, seededNodeTape(seed)).length;
  assert.ok(records >= 150 * SEEDS, `${records} records`);
});

needsTraces(node, 'core judges every recording as the full one does', async () => {
  let records = 0;
  const causes = new Set<number>();
  for await (const { name, tape } of libraryNodeTapes())
    for (const words of alike(name, tape)) {
      records++;
      causes.add(words[layout.RES_DIAGNOSIS]);
    }
  assert.ok(records > LEAST_RECORDED, `${records} windows`);
  assert.ok(causes.has(layout.DIAGNOSIS_UNBALANCE), [...causes].join());
  console.log(`${records} recorded windows on the core of a sensor node, 0 words differ`);
});

node.run();

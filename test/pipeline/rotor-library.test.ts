/** Rotor diagnoses on the recorded fault simulator (five speeds): floors at what was measured, nothing named wrongly. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readLibrary } from '../../host/acquire/library.ts';
import { openTrace } from '../../host/acquire/trace.ts';
import { type LearnedBaseline, Pipeline } from '../../host/pipeline.ts';
import type { Diagnosis, RotorFacts, Verdict } from '../../host/types.ts';
import { needsTraces, TRACES } from '../support/traces.ts';

const RIG = 'adi-cbm/';
const ROTOR = new Set<Diagnosis>(['unbalance', 'misalignment', 'bent_shaft', 'looseness', 'gear', 'electrical']);
/** The publisher's codes for shaft, imbalance, alignment; every other trace of the rig is a bearing fault or sound. */
const TRUTH: [RegExp, Diagnosis][] = [
  [/_(VLIL|LImL|HImL|VHIL)_/, 'unbalance'],
  [/_MA_/, 'misalignment'],
  [/_BS_/, 'bent_shaft'],
];

/** What most decisions of each trace of the rig name, null where none names anything. */
async function diagnoses(rotor: RotorFacts): Promise<Map<string, Diagnosis | null>> {
  const learned = new Map<string, LearnedBaseline>();
  const found = new Map<string, Diagnosis | null>();
  for (const { name, sidecarPath, baseline } of await readLibrary(TRACES, `${RIG}*`)) {
    const source = await openTrace(sidecarPath);
    const from = baseline.kind === 'trace' ? learned.get(baseline.name) : undefined;
    const learnSamples = baseline.kind === 'self' ? baseline.learnSamples : null;
    const pipeline = new Pipeline(
      source.info,
      from ? { learnSamples, rotor, baseline: from } : { learnSamples, rotor },
    );
    const verdicts: Verdict[] = [];
    for await (const event of source.events())
      for (const output of pipeline.push(event)) if (output.kind === 'verdict') verdicts.push(output.verdict);
    for (const output of pipeline.end()) if (output.kind === 'verdict') verdicts.push(output.verdict);
    learned.set(name, pipeline.baseline());
    const counts = new Map<Diagnosis, number>();
    for (const { diagnosis } of verdicts) if (diagnosis) counts.set(diagnosis, (counts.get(diagnosis) ?? 0) + 1);
    found.set(name, [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null);
  }
  return found;
}

function tally(found: Map<string, Diagnosis | null>): { right: Record<string, number>; wrong: string[] } {
  const right: Record<string, number> = { unbalance: 0, misalignment: 0, bent_shaft: 0 };
  const wrong: string[] = [];
  for (const [name, got] of found) {
    const truth = TRUTH.find(([code]) => code.test(name))?.[1];
    if (truth !== undefined && got === truth) right[truth]++;
    else if (got !== null && (truth !== undefined || ROTOR.has(got))) wrong.push(`${name}: ${got}`);
  }
  return { right, wrong };
}

const library = suite('rotor faults of the trace library');

needsTraces(library, 'names 19 of 20 unbalances and nothing wrongly where no axis is known to be axial', async () => {
  const { right, wrong } = tally(await diagnoses({}));
  assert.equal(wrong, []);
  assert.ok(right.unbalance >= 19, `${right.unbalance}`);
});

needsTraces(library, 'with z along the shaft names 4 of 5 misalignments too, and still nothing wrongly', async () => {
  const { right, wrong } = tally(await diagnoses({ axialAxis: 'z' }));
  assert.equal(wrong, []);
  assert.ok(right.unbalance >= 19 && right.misalignment >= 4, JSON.stringify(right));
});
library.run();

/** A stored frame told in full: the numbers that the pipeline gave, whether asked of a store or of an export. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import { InputError } from '../../host/errors.ts';
import type { Explanation } from '../../host/explain/explanation.ts';
import { findFrame, frameRecord } from '../../host/explain/find-frame.ts';
import { explainFrame } from '../../host/explain/of-frame.ts';
import { explanationSvg } from '../../host/explain/picture.ts';
import { explanationText } from '../../host/explain/text.ts';
import { exportFrames } from '../../host/store/export.ts';
import type { Verdict } from '../../host/types.ts';
import { allFrames, start, verdicts } from '../run/started-host.ts';
import { newFolder } from '../support/folder.ts';

const RATE = 3200;

interface Made {
  dataDir: string;
  exported: string;
  all: Verdict[];
}

let made: Promise<Made> | null = null;
/** A machine that goes out of balance, run once. */
const stored = (): Promise<Made> =>
  (made ??= (async () => {
    const dataDir = newFolder('explain');
    const source = new Simulator({
      sampleRateHz: RATE,
      durationS: 45,
      fault: 'unbalance',
      faultStartS: 30,
      faultG: 0.5,
    });
    const run = start([{ source, learnSamples: 15 * RATE }], { dataDir });
    await run.host.run();
    await run.host.stop();
    const exported = join(dataDir, 'all.cbor');
    exportFrames({ dataDir, out: exported });
    return { dataDir, exported, all: verdicts(run.outputs) };
  })());

async function told(record: string): Promise<Explanation> {
  const { path, seq } = frameRecord(record)!;
  return explainFrame(await findFrame(record, path, seq)).explanation;
}
const refusal = async (record: string): Promise<string> => {
  const error = await told(record).catch((cause) => cause);
  assert.instance(error, InputError);
  return `${error.code}: ${error.message}`;
};

const frame = suite('explain a frame');

frame('says what the verdict said: state, score, reasons, shares, evidence, place and time', async () => {
  const { dataDir, all } = await stored();
  const features = allFrames(dataDir).filter(({ kind }) => kind === 'feature');
  const alarming = all.findIndex(({ alarm }) => alarm);
  const [verdict, { seq }] = [all[alarming], features[alarming]];
  const explanation = await told(`${dataDir}#${seq}`);
  for (const key of ['state', 'score', 'alarm', 'start', 'length', 'diagnosis', 'point'] as const)
    assert.equal(explanation[key], verdict[key], key);
  explanation.contributions.forEach((part, i) => {
    const { feature, axis, ratio, spreads, share } = verdict.why[i];
    assert.equal([part.feature, part.axis, part.ratio, part.spreads], [feature, axis, ratio, spreads]);
    assert.ok(Math.abs(part.share! - share) < 1e-5, `${part.share} ${share}`);
  });
  const sum = explanation.contributions.reduce((all, { share }) => all + share!, explanation.othersShare!);
  assert.ok(Math.abs(sum - 1) < 1e-6);
  assert.equal(explanation.evidence, verdict.evidence);
  assert.is(explanation.endS, (verdict.start + verdict.length) / RATE);
  assert.is(explanation.sinceS, explanation.endS);
  assert.match(explanation.sentence, /^m: (ALERT|DANGER) since 00:00:3\d\. /);
});

frame('is found by its event, as the newest alarm of a directory, and alike in an export', async () => {
  const { dataDir, exported } = await stored();
  const events = allFrames(dataDir).filter(
    ({ kind, map }) => kind === 'event' && ['alert', 'danger'].includes(map.get(32) as string),
  );
  const cause = events[0].map.get(34) as number;
  const byEvent = await told(`${dataDir}#${events[0].seq}`);
  const direct = await told(`${dataDir}#${cause}`);
  assert.equal({ ...byEvent, record: '' }, { ...direct, record: '' });
  assert.equal({ ...(await told(`${exported}#${cause}`)), record: '' }, { ...direct, record: '' });
  const newest = await told(dataDir);
  assert.ok(newest.alarm);
  assert.match(newest.record, /#\d+$/);
});

frame('refuses what is no decision, naming what it is and what there is', async () => {
  const { dataDir, exported } = await stored();
  const last = allFrames(dataDir).at(-1)!;
  assert.match(
    await refusal(`${dataDir}#0`),
    /EXPLAIN_FRAME: .*#0: frame 0 is a frame of kind descriptor, wanted a feature/,
  );
  assert.match(
    await refusal(`${dataDir}#${last.seq + 1}`),
    /frame \d+ is not there; the epoch has frames 0 to \d+; nothing/,
  );
  assert.match(await refusal(`${exported}#999999`), /is not in this file/);
  assert.match(await refusal('/no/such/file#3'), /FILE_READ/);
});

frame('has a text of plain columns and a picture without what it does not hold', async () => {
  const { dataDir } = await stored();
  const { path, seq } = frameRecord(dataDir)!;
  const pictured = explainFrame(await findFrame(dataDir, path, seq));
  const text = explanationText(pictured.explanation);
  for (const wanted of [
    /^state +(ALERT|DANGER) since/m,
    /^score +[\d.]+, alarm at 1$/m,
    /^evidence +outer race/m,
    /^all others/m,
  ])
    assert.match(text, wanted);
  const svg = explanationSvg(pictured);
  assert.match(svg, /^<svg [^>]*width="900" height="\d+"/);
  assert.match(svg, /This record holds no samples, so there are no spectra\./);
  assert.is(svg.split('<svg').length, 2);
  const open = [...svg.matchAll(/<(text|svg|title)\b/g)].length;
  assert.is([...svg.matchAll(/<\/(text|svg|title)>/g)].length, open);
});

frame.run();

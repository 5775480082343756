/** The picture of a recording: what is marked, where, and that no text of a stranger gets out of its place. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Pictured } from '../../host/explain/explanation.ts';
import { explainTrace } from '../../host/explain/of-trace.ts';
import { explanationSvg } from '../../host/explain/picture.ts';
import { explanationText } from '../../host/explain/text.ts';
import { Pipeline } from '../../host/pipeline.ts';
import { wrapped } from '../../host/plot/svg.ts';

const RATE = 12_800;
const HOOKS = { signal: new AbortController().signal, progress: () => {} };

let made: Promise<Pictured> | null = null;
const pictured = (): Promise<Pictured> =>
  (made ??= (async () => {
    const machine = new Simulator({
      sampleRateHz: RATE,
      faultG: 2,
      faultStartS: 25,
      durationS: 60,
      faultDoublingS: 1e9,
    });
    const pipeline = new Pipeline(machine.info, { learnSamples: 20 * RATE, bearingName: '6205' });
    return explainTrace(machine, pipeline, { sample: null, point: null }, null, HOOKS);
  })());

const numbers = (svg: string, pattern: RegExp): number[] => [...svg.matchAll(pattern)].map((match) => Number(match[1]));

const picture = suite('explain.picture');

picture(
  'shows the parts of the score, a spectrum, and an envelope spectrum with the orders of the part named',
  async () => {
    const made = await pictured();
    assert.is(made.explanation.diagnosis, 'outer_race');
    const svg = explanationSvg(made);
    for (const words of [
      'Share of the squared score',
      'all others',
      'Spectrum of',
      'Envelope spectrum of',
      'BPFO',
      'BPFI',
      'FTF',
    ])
      assert.ok(svg.includes(words), words);
    assert.match(svg, /order of shaft speed \(1 = 29\.\d Hz\)/);
    assert.not.match(svg, /<script|<style|@font|href|NaN|Infinity|undefined/);
  },
);

picture('keeps everything inside 900 x its height, and no text smaller than 11', async () => {
  const svg = explanationSvg(await pictured());
  const height = Number(/height="(\d+)"/.exec(svg)![1]);
  for (const x of numbers(svg, / x1?="([\d.-]+)"/g)) assert.ok(x >= 0 && x <= 900, `x ${x}`);
  for (const y of numbers(svg, / y1?="([\d.-]+)"/g)) assert.ok(y >= 0 && y <= height, `y ${y}`);
  for (const size of numbers(svg, /font-size="([\d.]+)"/g)) assert.ok(size >= 11, `font of ${size}`);
});

picture('the line of the outer race stands highest where it is marked', async () => {
  const { spectra, machine, explanation } = await pictured();
  const { binHz, power } = spectra!.envelope!;
  const { axisIndex } = explanation.contributions[0];
  const at = (machine.faultOrder!.bpfo * machine.shaftRpm!) / 60 / binHz;
  const around = (from: number, to: number): number =>
    Math.max(...power[axisIndex].map((band) => Math.max(...band.slice(Math.round(from), Math.round(to)))));
  assert.ok(around(at - 5, at + 5) > 3 * around(at + 8, at + 40));
});

picture('says since when, and text and sentence agree with the table', async () => {
  const { explanation } = await pictured();
  assert.ok(explanation.sinceS! > 25 && explanation.sinceS! <= explanation.endS!);
  const text = explanationText(explanation);
  assert.ok(text.startsWith(explanation.sentence));
  assert.is(
    text.split('\n').filter((line) => /^(level|envelope|RMS|velocity|shaft|crest|kurtosis|spectral).* %$/.test(line))
      .length,
    5,
  );
  assert.match(text, /^learned +\d+ decisions of its own first part$/m);
});

picture('escapes names, and tells parts of a verdict that others add', async () => {
  const { explanation, ...rest } = await pictured();
  const odd = { ...explanation, point: '<b>&"', record: `'\u0007`, more: { severity: { zone: 'C' }, trend: 'rising' } };
  const svg = explanationSvg({ explanation: odd, ...rest });
  assert.ok(svg.includes('&lt;b&gt;&amp;&quot;') && !svg.includes('<b>') && !svg.includes('\u0007'));
  const text = explanationText(odd);
  assert.match(text, /^severity +\{"zone":"C"\}$/m);
  assert.match(text, /^trend +rising$/m);
});

picture('wraps words and ends what is too long in an ellipsis', () => {
  assert.equal(wrapped('one two three', 7, 3), ['one two', 'three']);
  assert.equal(wrapped('one two three four', 7, 2), ['one two', 'three …']);
});

picture.run();

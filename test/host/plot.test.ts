/** The picture of a run: bounded, escaped, and true to the extremes. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logAxis, timeAxis } from '../../host/plot/axes.ts';
import { MAX_CELLS, mainDiagnosis } from '../../host/plot/series.ts';
import { PlotSeries, plotSvg } from '../../host/plot.ts';
import type { Diagnosis, State } from '../../host/types.ts';

const add = (
  series: PlotSeries,
  at: number,
  score: number,
  state: State = 'normal',
  diagnosis: Diagnosis | null = null,
) => series.add(at, at + 1, { score, state, diagnosis });

const plot = suite('plot');

plot('of a million decisions keeps the highest score, the worst state and the time span in 2048 cells', () => {
  const series = new PlotSeries();
  const count = 1_000_000;
  for (let at = 0; at < count; at++) add(series, at, at === 123_457 ? 77 : 0.1, at === 654_321 ? 'danger' : 'normal');
  assert.ok(series.cells.length <= MAX_CELLS);
  assert.is(Math.max(...series.cells.map((cell) => cell.scoreMax)), 77);
  assert.is(series.cells.filter((cell) => cell.state === 'danger').length, 1);
  assert.is(series.cells[0].startS, 0);
  assert.is(series.cells.at(-1)!.endS, count);
});

plot('cells stay in order and without holes whatever the number of decisions', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (count) => {
      const series = new PlotSeries();
      for (let at = 0; at < count; at++) add(series, at, 1);
      let end = 0;
      for (const cell of series.cells) {
        assert.is(cell.startS, end);
        end = cell.endS;
      }
      assert.is(end, count);
      assert.ok(series.cells.length <= MAX_CELLS);
    }),
    { numRuns: 20 },
  );
});

plot('the diagnosis of a cell is the most frequent one', () => {
  const series = new PlotSeries();
  for (let at = 0; at < MAX_CELLS * 4; at++)
    add(series, at, 2, 'alert', at % 4 === 0 ? null : at % 4 === 1 ? 'ball' : 'outer_race');
  assert.is(mainDiagnosis(series.cells[5]), 'outer_race');
});

plot('escapes names, and drops what XML forbids', () => {
  const series = new PlotSeries();
  add(series, 0, 1);
  const svg = plotSvg(series, { title: `<script>alert("x")</script>&'\u0000`, subtitle: '<b>' });
  assert.not.match(svg, /<script|<b>/);
  assert.not.ok(svg.includes('\u0000'));
  assert.match(svg, '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;');
});

plot('holds title, axes with units, threshold, state and cause', () => {
  const series = new PlotSeries();
  for (let at = 0; at < 28_000; at += 20)
    series.add(at, at + 20, {
      score: at > 20_000 ? 30 : 0.4,
      state: at > 20_000 ? 'alert' : 'normal',
      diagnosis: at > 22_000 ? 'outer_race' : null,
    });
  const svg = plotSvg(series, { title: 'run', subtitle: 'as measured' });
  for (const wanted of ['run', 'as measured', 'time since start \\(h\\)', 'score', 'alarm threshold', 'outer race'])
    assert.match(svg, new RegExp(wanted));
  assert.not.match(svg, /NaN|undefined|Infinity/);
});

plot('of nothing, of silence and of enormous scores is still a picture', () => {
  const silent = new PlotSeries();
  add(silent, 0, 0);
  const enormous = new PlotSeries();
  add(enormous, 0, 3e38);
  for (const series of [new PlotSeries(), silent, enormous]) {
    const svg = plotSvg(series, { title: '', subtitle: '' });
    assert.match(svg, /<\/svg>/);
    assert.not.match(svg, /NaN|undefined|Infinity/);
  }
});

plot('axes have round ticks in a unit that fits', () => {
  assert.equal(timeAxis(0, 8).unit, 's');
  assert.equal(timeAxis(0, 28_030), {
    factor: 1 / 3600,
    unit: 'h',
    ticks: [0, 3600, 7200, 10800, 14400, 18000, 21600, 25200],
  });
  assert.equal(logAxis(0.03, 250), { low: -2, high: 3, ticks: [0.01, 0.1, 1, 10, 100, 1000] });
  assert.equal(logAxis(1, 1).ticks, [0.1, 1, 10]);
});

plot.run();

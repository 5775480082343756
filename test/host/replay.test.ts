/** `spindle replay` as a process: rows, exit codes, words. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReplayRow } from '../../host/commands/replay-rows.ts';
import { newFolder } from '../support/folder.ts';
import { spindle } from '../support/spindle.ts';
import { needsTraces, TRACES } from '../support/traces.ts';

const RATE_HZ = 2000;
const SECONDS = 40;

/** A column of noise around a 25 Hz line; from `faultS` on the noise is 5 times as strong. */
function machineCsv(faultS = Infinity, changed: (row: number, text: string) => string = (_, text) => text): string {
  let state = 1;
  const noise = (): number => {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
    return sum;
  };
  const lines = ['accel'];
  for (let row = 0; row < SECONDS * RATE_HZ; row++) {
    const level = row / RATE_HZ >= faultS ? 0.5 : 0.1;
    lines.push(changed(row, (0.3 * Math.sin((2 * Math.PI * 25 * row) / RATE_HZ) + level * noise()).toFixed(5)));
  }
  return `${lines.join('\n')}\n`;
}

const GIVEN = ['--rate', String(RATE_HZ), '--unit', 'g'];
const rowsOf = (text: string): ReplayRow[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Share of the first `samples` samples that some row judges. */
function coverage(rows: ReplayRow[], samples: number): number {
  let end = 0;
  let covered = 0;
  for (const row of rows) {
    covered += Math.max(0, Math.min(samples, row.start + row.length) - Math.max(end, row.start));
    end = Math.max(end, row.start + row.length);
  }
  return covered / samples;
}

const replay = suite('commands.replay');

replay('writes one row a decision in time order, covering at least 95 % of the samples', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv(25));
  const { code, stdout, stderr } = await spindle(['replay', file, ...GIVEN, '--jsonl', '-']);
  assert.is(code, 0, stderr);
  const rows = rowsOf(stdout);
  assert.equal(Object.keys(rows[0]), [
    'trace',
    'point',
    'start',
    'length',
    'score',
    'alarm',
    'state',
    'diagnosis',
    'calibrating',
    'why',
  ]);
  assert.ok(rows.every((row, index) => index === 0 || row.start > rows[index - 1].start));
  assert.ok(coverage(rows, SECONDS * RATE_HZ) >= 0.95);
  assert.ok(rows[0].calibrating && rows[0].state === 'learning');
  const early = rows.filter((row) => row.start + row.length < 25 * RATE_HZ);
  assert.is(early.filter((row) => row.alarm).length, 0);
  assert.ok(rows.at(-1)!.alarm && rows.at(-1)!.why.length > 0);
  assert.match(stderr, /pump.csv: \d+ decisions over 00:00:40, 1 alarm/);
  assert.match(stderr, /first at 00:00:2\d {2}accel: (ALERT|DANGER)\. .* times normal \(\d+ spreads\)/);
  assert.match(stderr, /1 trace, \d+ decisions in [\d.]+ s \(\d+ decisions\/s\), peak memory \d+ MiB/);
});

replay('--severity gives every row its zone and velocity, and the summary the highest', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv());
  const given = ['--rate', '3200', '--unit', 'g', '--rpm', '2400', '--severity'];
  const { code, stdout, stderr } = await spindle(['replay', file, ...given, 'iso20816-3:2:rigid', '--jsonl', '-']);
  assert.is(code, 0, stderr);
  const rows = rowsOf(stdout);
  // read at 3200 Hz the line of 0.3 g is at 40 Hz: 8.28 mm/s RMS
  for (const { severity } of rows) {
    assert.is(severity?.zone, 'D');
    assert.ok(Math.abs(severity!.velocityRmsMmPerS! / 8.28 - 1) < 0.05, `${severity!.velocityRmsMmPerS}`);
  }
  assert.match(stderr, /accel: highest by ISO 20816-3:2022 group 2 rigid: zone D, 8\.\d+ mm\/s \(accel\); D 100 %/);
  const slow = await spindle(['replay', file, ...GIVEN, '--rpm', '500', '--severity', 'limits:1,2,3', '--jsonl', '-']);
  assert.equal(rowsOf(slow.stdout)[0].severity, { zone: null, velocityRmsMmPerS: null });
  assert.match(slow.stderr, /accel: no zone for 100 % of the decisions: the limits are for 10\.\.1000 Hz/);
});

replay('exits 1 on an alarm with --fail-on-alarm, 0 without an alarm', async () => {
  const folder = newFolder('replay');
  const [sick, sound] = [join(folder, 'sick.csv'), join(folder, 'sound.csv')];
  await writeFile(sick, machineCsv(25));
  await writeFile(sound, machineCsv());
  assert.is((await spindle(['replay', sick, ...GIVEN, '--fail-on-alarm'])).code, 1);
  const calm = await spindle(['replay', sound, ...GIVEN, '--fail-on-alarm']);
  assert.is(calm.code, 0);
  assert.match(calm.stderr, /no alarm\./);
});

replay('learns from --baseline and then judges from the first sample on', async () => {
  const folder = newFolder('replay');
  const [sick, sound] = [join(folder, 'sick.csv'), join(folder, 'sound.csv')];
  await writeFile(sick, machineCsv(0));
  await writeFile(sound, machineCsv());
  const { code, stdout } = await spindle(['replay', sick, '--baseline', sound, ...GIVEN, '--jsonl', '-']);
  assert.is(code, 0);
  const rows = rowsOf(stdout);
  assert.is(rows.filter((row) => row.calibrating).length, 0);
  assert.ok(
    rows.slice(5).every((row) => row.alarm && row.trace === 'sick.csv'),
    JSON.stringify(rows[5]),
  );
});

replay('writes a plot', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv(25));
  assert.is((await spindle(['replay', file, ...GIVEN, '--plot', join(folder, 'a.svg')])).code, 0);
  assert.match(
    await readFile(join(folder, 'a.svg'), 'utf8'),
    /^<svg [\s\S]*pump\.csv[\s\S]*at 2000 Hz[\s\S]*<\/svg>\n$/,
  );
});

replay('counts up to 1 % of unreadable numbers as gaps and refuses more with exit 2', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(
    file,
    machineCsv(Infinity, (row, text) => (row % 10_000 === 777 ? 'nan' : text)),
  );
  const few = await spindle(['replay', file, ...GIVEN]);
  assert.is(few.code, 0, few.stderr);
  assert.match(few.stderr, /, \d+ samples? lost,/);
  await writeFile(
    file,
    machineCsv(Infinity, (row, text) => (row % 8000 >= 7900 ? 'nan' : text)),
  );
  const many = await spindle(['replay', file, ...GIVEN]);
  assert.is(many.code, 2, many.stderr);
  assert.match(many.stderr, /REPLAY_NONFINITE: pump.csv: 1.25 % of the samples are no numbers, wanted at most 1 %/);
});

replay('refuses a file without a whole window', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'short.csv');
  await writeFile(file, `accel\n${'0.1\n'.repeat(40)}`);
  const { code, stderr } = await spindle(['replay', file, ...GIVEN]);
  assert.is(code, 2);
  assert.match(stderr, /REPLAY_SHORT: short.csv: .*got 40 samples/);
});

replay('a rate that the file does not hold must be given', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv());
  const { code, stderr } = await spindle(['replay', file, '--unit', 'g']);
  assert.is(code, 2);
  assert.match(stderr, /give --rate HZ/);
  assert.not.match(stderr, /\n\s+at /);
});

replay('of several traces goes on after a bad one and exits 2 at the end', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv());
  const { code, stderr } = await spindle(['replay', join(folder, 'absent.csv'), file, ...GIVEN]);
  assert.is(code, 2);
  assert.match(stderr, /absent.csv[\s\S]*pump.csv: \d+ decisions[\s\S]*1 of 2 traces could not be replayed/);
});

replay('what contradicts itself is refused before anything is read', async () => {
  for (const [args, text] of [
    [['replay'], 'wanted TRACE... or --library DIR'],
    [['replay', 'a.csv', '--only', 'x'], '--only needs --library'],
    [['replay', 'a.csv', '--library', 'd'], 'wanted one of them'],
    [['replay', '--library', 'd', '--rpm', '5'], '--rpm does not go with --library'],
    [['replay', 'a.csv', '--bearing', '6999'], 'that spindle bearing lists'],
    [['replay', 'a.csv', 'b.csv', '--plot', 'p.svg'], '--plot draws one trace, got 2'],
    [['replay', 'a.csv', '--rate', '-3'], 'Wanted a number above 0'],
  ] as const) {
    const { code, stderr, stdout } = await spindle([...args]);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, text);
    assert.is(stdout, '');
  }
});

replay('rows that cannot be written end it with exit 2', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv());
  const { code, stderr } = await spindle(['replay', file, ...GIVEN, '--jsonl', join(folder, 'no', 'where.jsonl')]);
  assert.is(code, 2);
  assert.match(stderr, /OUTPUT_WRITE: .*where.jsonl: cannot be written/);
});

replay('ends quietly when its reader goes away', async () => {
  const folder = newFolder('replay');
  const file = join(folder, 'pump.csv');
  await writeFile(file, machineCsv(25));
  const { code, stderr } = await spindle(['replay', file, ...GIVEN, '--jsonl', '-'], {
    onStdout: (_, child) => child.stdout!.destroy(),
  });
  assert.is(code, 0, stderr);
  assert.not.match(stderr, /EPIPE/);
});

needsTraces(replay, 'of one trace of a library gives the very rows that --library gives for it', async () => {
  const folder = newFolder('replay');
  const whole = join(folder, 'whole.jsonl');
  const only = ['--only', 'fan-mems/*'];
  const library = await spindle(['replay', '--library', TRACES, ...only, '--jsonl', whole]);
  assert.is(library.code, 0, library.stderr);
  const name = 'fan-mems/fan_0_low_1_weight';
  const wanted = (await readFile(whole, 'utf8')).split('\n').filter((line) => line.includes(`"${name}"`));
  assert.ok(wanted.length > 10);
  const one = await spindle(['replay', join(TRACES, `${name}.json`), '--jsonl', '-']);
  assert.equal(one.stdout.trimEnd().split('\n'), wanted);
});

needsTraces(replay, 'of a library covers at least 95 % of every trace, whatever the kind of its channels', async () => {
  const folder = newFolder('replay');
  for (const only of ['skab/*valve1_1*', 'cwru/*de12k_118*', 'adi-cbm/adi_0600_GoB_BS*', 'uci-fan/uci_w2_p5*']) {
    const file = join(folder, 'rows.jsonl');
    const { code, stderr } = await spindle(['replay', '--library', TRACES, '--only', only, '--jsonl', file]);
    assert.is(code, 0, stderr);
    const rows = Map.groupBy(rowsOf(await readFile(file, 'utf8')), (row) => row.trace);
    for (const [trace, own] of rows) {
      const { samples } = JSON.parse(await readFile(join(TRACES, `${trace}.json`), 'utf8'));
      assert.ok(coverage(own, samples) >= 0.95, trace);
    }
  }
});

replay.run();

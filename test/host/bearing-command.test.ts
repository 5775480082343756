/** `spindle bearing` as a person runs it: lists, one bearing, a geometry, and every way to get it wrong. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bearingLibrary } from '../../host/bearing-library.ts';
import { spindle } from '../support/spindle.ts';

const command = suite('spindle bearing');

async function ran(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await spindle(['bearing', ...args]);
  assert.is(code, 0, stderr);
  return { stdout, stderr };
}

command('lists every bearing, one a line, with columns that line up', async () => {
  const { stdout, stderr } = await ran();
  const lines = stdout.split('\n');
  const table = lines.slice(0, lines.indexOf(''));
  assert.is(table.length, bearingLibrary().length + 1);
  for (const column of ['level', 'rollers', 'BPFO', 'FTF']) {
    const end = table[0].indexOf(column) + column.length;
    for (const line of table) assert.ok(line[end] === undefined || line[end] === ' ', line);
  }
  assert.match(table[7], /^SKF 6205-2RS JEM {2,}6205 {2,}2 {2,}9 {2,}7\.94 {2,}39\.04 {2,}0 {2,}3\.5848 {2,}5\.4152/);
  assert.match(stdout, /Level 2: two independent sources agree, 1: one source/);
  assert.is(stderr, '');
});

command('shows one with source, level, published orders and what they are at a speed', async () => {
  const { stdout, stderr } = await ran('6205', '--rpm', '1480');
  assert.match(stdout, /^SKF 6205-2RS JEM \(also 6205\)\n {2}9 rollers of 7\.94 mm on a pitch circle of 39\.04 mm/);
  assert.match(stdout, /level 2, two independent sources: CWRU/);
  assert.match(stdout, /published orders: 3\.5848 \/ 5\.4152 .* differ by at most 0\.01 %/);
  assert.match(stdout, /^BPFO {2,}3\.5848 {2,}88\.42 {2,}5305\.5 {2}defect of the outer race$/m);
  assert.match(stdout, /^2x BSF {2,}4\.7135/m);
  assert.match(stderr, /^bearing 6205 is taken as SKF 6205-2RS JEM .*NSK 6205DDU/);
});

command('takes a name of several words, and says nothing where it says it all', async () => {
  const { stdout, stderr } = await ran('timken', '6204');
  assert.match(stdout, /^Timken 6204 \(204K\)\n/);
  assert.is(stderr, '');
});

command('says where the pitch is doubtful, and where no geometry is known', async () => {
  assert.match((await ran('UER204')).stdout, /doubt: \(20 \+ 47\) \/ 2 is 33\.5/);
  assert.match((await ran('SKF', '22228')).stdout, /geometry not known, orders as published/);
});

command('computes the orders of a geometry, with and without angle', async () => {
  assert.match((await ran('9,7.94,39.04')).stdout, /^9 rollers of 7\.94 mm .* 0 degrees\n\nline .*\nBPFO {2,}3\.5848/);
  assert.match((await ran('16, 8.4074, 71.501, 15.17')).stdout, /BPFO {2,}7\.0921/);
});

command('prints JSON: an object, a list, hertz with a speed', async () => {
  const one = JSON.parse((await ran('SKF 6206', '--json', '--rpm', '3000')).stdout);
  assert.equal([one.name, one.rpm, one.published], ['SKF 6206', 3000, null]);
  assert.ok(Math.abs(one.hz.bpfo - 50 * one.faultOrder.bpfo) < 1e-9);
  const list = JSON.parse((await ran('--search', 'timken', '--json')).stdout);
  assert.ok(list.length > 20 && list.every((one: object) => /timken/i.test(JSON.stringify(one))));
  assert.equal(Object.keys(JSON.parse((await ran('9,7.94,39.04', '--json')).stdout)), ['geometry', 'faultOrder']);
});

command('searches makers, numbers and sources, and lists hertz at a speed', async () => {
  const { stdout } = await ran('--search', 'IMS', '--rpm', '2000');
  assert.match(stdout, /BPFO Hz {2,}BPFI Hz/);
  assert.match(stdout, /^Rexnord ZA-2115 .* 236\.40 /m);
  assert.match(stdout, /\n1 of hardware\/bearings\.json\. Hz at 2000 r\/min/);
});

const REFUSED: [claim: string, args: string[], expected: RegExp][] = [
  [
    'an unknown name',
    ['6999'],
    /BEARING_UNKNOWN: bearing: got "6999", wanted one of the \d+ that spindle bearing lists/,
  ],
  ['a number of several makers', ['6204'], /BEARING_AMBIGUOUS: .*Timken 6204 \(204K\).*KG 6204.*give the maker too/],
  ['a number whose makers differ', ['6306'], /BEARING_AMBIGUOUS: .*7 balls \(Timken\) or 8/],
  [
    'a search that finds nothing',
    ['--search', 'zzz'],
    /BEARING_UNKNOWN: .*--search "zzz", which none of the \d+ bearings/,
  ],
  ['a name and a search', ['6205', '--search', 'skf'], /BEARING_USAGE: .*wanted one of them; nothing was looked up/],
  ['an empty name', [''], /BEARING_USAGE: bearing: got an empty name/],
  ['two numbers', ['9,7.94'], /BEARING_GEOMETRY: bearing: got "9,7\.94", wanted ROLLERS,BALL_MM,PITCH_MM/],
  ['decimal commas', ['9,7,94,39,04'], /BEARING_GEOMETRY: .*with decimal points/],
  ['words for numbers', ['nine,8,39'], /BEARING_GEOMETRY: bearing: got "nine,8,39"/],
  ['a missing number', ['9,,39'], /BEARING_GEOMETRY: bearing: got "9,,39"/],
  ['four orders in place of a geometry', ['3.58,5.42,2.36,0.398'], /BEARING_GEOMETRY: .*got 3\.58 rollers/],
  ['two rollers', ['2,8,39'], /BEARING_GEOMETRY: .*wanted >= 3 rollers/],
  ['a ball as large as its circle', ['9,39,39'], /BEARING_GEOMETRY: .*0 < roller < pitch/],
  ['rollers that have no room', ['30,8,39'], /BEARING_GEOMETRY: .*wanted at most 15 rollers/],
  ['an angle of 90 degrees', ['9,8,39,90'], /BEARING_GEOMETRY: .*angle of 0\.\.90/],
  ['a speed of 0', ['6205', '--rpm', '0'], /option '--rpm <N>' argument '0' is invalid\. Wanted a number above 0/],
  ['a speed that is none', ['6205', '--rpm', 'fast'], /Wanted a number above 0/],
  ['a speed without a number', ['6205', '--rpm'], /option '--rpm <N>' argument missing/],
  ['an unknown option', ['6205', '--rmp', '5'], /unknown option '--rmp'\n\(Did you mean --rpm\?\)/],
];
for (const [claim, args, expected] of REFUSED)
  command(`refuses ${claim} with exit 2 and nothing on stdout`, async () => {
    const { code, stdout, stderr } = await spindle(['bearing', ...args]);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, expected);
  });

command.run();

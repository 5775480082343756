/** Published orders: CWRU Bearing Data Center, drive end 6205-2RS JEM and fan end 6203-2RS JEM. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { faultOrderOf, parseBearing } from '../../host/bearing.ts';
import { bearingFile, bearingLibrary, findBearing, searchBearings } from '../../host/bearing-library.ts';
import { InputError } from '../../host/errors.ts';

const near = (got: number, wanted: number, relative: number): void =>
  assert.ok(Math.abs(got / wanted - 1) <= relative, `${got} is not within ${relative} of ${wanted}`);
/** Geometry is published with three or four digits, so the orders agree to about 1e-3. */
const PUBLISHED = 1e-3;

const bearing = suite('bearing');

bearing('6205 has the orders that CWRU publishes', () => {
  const { bpfi, bpfo, ftf, bsf } = parseBearing('6205').faultOrder;
  near(bpfi, 5.4152, PUBLISHED);
  near(bpfo, 3.5848, PUBLISHED);
  near(ftf, 0.39828, PUBLISHED);
  near(2 * bsf, 4.7135, PUBLISHED);
});

bearing('6203 has the orders that CWRU publishes', () => {
  const { bpfi, bpfo, ftf, bsf } = parseBearing('6203').faultOrder;
  near(bpfi, 4.9469, PUBLISHED);
  near(bpfo, 3.053, PUBLISHED);
  near(ftf, 0.3817, PUBLISHED);
  near(2 * bsf, 3.9874, PUBLISHED);
});

bearing('names are found whatever their case, and give the name of the list', () => {
  assert.is(parseBearing(' za-2115 ').name, 'ZA-2115');
});

function refused(text: string): InputError {
  try {
    parseBearing(text);
  } catch (error) {
    assert.instance(error, InputError, text);
    return error as InputError;
  }
  throw new Error(`${text} was accepted`);
}

bearing('a short name of before means what it meant, and says which maker that is', () => {
  for (const [text, maker, bpfo] of [
    ['6205', 'SKF 6205-2RS JEM', 3.5848],
    ['6203', 'SKF 6203-2RS JEM', 3.0532],
  ] as const) {
    const { name, faultOrder, note } = parseBearing(text);
    assert.is(name, text);
    near(faultOrder.bpfo, bpfo, 1e-4);
    assert.match(note!, new RegExp(`^bearing ${text} is taken as ${maker} .*; others of that number: NSK ${text}`));
  }
  assert.is(parseBearing('ZA-2115').note, undefined);
});

bearing('a name may have its maker before or after, in any case and with any signs', () => {
  for (const text of ['Timken 6204', '6204 timken', 'TIMKEN-204K', '204k', 'timken 6204 (204K)'])
    assert.equal([parseBearing(text).name, parseBearing(text).note], ['Timken 6204 (204K)', undefined], text);
  assert.is(parseBearing('skf 6205 2rs/jem').name, 'SKF 6205-2RS JEM');
  assert.is(parseBearing('Fafnir 203KD').name, 'NSK 6203ZZ');
});

bearing('every name of the library finds its own row', () => {
  for (const one of bearingLibrary()) {
    assert.is(findBearing(one.name).bearing, one);
    assert.is(findBearing(`${one.maker} ${one.designation}`).bearing, one);
  }
});

bearing('a number that means several is refused with the choices', () => {
  const error = refused('6204');
  assert.is(error.code, 'BEARING_AMBIGUOUS');
  assert.match(error.message, /wanted one of Timken 6204 \(204K\) \(BPFO 3\.052\), KG 6204 \(BPFO 3\.093\)/);
});

bearing('a number whose makers are known to differ is refused even if the library has one of them', () => {
  for (const number of ['6306', '6307', '6308']) {
    assert.is(refused(number).code, 'BEARING_AMBIGUOUS');
    assert.match(refused(number).message, /give the maker too/);
    assert.is(parseBearing(`Timken ${number}`).note, undefined);
  }
});

bearing('a number that the library has once is taken, and said to be of one maker', () => {
  const { name, note } = parseBearing('6209');
  assert.is(name, 'Timken 6209 (209K)');
  assert.match(note!, /the only 6209 known here; those of other makers may differ/);
});

bearing('an unknown name is refused with what looks like it, or with where to find the known ones', () => {
  assert.is(refused('6999').code, 'BEARING_UNKNOWN');
  assert.match(refused('6999').message, /wanted one of the \d+ that spindle bearing lists, or four orders/);
  assert.match(refused('620').message, /wanted a name such as SKF 6203-2RS JEM, /);
  for (const text of ['', '   ', '--', 'SKF', 'NTN 6205']) assert.is(refused(text).code, 'BEARING_UNKNOWN', text);
});

bearing('search finds every word, wherever it stands', () => {
  const names = (text: string): string[] => searchBearings(text).map(({ name }) => name);
  assert.equal(names('timken 6306'), ['Timken 6306 (306K)']);
  assert.equal(names('xjtu'), ['LDK UER204']);
  assert.equal(names('no such'), []);
  assert.is(names('').length, bearingLibrary().length);
});

bearing('four orders are taken as they are and have no name', () => {
  assert.equal(parseBearing('3.58, 5.42,2.36,0.398'), {
    name: null,
    faultOrder: { bpfo: 3.58, bpfi: 5.42, bsf: 2.36, ftf: 0.398 },
  });
});

bearing('orders that are too few, empty, not numbers, zero or swapped are refused', () => {
  for (const text of ['3.58,5.42', '3.58,,2.36,0.398', 'a,b,c,d', '0,5,2,0.4', '5.42,3.58,2.36,0.398', '3,5,2,0.6'])
    assert.throws(
      () => parseBearing(text),
      (error: unknown) => (error as InputError).code === 'BEARING_ORDERS',
      text,
    );
});

const library = suite('hardware/bearings.json');

library('has at least 40 designations, each once, with maker, source and level', () => {
  const all = bearingLibrary();
  assert.ok(new Set(all.map(({ designation }) => designation)).size >= 40);
  assert.is(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { maker, source, level } of all) {
    assert.ok(maker.length > 1 && source.length > 20);
    assert.ok(level === 1 || level === 2);
  }
});

library('holds the identities of every bearing: BPFO + BPFI = rollers, BPFO = rollers x FTF', () => {
  for (const { name, geometry, faultOrder } of bearingLibrary()) {
    const { bpfo, bpfi, ftf } = faultOrder;
    // of what is only published, three decimals hold this much
    const rollers = geometry?.rollerCount ?? Math.round(bpfo + bpfi);
    const tolerance = geometry ? 1e-12 : 1e-3;
    assert.ok(Math.abs((bpfo + bpfi) / rollers - 1) <= tolerance, name);
    assert.ok(Math.abs(bpfo / (rollers * ftf) - 1) <= (geometry ? 1e-12 : 2e-3), name);
  }
});

library('has a pitch within 2 % of (bore + outside) / 2 wherever these are known, or says why not', () => {
  let checked = 0;
  for (const { name, geometry, boreMm, outsideMm, pitchDoubt } of bearingLibrary()) {
    if (!geometry || boreMm === null || outsideMm === null) continue;
    const off = Math.abs(geometry.pitchDiameterMm / ((boreMm + outsideMm) / 2) - 1);
    assert.is(off > bearingFile().pitchTolerancePercent / 100, pitchDoubt !== null, `${name}: ${off}`);
    checked++;
  }
  assert.ok(checked >= 40, `${checked}`);
});

library('has rollers that fit: beside each other, and between bore and outside', () => {
  for (const { name, geometry, boreMm, outsideMm } of bearingLibrary()) {
    if (!geometry || boreMm === null || outsideMm === null) continue;
    const { rollerDiameterMm, pitchDiameterMm } = geometry;
    assert.ok(pitchDiameterMm - rollerDiameterMm > boreMm && pitchDiameterMm + rollerDiameterMm < outsideMm, name);
  }
});

library('computes the orders that are published, within the stated tolerance', () => {
  let checked = 0;
  for (const { name, geometry, published, faultOrder } of bearingLibrary()) {
    if (!geometry || !published) continue;
    for (const line of ['bpfo', 'bpfi', 'bsf', 'ftf'] as const)
      assert.ok(
        Math.abs(faultOrder[line] / published[line] - 1) <= bearingFile().publishedTolerancePercent / 100,
        `${name}: ${line} is ${faultOrder[line]}, published ${published[line]}`,
      );
    checked++;
  }
  assert.ok(checked >= 30, `${checked}`);
});

library('keeps the ball spin plain, never the doubled one that some tables print under its name', () => {
  for (const { name, published, faultOrder } of bearingLibrary())
    if (published) assert.ok(published.bsf / faultOrder.bsf < 1.5, name);
});

library('has the values that the tables give, digit by digit', () => {
  for (const [name, bpfo, bpfi, bsf, ftf] of [
    ['SKF 6205-2RS JEM', 3.5848, 5.4152, 2.3567, 0.39831],
    ['Timken 6206', 3.5682, 5.4318, 2.3112, 0.39647],
    ['Timken 6309', 3.0366, 4.9634, 1.9554, 0.37957],
    ['MB ER-16K', 3.5724, 5.4276, 2.3226, 0.39694],
    ['MAFAULDA', 2.9979, 5.0021, 1.8705, 0.37473],
    ['ZA-2115', 7.0921, 8.9079, 4.1975, 0.44326],
    ['NSK 6804', 5.6113, 7.3887, 3.5888, 0.43164],
    ['NICE MFPT', 3.245, 4.755, 2.5546, 0.40562],
    ['SKF 1205 ETN9', 4.8962, 7.1038, 2.5843, 0.40801],
    ['FAG QJ212', 6.355, 8.645, 2.6202, 0.42366],
    ['NSK 7314', 4.9387, 7.0613, 2.0976, 0.41156],
  ] as const) {
    const { faultOrder } = findBearing(name).bearing;
    for (const [got, wanted] of [
      [faultOrder.bpfo, bpfo],
      [faultOrder.bpfi, bpfi],
      [faultOrder.bsf, bsf],
      [faultOrder.ftf, ftf],
    ])
      near(got, wanted, 5e-5);
  }
});
library.run();

bearing('of any possible geometry has bpfo + bpfi = rollers and bpfo = rollers x ftf', () => {
  const geometry = fc.record({
    rollerCount: fc.integer({ min: 3, max: 40 }),
    rollerDiameterMm: fc.double({ min: 1, max: 40, noNaN: true }),
    pitchDiameterMm: fc.double({ min: 41, max: 400, noNaN: true }),
    contactAngleDeg: fc.double({ min: 0, max: 45, noNaN: true }),
  });
  fc.assert(
    fc.property(geometry, (g) => {
      fc.pre(g.rollerCount * Math.asin(g.rollerDiameterMm / g.pitchDiameterMm) < Math.PI);
      const order = faultOrderOf(g);
      near(order.bpfo + order.bpfi, g.rollerCount, 1e-12);
      near(order.bpfo, g.rollerCount * order.ftf, 1e-12);
      assert.ok(order.bpfo < order.bpfi && order.ftf < 0.5 && order.bsf > 0);
    }),
  );
});

bearing('of an impossible geometry is refused', () => {
  const good = { rollerCount: 9, rollerDiameterMm: 8, pitchDiameterMm: 39, contactAngleDeg: 0 };
  for (const bad of [
    { rollerCount: 2 },
    { rollerCount: 16 },
    { rollerDiameterMm: 40 },
    { contactAngleDeg: 90 },
    { pitchDiameterMm: NaN },
  ])
    assert.throws(
      () => faultOrderOf({ ...good, ...bad }),
      (error: unknown) => (error as InputError).code === 'BEARING_GEOMETRY',
    );
});

bearing.run();

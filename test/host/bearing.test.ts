/** Published orders: CWRU Bearing Data Center, drive end 6205-2RS JEM and fan end 6203-2RS JEM. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { faultOrderOf, knownBearings, parseBearing } from '../../host/bearing.ts';
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

bearing('an unknown name lists the known ones', () => {
  try {
    parseBearing('6999');
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    for (const name of knownBearings().keys()) assert.match((error as Error).message, name);
  }
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

bearing('of any possible geometry has bpfo + bpfi = rollers and bpfo = rollers x ftf', () => {
  const geometry = fc.record({
    rollerCount: fc.integer({ min: 3, max: 40 }),
    rollerDiameterMm: fc.double({ min: 1, max: 40, noNaN: true }),
    pitchDiameterMm: fc.double({ min: 41, max: 400, noNaN: true }),
    contactAngleDeg: fc.double({ min: 0, max: 45, noNaN: true }),
  });
  fc.assert(
    fc.property(geometry, (g) => {
      const order = faultOrderOf(g);
      near(order.bpfo + order.bpfi, g.rollerCount, 1e-12);
      near(order.bpfo, g.rollerCount * order.ftf, 1e-12);
      assert.ok(order.bpfo < order.bpfi && order.ftf < 0.5 && order.bsf > 0);
    }),
  );
});

bearing('of an impossible geometry is refused', () => {
  const good = { rollerCount: 9, rollerDiameterMm: 8, pitchDiameterMm: 39, contactAngleDeg: 0 };
  for (const bad of [{ rollerCount: 2 }, { rollerDiameterMm: 40 }, { contactAngleDeg: 90 }, { pitchDiameterMm: NaN }])
    assert.throws(
      () => faultOrderOf({ ...good, ...bad }),
      (error: unknown) => (error as InputError).code === 'BEARING_GEOMETRY',
    );
});

bearing.run();

/** Scans that are lost, wherever it is: the node's counters and the jumps of its sample count say exactly how many. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sensorFacts } from '../../firmware/node/facts.ts';
import { TYPE } from '../node/wire.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { account, NodeOnDesk } from './pico/node.ts';

const RUNS = 3;

interface Sums {
  taken: number;
  received: number;
  /** Missing between blocks, and behind the last. */
  lost: number;
  overruns: number;
  ring: number;
  transmitter: number;
  missing: number;
}

/** Stops the node and adds up. `rateOff` must not have changed what the samples are. */
function closed(node: NodeOnDesk): Sums {
  assert.is(node.ask('stop').get(4), 0);
  node.run(0.2);
  const blocks = node.of(TYPE.block);
  const { received, lost, missing } = account(blocks, node.sensor);
  const last = blocks.at(-1);
  const behind = last ? Number(last.get(4)) + (last.get(5) as number) : 0;
  const [overruns, ring, transmitter] = [5, 6, 7].map((key) => node.last.get(key) as number);
  const taken = Number(node.last.get(4));
  return { taken, received, lost: lost + taken - behind, overruns, ring, transmitter, missing };
}

const discarded = (node: NodeOnDesk): number => sensorFacts(node.sensor).discardScans.value;

const loss = suite('firmware.loss');

needs(loss, missingForImages, 'in the FIFO of a part whose rate is off by up to 19 %, to the scan', () => {
  const times = fc.array(fc.integer({ min: 11, max: 300 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.double({ min: -0.19, max: 0.19, noNaN: true }), times, (rateOff, milliseconds) => {
      const node = new NodeOnDesk(image('adxl345'));
      node.model.faults = { rateOff };
      node.run(0.3);
      for (const time of milliseconds) {
        node.pico.freeze(time / 1000);
        node.run(0.1);
      }
      const sums = closed(node);
      assert.is(sums.taken + discarded(node), node.model.taken);
      assert.is(sums.received + sums.lost, sums.taken);
      assert.ok(sums.overruns > 0 === node.model.overwritten > 0);
      assert.ok(sums.lost >= node.model.overwritten && sums.lost <= node.model.overwritten + 40 * sums.overruns);
      assert.equal([sums.ring, sums.transmitter], [0, 0]);
    }),
    { numRuns: RUNS },
  );
});

for (const [sensor, milliseconds] of [
  ['iis3dwb', 40],
  ['adxl355', 60],
  ['lis3dh', 200],
] as const)
  needs(loss, missingForImages, `in the FIFO of a ${sensor}, to the scan`, () => {
    const node = new NodeOnDesk(image(sensor));
    node.run(0.25);
    node.pico.freeze(milliseconds / 1000);
    node.run(0.1);
    const sums = closed(node);
    assert.ok(node.model.overwritten > 0);
    assert.is(sums.taken + discarded(node), node.model.taken);
    assert.is(sums.received + sums.lost, sums.taken);
    assert.is(sums.overruns, 1);
  });

needs(
  loss,
  missingForImages,
  'in the ring while the main loop stands still, which a smaller ring loses more of',
  () => {
    const lost = [[], ['-DCHUNK_RING_BYTES=6144u']].map((flags) => {
      const node = new NodeOnDesk(image('adxl345', flags));
      node.run(0.1);
      const goOn = node.pico.spinAt(node.address('Z_coreZ_poll'));
      node.run(0.25);
      goOn();
      node.run(0.2);
      const sums = closed(node);
      assert.is(sums.taken + discarded(node), node.model.taken);
      assert.is(sums.lost, sums.ring);
      assert.is(sums.received + sums.ring, sums.taken);
      assert.equal([sums.overruns, sums.transmitter, sums.missing, node.model.overwritten], [0, 0, 0, 0]);
      return sums.lost;
    });
    assert.is(lost[0], 0, 'the ring of the image bridges 0.25 s');
    assert.ok(lost[1] > 100, `half of it: ${lost[1]} lost`);
  },
);

needs(loss, missingForImages, 'in the transmitter of a line that is too slow, block by block', () => {
  const node = new NodeOnDesk(image('iis3dwb'));
  node.run(0.6);
  const sums = closed(node);
  assert.ok(sums.transmitter > 1000);
  assert.is(sums.taken + discarded(node), node.model.taken);
  assert.is(sums.lost, sums.transmitter);
  assert.is(sums.received + sums.transmitter, sums.taken);
  assert.equal([sums.overruns, sums.ring, node.model.overwritten], [0, 0, 0]);
  const came = node.of(TYPE.block).length;
  const numbered = node.last.get(17) as number;
  assert.ok(sums.transmitter > 128 * (numbered - came - 1) && sums.transmitter <= 128 * (numbered - came));
});

loss.run();

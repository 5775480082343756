/** Each part's driver against a model of the part that was written apart from it: nothing lost, nothing done against the data sheet. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SENSORS, sensorFacts } from '../../firmware/node/facts.ts';
import { TYPE } from '../node/wire.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { account, NodeOnDesk } from './pico/node.ts';

/** What a UART of 921 600 baud takes of 26 667 Hz on three axes is not all: that part runs for as long as its buffers last. */
const SECONDS = { adxl345: 1, adxl355: 1, lis3dh: 1.5, iis3dwb: 0.03 } as const;

const sensors = suite('firmware.sensors');

for (const sensor of SENSORS) {
  needs(sensors, missingForImages, `takes every scan of a ${sensor}, and closes its sums`, () => {
    const node = new NodeOnDesk(image(sensor));
    node.run(SECONDS[sensor]);
    assert.is(node.ask('stop').get(4), 0);
    node.run(0.1);
    const { received, lost, missing } = account(node.of(TYPE.block), sensor);
    const { discardScans, rates } = sensorFacts(sensor);
    assert.is(lost + missing + node.model.overwritten, 0);
    assert.is(received + discardScans.value, node.model.taken);
    assert.ok(node.model.taken > 0.8 * SECONDS[sensor] * (rates[0].milliHz / 1000) - discardScans.value - 300);
    assert.equal([...node.model.violations], []);
  });

  needs(sensors, missingForImages, `lets a ${sensor} test itself, and goes on`, () => {
    const node = new NodeOnDesk(image(sensor));
    node.model.motion = { at: (_n, _s, g) => g.set([0, 0, 1]) };
    node.run(0.05);
    const answer = node.ask('self-test');
    assert.match(answer.get(5) as string, /^gravity \d+ mg \(700 to 1300\), x -?\d+ mg \(-?\d+ to -?\d+\), y .*, z .*/);
    assert.is(answer.get(4), 0, `${answer.get(5)}`);
    const before = node.of(TYPE.block).length;
    node.run(0.2);
    assert.ok(node.of(TYPE.block).length > before);
    assert.equal([...node.model.violations], []);
  });
}

sensors.run();

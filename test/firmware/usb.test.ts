/** The image over USB: 26 667 Hz on three axes, a host that pauses, and a port that is closed and opened. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sensorFacts } from '../../firmware/node/facts.ts';
import { TYPE } from '../node/wire.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { account, NodeOnDesk } from './pico/node.ts';

const DISCARDED = sensorFacts('iis3dwb').discardScans.value;
const LARGEST_LOAD = 0.2;

const usb = suite('firmware.usb');

needs(
  usb,
  missingForImages,
  'takes the stream when it is opened: every scan of 26 667 Hz, at less than 20 % of the processor',
  () => {
    const node = new NodeOnDesk(image('iis3dwb'), 'usb');
    assert.ok(
      node.pico.runUntil(0.2, () => node.pico.usb?.isConnected ?? false),
      'enumerated',
    );
    node.run(0.05);
    assert.is(node.heard[0]?.get(1), TYPE.hello);
    const [busy, from] = [node.pico.busyCycles, node.pico.seconds];
    node.run(1);
    const load = ((node.pico.busyCycles - busy) * 8e-9) / (node.pico.seconds - from);
    console.log(`load ${(100 * load).toFixed(1)} %`);
    assert.ok(load < LARGEST_LOAD, `${load}`);
    assert.is(node.ask('stop').get(4), 0);
    node.run(0.1);
    const blocks = node.of(TYPE.block);
    const before = Number(blocks[0].get(4));
    const { received, lost } = account(blocks, 'iis3dwb');
    assert.is(lost, before, 'only what was taken before the port was opened');
    assert.is(received + lost + DISCARDED, node.model.taken);
    assert.is(node.model.overwritten, 0);
    assert.equal([...node.model.violations], []);
  },
);

usb.run();

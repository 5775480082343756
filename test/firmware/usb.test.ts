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

/** Of an IIS3DWB whose host pauses: what was lost, all of it in the transmitter. */
function lostIn(node: NodeOnDesk, pauseSeconds: number): number {
  const host = node.pico.usb;
  assert.ok(
    node.pico.runUntil(0.2, () => host?.isConnected ?? false),
    'enumerated',
  );
  node.run(0.1);
  host?.pause();
  node.run(pauseSeconds);
  host?.goOn();
  node.run(0.2);
  assert.is(node.ask('stop').get(4), 0);
  node.run(0.2);
  const blocks = node.of(TYPE.block);
  const before = Number(blocks[0].get(4));
  const { received, lost } = account(blocks, 'iis3dwb');
  assert.is(received + lost + DISCARDED, node.model.taken);
  assert.is(lost, node.last.get(7), 'a full transmitter, and what the UART did not take before');
  assert.equal([node.last.get(5), node.last.get(6), node.model.overwritten, node.line.damaged], [0, 0, 0, 0]);
  return lost - before;
}

const PAUSE_S = 0.06;

needs(
  usb,
  missingForImages,
  'bridges a host that pauses for 60 ms, which half of its ring does not, and says so',
  () => {
    assert.is(lostIn(new NodeOnDesk(image('iis3dwb'), 'usb'), PAUSE_S), 0);
    assert.ok(lostIn(new NodeOnDesk(image('iis3dwb', ['-DUSB_TX_BYTES=8192']), 'usb'), PAUSE_S) > 0);
  },
);

needs(usb, missingForImages, 'counts every scan of a second in which the host took nothing, and goes on', () => {
  const lost = lostIn(new NodeOnDesk(image('iis3dwb'), 'usb'), 1);
  assert.ok(lost > 20_000 && lost < 26_667, `${lost}`);
});

needs(usb, missingForImages, 'says hello whenever the port is opened, and hears nothing of a closed one', () => {
  const node = new NodeOnDesk(image('adxl345'), 'usb');
  assert.ok(
    node.pico.runUntil(0.2, () => node.pico.usb?.isConnected ?? false),
    'enumerated',
  );
  node.run(0.05);
  assert.is(node.of(TYPE.hello).length, 1);
  node.pico.usb?.setOpen(false);
  node.run(0.02);
  node.heard.length = 0;
  node.run(0.2);
  assert.is(node.heard.length, 0, 'the stream is on the UART');
  node.pico.usb?.setOpen(true);
  node.run(0.1);
  assert.is(node.heard[0].get(1), TYPE.hello);
  assert.ok(node.of(TYPE.block).length > 2);
  assert.is(node.line.damaged, 0);
});

usb.run();

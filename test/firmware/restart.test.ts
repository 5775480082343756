/** A node that fails comes back by itself and says why; what it keeps in flash stays. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Twin } from '../node/twin.ts';
import { TYPE, type WireMap } from '../node/wire.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { account, NodeOnDesk } from './pico/node.ts';

const SRAM = 0x20000000;
const SETTINGS_AT = 2 * 1024 * 1024 - 8192;
const AXES_AT = 4; // in the descriptor
const UNUSED_INTERRUPT = 25;
const [POWER, , WATCHDOG, SOFTWARE, TRAP, FAULT] = [0, 1, 2, 3, 4, 5];

const CALIBRATION = new Map<number, unknown>([
  [1, Float32Array.of(0.01, -0.02, 0.03)],
  [2, Float32Array.of(1.01, 0.99, 1)],
  [3, [1, 2, 1, 0, 1, 1, 1, 1, 2]],
]);

/** A node that runs, and its boot id. */
function running(): { node: NodeOnDesk; bootId: string } {
  const node = new NodeOnDesk(image('adxl345'));
  node.run(0.1);
  return { node, bootId: bootId(node.heard[0]) };
}

const bootId = (hello: WireMap): string => Buffer.from(hello.get(12) as Uint8Array).toString('hex');

/** Runs on: the node says hello by another boot id, samples, and its heartbeat names the cause. */
function cameBack(node: NodeOnDesk, before: string, cause: number, text: RegExp | null): void {
  node.heard.length = 0;
  node.run(2.2);
  assert.is(node.pico.restarts, 1);
  const [hello] = node.of(TYPE.hello);
  assert.is.not(bootId(hello), before);
  assert.is(node.last.get(10), cause);
  if (text) assert.match(node.last.get(14) as string, text);
  else assert.is(node.last.has(14), false);
  assert.is(node.last.get(13), 1);
  assert.ok(node.of(TYPE.block).length > 10);
}

const restart = suite('firmware.restart');

needs(restart, missingForImages, 'after a trap in the module, named', () => {
  const { node, bootId } = running();
  const twin = new Twin();
  node.pico.mcu.sram[node.address('wasm_memory') - SRAM + twin.descriptorAt + AXES_AT] = 255;
  cameBack(node, bootId, TRAP, /^out of bounds$/);
});

needs(restart, missingForImages, 'by the watchdog, within 1 s of a main loop that stands still', () => {
  const { node, bootId } = running();
  node.pico.spinAt(node.address('Z_coreZ_poll'));
  const from = node.pico.seconds;
  assert.ok(node.pico.runUntil(1.2, () => node.pico.restarts > 0));
  assert.ok(node.pico.seconds - from < 1.01);
  cameBack(node, bootId, WATCHDOG, /^main loop stood still for 1 s$/);
});

needs(restart, missingForImages, 'after an exception that nobody handles, with its number', () => {
  const { node, bootId } = running();
  node.pico.mcu.core.enabledInterrupts |= 1 << UNUSED_INTERRUPT;
  node.pico.mcu.setInterrupt(UNUSED_INTERRUPT, true);
  cameBack(node, bootId, FAULT, /^fault at 0x00000029$/);
});

needs(restart, missingForImages, 'when it is told to, after the answer', () => {
  const { node, bootId } = running();
  assert.is(node.ask('reboot', new Map([[1, 0]])).get(4), 0);
  cameBack(node, bootId, SOFTWARE, null);
});

needs(restart, missingForImages, 'into the bootloader of the ROM when it is told to', () => {
  const { node } = running();
  let isThere = false;
  node.pico.rom.onBootloader = () => {
    isThere = true;
  };
  assert.is(node.ask('reboot', new Map([[1, 1]])).get(4), 0);
  node.run(0.3);
  assert.ok(isThere);
});

needs(restart, missingForImages, 'from the power switch, and then it has no reason to tell', () => {
  const { node, bootId } = running();
  node.pico.restart('power');
  cameBack(node, bootId, POWER, null);
});

needs(restart, missingForImages, 'not at all for 100 000 bytes of garbage at full speed: it loses no scan', () => {
  const { node } = running();
  let state = 1;
  const garbage = Uint8Array.from({ length: 100_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  node.pico.uart.send(garbage);
  node.run(1.2);
  assert.is(node.ask('stop').get(4), 0);
  node.run(0.1);
  const { lost, missing } = account(node.of(TYPE.block), 'adxl345');
  assert.equal([lost, missing, node.model.overwritten, node.pico.restarts, node.pico.uart.overruns], [0, 0, 0, 0, 0]);
  assert.ok((node.last.get(11) as number) > 300);
});

needs(
  restart,
  missingForImages,
  'with the settings that it was given, and loses no scan while they are written',
  () => {
    const { node, bootId } = running();
    node.pico.mcu.flash.fill(0x5a, SETTINGS_AT, SETTINGS_AT + 8192); // so that a sector is erased first, for 45 ms
    for (let i = 0; i < 3; i++) assert.is(node.ask('calibrate', CALIBRATION).get(4), 0);
    assert.ok(node.pico.rom.calls.includes('RE'));
    node.run(0.1);
    const { lost, missing } = account(node.of(TYPE.block), 'adxl345');
    assert.equal([lost, missing, node.model.overwritten], [0, 0, 0]);
    const configured = node.ask(
      'configure',
      new Map([
        [1, 800_000],
        [2, 4000],
      ]),
    );
    assert.is(configured.get(4), 0);
    node.pico.restart('power');
    cameBack(node, bootId, POWER, null);
    const [hello] = node.of(TYPE.hello);
    assert.equal([hello.get(7), hello.get(8)], [4000, 800_000]);
    assert.equal(
      [16, 17].map((key) => [...(hello.get(key) as Float32Array)]),
      [1, 2].map((key) => [...(CALIBRATION.get(key) as Float32Array)]),
    );
    assert.equal(hello.get(18), CALIBRATION.get(3));
  },
);

restart.run();

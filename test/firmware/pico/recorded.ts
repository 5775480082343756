/** Records at the edge of the module in a running image: each call into it and each answer of the board's C. */
import { DESCRIPTOR_BYTES } from '../../../firmware/node/descriptor.ts';
import { nodeInstance } from '../../../firmware/node/module.ts';
import { CALL, IMPORT, Recorder } from '../../node/tape.ts';
import type { NodeOnDesk } from './node.ts';

const SRAM = 0x20000000;

export interface Recorded {
  recorder: Recorder;
  /** As playInNode gives it. */
  sent: Uint8Array[];
}

/** From the start of the image on; to be called before it runs. */
export function recorded(node: NodeOnDesk, module: Uint8Array): Recorded {
  const recorder = new Recorder();
  const sent: Uint8Array[] = [];
  const { pico } = node;
  const none = (): never => {
    throw new Error('not to be called');
  };
  const where = nodeInstance(module, {
    microseconds: none,
    transmit: none,
    sensor: none,
    save: none,
    load: none,
    restart: none,
  });
  const [descriptor, scans, input] = [where.descriptorAt(), where.scansAt(), where.inputAt()];
  const memoryAt = node.address('wasm_memory') - SRAM;
  const memory = (at: number, length: number): Uint8Array => pico.mcu.sram.slice(memoryAt + at, memoryAt + at + length);
  const argument = (i: number): number =>
    i < 4
      ? pico.mcu.core.registers[i] >>> 0
      : pico.mcu.sramView.getUint32(pico.mcu.core.registers[13] - SRAM + 4 * (i - 4), true);
  const isPacked = node.sensor === 'adxl355';
  const at = (symbol: string, then: () => void): void => {
    pico.hooks.set(node.address(symbol) & ~1, then);
  };
  at('Z_coreZ_begin', () => recorder.call(CALL.begin, [], memory(descriptor, DESCRIPTOR_BYTES)));
  at('Z_coreZ_chunk', () => {
    const us = BigInt(argument(2)) | (BigInt(argument(3)) << 32n);
    const bytes = memory(scans, argument(1) * (isPacked ? 9 : 6));
    recorder.call(CALL.chunk, [argument(1), us, argument(4), argument(5)], bytes);
  });
  at('Z_coreZ_received', () => recorder.call(CALL.received, [argument(1)], memory(input, argument(2))));
  at('Z_coreZ_opened', () => recorder.call(CALL.opened, [argument(1)]));
  at('Z_coreZ_closed', () => recorder.call(CALL.closed, [argument(1)]));
  at('Z_coreZ_poll', () => recorder.call(CALL.poll, [argument(1), argument(2)]));
  for (const [name, kind] of Object.entries(IMPORT))
    at(`Z_boardZ_${name}`, () => {
      const [to, length] = [argument(1), argument(3)];
      const message =
        kind === IMPORT.transmit
          ? Uint8Array.from([to, argument(4), length & 0xff, length >> 8, ...memory(argument(2), length)])
          : null;
      const back = pico.mcu.core.registers[14] & ~1;
      pico.hooks.set(back, () => {
        pico.hooks.delete(back);
        const low = BigInt(argument(0));
        if (message && low !== 0n) sent.push(message);
        const value = kind === IMPORT.microseconds ? low | (BigInt(argument(1)) << 32n) : low;
        recorder.answer(kind, value, kind === IMPORT.load ? memory(to, Number(low)) : undefined);
      });
    });
  return { recorder, sent };
}

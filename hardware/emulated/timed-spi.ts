/** A sensor model at an SPI block of the emulated chip: each byte takes its bits at the clock that is set. */
import { GPIOPinState, type RP2040 } from 'rp2040js';
import type { SpiDevice } from '../models/sensor-model.ts';
import type { BootClock } from './boot-clock.ts';

/** With the clock phase at 0 the block lets its select go between two bytes: a clock and a half more. */
const PHASE_0_PAUSE_BITS = 1.5;

export function wireSpi(chip: RP2040, clock: BootClock, device: SpiDevice, block: number, selectPin: number): void {
  const spi = chip.spi[block];
  // the emulator's own reading of the mode has 2 and 3 exchanged
  const control = (): number => spi.readUint32(0);
  const mode = (): number => ((control() >> 6) & 1) * 2 + ((control() >> 7) & 1);
  let answer = 0;
  const done = clock.createAlarm(() => spi.completeTransmit(answer));
  spi.onTransmit = (byte) => {
    answer = device.transfer(byte & 0xff);
    const bits = spi.dataBits + (mode() & 1 ? 0 : PHASE_0_PAUSE_BITS);
    done.schedule((bits * 1e9) / Math.max(1, spi.clockFrequency));
  };
  chip.gpio[selectPin].addListener((state) => device.select(state === GPIOPinState.Low, mode(), spi.clockFrequency));
}

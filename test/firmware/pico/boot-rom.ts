/**
 * A boot ROM of our own for the emulator: function table and lookup where the chip's ROM has them; each function is a
 * breakpoint that is served here. Writes to flash take their time, and interrupts go on meanwhile, as on the chip.
 */
import type { RP2040 } from 'rp2040js';

const FUNCTIONS = ['IF', 'EX', 'RE', 'RP', 'FC', 'CX', 'UB'] as const;
export type RomFunction = (typeof FUNCTIONS)[number];

const TABLE = 0x40;
const LOOKUP = 0x80;
const CODE = 0x100;
const FIRST_BREAKPOINT = 0x40;
/** loop: ldrh r2,[r0]; cmp r2,#0; beq none; cmp r2,r1; beq hit; adds r0,#4; b loop; none: movs r0,#0; bx lr; hit: ldrh r0,[r0,#2]; bx lr */
const LOOKUP_CODE = [0x8802, 0x2a00, 0xd003, 0x428a, 0xd003, 0x3004, 0xe7f8, 0x2000, 0x4770, 0x8840, 0x4770];
const BX_LR = 0x4770;

/** Typical of a W25Q16: 45 ms a sector, 0.4 ms a page. */
const ERASE_SECTOR_NS = 45e6;
const PROGRAM_PAGE_NS = 0.4e6;

export function bootRom(): Uint32Array {
  const rom = new Uint32Array(256);
  const view = new DataView(rom.buffer);
  view.setUint16(0x14, TABLE, true);
  view.setUint16(0x18, LOOKUP | 1, true);
  for (const [i, half] of LOOKUP_CODE.entries()) view.setUint16(LOOKUP + 2 * i, half, true);
  for (const [i, name] of FUNCTIONS.entries()) {
    view.setUint16(TABLE + 4 * i, name.charCodeAt(0) | (name.charCodeAt(1) << 8), true);
    view.setUint16(TABLE + 4 * i + 2, (CODE + 4 * i) | 1, true);
    view.setUint16(CODE + 4 * i, 0xbe00 | (FIRST_BREAKPOINT + i), true);
    view.setUint16(CODE + 4 * i + 2, BX_LR, true);
  }
  return rom;
}

/** Serves the breakpoints of a chip with `bootRom` in it. */
export class RomServant {
  readonly calls: RomFunction[] = [];
  /** XIP is off between EX and CX: whoever reads flash then would hang. */
  isXipOff = false;
  onBootloader = (): void => {};
  #until = -1;

  serve(mcu: RP2040, breakpoint: number): void {
    const name = FUNCTIONS[breakpoint - FIRST_BREAKPOINT];
    if (!name) throw new Error(`breakpoint ${breakpoint} at 0x${mcu.core.PC.toString(16)}`);
    if (name === 'RE' || name === 'RP') {
      const now = mcu.clock.nanos;
      if (this.#until < 0) {
        this.#write(mcu, name);
        this.#until = now + (name === 'RE' ? ERASE_SECTOR_NS : PROGRAM_PAGE_NS);
      }
      if (now < this.#until) {
        mcu.core.PC -= 2; // it spins here, and interrupts come through
        return;
      }
      this.#until = -1;
    }
    this.calls.push(name);
    if (name === 'EX') this.isXipOff = true;
    if (name === 'CX') this.isXipOff = false;
    if (name === 'UB') this.onBootloader();
  }

  #write(mcu: RP2040, name: 'RE' | 'RP'): void {
    const [offset, second, third] = mcu.core.registers;
    if (name === 'RE') {
      mcu.flash.fill(0xff, offset, offset + second);
      return;
    }
    for (let i = 0; i < third; i++) mcu.flash[offset + i] &= mcu.readUint8((second + i) >>> 0);
  }
}

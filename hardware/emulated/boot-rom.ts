/**
 * The part of the boot ROM that firmware uses, as a stub of our own: the published tables, each entry a breakpoint that is
 * served here. Flash is erased and programmed as on the chip: slowly, whole sectors and pages, bits only from 1 to 0, and
 * unreadable in between.
 */
import type { RP2040 } from 'rp2040js';

const FUNCTIONS_AT = 0x100;
const TABLE_AT = 0x40;
const LOOKUP_BREAK = 0x40;
const NAMES = ['IF', 'EX', 'RE', 'RP', 'FC', 'CX', 'UB', 'WV'] as const;
type Name = (typeof NAMES)[number];

const SECTOR = 4096;
const PAGE = 256;
/** Typical of the flash on a Pico. */
const ERASE_NANOS = 45e6;
const PROGRAM_NANOS = 0.4e6;
const XIP = 0x10000000;

const BX_LR = 0x4770;
const BKPT = 0xbe00;

export interface RomEvents {
  /** The processor waits while the flash works. */
  busy(nanos: number): void;
  /** Restart into the bootloader. */
  toBootloader(): void;
  violation(text: string): void;
  /** Before each byte that is programmed or each sector erased; throw to cut the power there. */
  beforeFlash?(address: number): void;
  /** A breakpoint that is none of the ROM's. */
  breakpoint(code: number): void;
}

const codeOf = (name: string): number => name.charCodeAt(0) | (name.charCodeAt(1) << 8);

/** Puts the ROM into a chip whose flash is kept. */
export function installRom(chip: RP2040, events: RomEvents): void {
  const rom = chip.bootrom;
  const view = new DataView(rom.buffer, rom.byteOffset, rom.byteLength);
  const put = (at: number, half: number): void => view.setUint16(at, half, true);
  const entry = (index: number): number => FUNCTIONS_AT + 4 * index;
  view.setUint32(0x10, 0x03_01_75_4d, true); // 'M', 'u', 1, and a version
  put(0x14, TABLE_AT);
  put(0x16, TABLE_AT + 4 * NAMES.length);
  put(0x18, entry(NAMES.length) | 1);
  for (const [index, name] of [...NAMES, null].entries()) {
    put(entry(index), BKPT | (LOOKUP_BREAK + index));
    put(entry(index) + 2, BX_LR);
    if (name === null) continue;
    put(TABLE_AT + 4 * index, codeOf(name));
    put(TABLE_AT + 4 * index + 2, entry(index) | 1);
  }
  let isXip = true;
  chip.onBreak = (code) => {
    const index = code - LOOKUP_BREAK;
    if (index === NAMES.length) lookUp(chip, view);
    else if (index >= 0 && index < NAMES.length) {
      isXip = served(chip, NAMES[index], isXip, events);
      if (!isXip && chip.core.LR >>> 0 >= XIP && chip.core.LR >>> 0 < XIP + chip.flash.length)
        events.violation(`${NAMES[index]} called from flash, which cannot be read then`);
    } else events.breakpoint(code);
  };
}

function lookUp({ core }: RP2040, view: DataView): void {
  const [table, code] = core.registers;
  core.registers[0] = 0;
  for (let at = table; at + 4 <= view.byteLength; at += 4) {
    const found = view.getUint16(at, true);
    if (found === code) core.registers[0] = view.getUint16(at + 2, true);
    if (found === 0 || found === code) return;
  }
}

/** @returns whether flash can be read afterwards */
function served(chip: RP2040, name: Name, isXip: boolean, events: RomEvents): boolean {
  const [address, second, third] = chip.core.registers;
  switch (name) {
    case 'EX':
      return false;
    case 'CX':
      return true;
    case 'RE':
      if (isXip) events.violation('flash erased while it is mapped');
      erase(chip, address, second, events);
      return isXip;
    case 'RP':
      if (isXip) events.violation('flash programmed while it is mapped');
      program(chip, address, second, third, events);
      return isXip;
    case 'UB':
      events.toBootloader();
      return isXip;
    default:
      return isXip;
  }
}

function erase(chip: RP2040, address: number, count: number, events: RomEvents): void {
  if (address % SECTOR !== 0 || count % SECTOR !== 0 || address + count > chip.flash.length) {
    events.violation(`erase of ${count} bytes at 0x${address.toString(16)}, wanted whole sectors`);
    return;
  }
  for (let at = address; at < address + count; at += SECTOR) {
    events.beforeFlash?.(at);
    chip.flash.fill(0xff, at, at + SECTOR);
    events.busy(ERASE_NANOS);
  }
}

function program(chip: RP2040, address: number, from: number, count: number, events: RomEvents): void {
  if (address % PAGE !== 0 || count % PAGE !== 0 || address + count > chip.flash.length) {
    events.violation(`program of ${count} bytes at 0x${address.toString(16)}, wanted whole pages`);
    return;
  }
  for (let i = 0; i < count; i++) {
    events.beforeFlash?.(address + i);
    chip.flash[address + i] &= chip.readUint8((from + i) >>> 0);
    if ((i + 1) % PAGE === 0) events.busy(PROGRAM_NANOS);
  }
}

/** CRC-32 as the ROM checks the second stage with: 04C11DB7, from FFFFFFFF, most significant bit first. */
function bootCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

const BOOT2_BYTES = 256;
const BOOT2_AT = 0x20041f00;

/** As the ROM starts a chip: the second stage, checked, from the top of SRAM. @returns false when it is not one */
export function startFromFlash(chip: RP2040): boolean {
  const boot2 = chip.flash.slice(0, BOOT2_BYTES);
  const crc = new DataView(boot2.buffer).getUint32(BOOT2_BYTES - 4, true);
  if (crc !== bootCrc(boot2.subarray(0, BOOT2_BYTES - 4))) return false;
  chip.sram.set(boot2, BOOT2_AT - 0x20000000);
  chip.core.VTOR = 0;
  chip.core.SP = BOOT2_AT;
  chip.core.LR = 0;
  chip.core.PC = BOOT2_AT;
  return true;
}

/** As much of a 32-bit little-endian ELF file as is needed: symbols, and what is loaded where. */
export interface Segment {
  /** Where it is stored, which is not where it runs. */
  address: number;
  offset: number;
  bytes: number;
}

const LOAD = 1;
const SYMBOL_TABLE = 2;

export function segments(elf: Uint8Array): Segment[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.length);
  const [at, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  return Array.from({ length: count }, (_, i) => at + i * size)
    .filter((header) => view.getUint32(header, true) === LOAD && view.getUint32(header + 16, true) > 0)
    .map((header) => ({
      offset: view.getUint32(header + 4, true),
      address: view.getUint32(header + 12, true),
      bytes: view.getUint32(header + 16, true),
    }));
}

/** Name to address, bit 0 of functions (Thumb) as it stands there. */
export function symbols(elf: Uint8Array): Map<string, number> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.length);
  const [at, size, count] = [view.getUint32(32, true), view.getUint16(46, true), view.getUint16(48, true)];
  const section = (i: number, field: number): number => view.getUint32(at + i * size + field, true);
  const found = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    if (section(i, 4) !== SYMBOL_TABLE) continue;
    const names = section(section(i, 24), 16);
    for (let entry = section(i, 16), end = entry + section(i, 20); entry < end; entry += 16) {
      const name = names + view.getUint32(entry, true);
      found.set(new TextDecoder().decode(elf.subarray(name, elf.indexOf(0, name))), view.getUint32(entry + 4, true));
    }
  }
  return found;
}

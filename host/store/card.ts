/** What the card or disk under a directory has written, as the kernel counts it, and how worn it says it is. Linux only. */
import { readFileSync, statSync } from 'node:fs';

const SECTOR_BYTES = 512;

export interface Card {
  /** Bytes written to the partition since the system started, by everybody; null where nothing counts them. */
  writtenBytes: number | null;
  /** 0..1 in tenths, of an eMMC that tells; null elsewhere. */
  wornShare: number | null;
}

/** @param root of sysfs, for tests */
export function readCard(path: string, root = '/sys'): Card {
  const { dev } = statSync(path, { bigint: true });
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  const device = `${root}/dev/block/${major}:${minor}`;
  const sectors = Number(read(`${device}/stat`)?.trim().split(/\s+/)[6] ?? Number.NaN);
  const life = read(`${device}/../device/life_time`) ?? read(`${device}/device/life_time`);
  // JEDEC EXT_CSD 268 and 269: 1 is 0..10 % of the life used, 11 is past its end
  const tenths = Math.max(...(life?.trim().split(/\s+/).map(Number) ?? [Number.NaN]));
  return {
    writtenBytes: Number.isFinite(sectors) ? sectors * SECTOR_BYTES : null,
    wornShare: tenths >= 1 && tenths <= 11 ? Math.min(1, tenths / 10) : null,
  };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The processors that C is built for, and what compiles and emulates them. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Target {
  compiler: string;
  flags: readonly string[];
  /** Linker script under firmware/boards; null where there is an operating system. */
  board: string | null;
  /** Runs an executable; `icount` makes time on a board a count of instructions, one a nanosecond. */
  command(executable: string, options?: { icount: boolean }): readonly string[];
  /** Debian packages. */
  packages: readonly string[];
}

const ARM_PACKAGES = ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi', 'qemu-system-arm'];

function board(machine: string, flags: string[]): Target {
  return {
    compiler: 'arm-none-eabi-gcc',
    flags: ['-mthumb', '-mfloat-abi=hard', ...flags],
    board: `${machine}.ld`,
    command: (executable, { icount } = { icount: false }) => [
      'qemu-system-arm',
      ...['-M', machine, '-display', 'none', '-monitor', 'none', '-serial', 'none'],
      ...['-semihosting-config', 'enable=on,target=native'],
      ...(icount ? ['-icount', 'shift=0'] : []),
      ...['-kernel', executable],
    ],
    packages: ARM_PACKAGES,
  };
}

export const TARGETS = {
  x64: {
    compiler: 'gcc',
    flags: [],
    board: null,
    command: (executable: string) => [executable],
    packages: ['gcc', 'libc6-dev'],
  },
  arm64: {
    compiler: 'aarch64-linux-gnu-gcc',
    flags: ['-static'],
    board: null,
    command: (executable: string) => ['qemu-aarch64', executable],
    packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'qemu-user'],
  },
  /** The node's processor; no emulated board of QEMU has it. firmware/pico links for it. */
  m0plus: {
    compiler: 'arm-none-eabi-gcc',
    flags: ['-mcpu=cortex-m0plus', '-mthumb', '-mfloat-abi=soft'],
    board: null,
    command: (executable: string) => [executable],
    packages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
  },
  m4f: board('mps2-an386', ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16']),
  m33: board('mps2-an505', ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16']),
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;

const FIRMWARE = fileURLToPath(new URL('..', import.meta.url));

/** A file of firmware/; an absolute path stays what it is. */
export const firmwarePath = (file: string): string => resolve(FIRMWARE, file);

/**
 * A data partition of its own that can be cut: an ext4 image as a file on XFS, each behind a loop device. A clone of the
 * file by reflink is what the disk would hold had its power gone at that moment. Needs root, loop devices, xfsprogs and
 * e2fsprogs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { newFolder } from '../../support/folder.ts';
import { programOnPath } from '../../support/needs.ts';

const PROGRAMS = ['mkfs.xfs', 'mkfs.ext4', 'losetup', 'mount', 'umount', 'cp', 'fallocate'];
/** ext4 writes its journal by itself that seldom: what nobody synced stays in memory. */
const OPTIONS = 'noatime,commit=30';
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** @returns what is missing for it here; null when nothing is */
export function missingForDisk(): string | null {
  process.env.PATH = PATH;
  if (process.getuid?.() !== 0) return 'root';
  const absent = PROGRAMS.filter((program) => programOnPath(program) === null);
  if (absent.length > 0) return absent.join(', ');
  const disk = Disk.tried();
  if (typeof disk === 'string') return disk;
  disk.end();
  return null;
}

export class Disk {
  /** Where the partition is mounted. */
  readonly mount: string;
  readonly #folder = newFolder('disk');
  readonly #outer: string;
  readonly #copy: string;
  /** What was put up, to be taken down in reverse. */
  readonly #up: [program: string, ...args: string[]][] = [];
  /** Of the partition. */
  readonly device: string;

  /** @param mebibytes of the partition. @throws what losetup or mount say */
  constructor(mebibytes = 96, options = OPTIONS) {
    const inFolder = (name: string): string => {
      mkdirSync(join(this.#folder, name));
      return join(this.#folder, name);
    };
    this.#outer = inFolder('outer');
    this.mount = inFolder('data');
    this.#copy = inFolder('copy');
    try {
      const file = join(this.#folder, 'xfs.img');
      run('fallocate', '-l', `${Math.max(320, 4 * mebibytes)}M`, file);
      run('mkfs.xfs', '-q', '-f', '-m', 'reflink=1', file);
      this.#mount(this.#loop(file), this.#outer);
      run('fallocate', '-l', `${mebibytes}M`, this.#image);
      run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', this.#image);
      this.device = this.#loop(this.#image);
      this.#mount(this.device, this.mount, options);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** @returns a disk, or why there is none here */
  static tried(): Disk | string {
    try {
      return new Disk(16);
    } catch (error) {
      return `loop device with XFS (${String((error as Error).message)
        .split('\n')
        .slice(0, 2)
        .join(': ')})`;
    }
  }

  get #image(): string {
    return join(this.#outer, 'disk.img');
  }

  #loop(file: string): string {
    const device = run('losetup', '-f', '--show', file);
    this.#up.push(['losetup', '-d', device]);
    return device;
  }

  #mount(device: string, at: string, options = 'noatime'): void {
    run('mount', '-o', options, device, at);
    this.#up.push(['umount', '-l', at]); // a failed test may have left a file open
  }

  /** Has the file system write what it holds, as it does by itself every 5 s. */
  settle(): void {
    run('sync', '-f', this.mount);
  }

  /** Bytes that the device of the partition has written and flushes it was asked for. */
  written(): { bytes: number; flushes: number } {
    const fields = readFileSync(`/sys/block/${basename(this.device)}/stat`, 'utf8')
      .trim()
      .split(/\s+/)
      .map(Number);
    return { bytes: fields[6] * 512, flushes: fields[15] };
  }

  /** Pulls the plug: `look` is called with the folder where the partition of that moment is mounted. */
  async cut<T>(look: (mount: string) => Promise<T> | T): Promise<T> {
    const image = join(this.#outer, 'cut.img');
    run('cp', '--reflink=always', this.#image, image);
    return this.#opened(image, look);
  }

  /** As `cut`, in two: what the disk holds now, and later a look at it. */
  clone(): { look<T>(work: (mount: string) => Promise<T> | T): Promise<T> } {
    const image = join(this.#outer, 'cut.img');
    run('cp', '--reflink=always', this.#image, image);
    return { look: (work) => this.#opened(image, work) };
  }

  async #opened<T>(image: string, look: (mount: string) => Promise<T> | T): Promise<T> {
    const before = this.#up.length;
    try {
      this.#mount(this.#loop(image), this.#copy);
      return await look(this.#copy);
    } finally {
      this.#down(before);
      rmSync(image);
    }
  }

  #down(to: number): void {
    for (const [program, ...args] of this.#up.splice(to).reverse()) quietly(program, ...args);
  }

  /** Harmless twice. */
  end(): void {
    this.#down(0);
    if (statSync(this.#folder, { throwIfNoEntry: false })) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function quietly(program: string, ...args: string[]): void {
  try {
    run(program, ...args);
  } catch {
    // gone already, or never there
  }
}

/** Results as JSON lines, to a file or to stdout, no faster than the reader takes them. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { unwritable } from './output-file.ts';

export class JsonLines {
  readonly #stream: NodeJS.WritableStream;
  readonly #file: WriteStream | null;

  private constructor(stream: NodeJS.WritableStream, file: WriteStream | null) {
    this.#stream = stream;
    this.#file = file;
  }

  /** @param path `-` is stdout. @throws InputError `OUTPUT_WRITE` */
  static async open(path: string): Promise<JsonLines> {
    if (path === '-') return new JsonLines(process.stdout, null);
    const file = createWriteStream(path);
    file.on('error', () => {}); // a full disk shows between two rows: the next one or the end tells it
    try {
      await once(file, 'open');
    } catch (cause) {
      throw unwritable(path, cause);
    }
    return new JsonLines(file, file);
  }

  async write(row: unknown): Promise<void> {
    if (this.#file?.errored) throw unwritable(String(this.#file.path), this.#file.errored);
    const isTaken = this.#stream.write(`${JSON.stringify(row)}\n`);
    if (!isTaken) await this.#guarded(once(this.#stream, 'drain'));
  }

  /** Resolves when everything is with the operating system. */
  async close(): Promise<void> {
    if (!this.#file) return;
    const file = this.#file;
    await this.#guarded(new Promise<void>((resolve) => file.end(resolve)));
  }

  async #guarded(work: Promise<unknown>): Promise<void> {
    const file = this.#file;
    if (!file) {
      await work;
      return;
    }
    const broken = new Promise<never>((_, reject) => file.once('error', reject));
    broken.catch(() => {});
    try {
      if (file.errored) throw file.errored;
      await Promise.race([work, broken]);
    } catch (cause) {
      throw unwritable(String(file.path), cause);
    }
  }
}

/** Four significant digits say all that a score or a ratio can. */
export const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(4)) : 0);

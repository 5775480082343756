/** How much room the file system of a directory has, looked at now and then; a look that hangs is not repeated. */
import { statfs } from 'node:fs/promises';

export interface Space {
  freeBytes: number;
  sizeBytes: number;
}

export class DiskSpace {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  /** Null until the first look is over, and while the directory cannot be looked at. */
  last: Space | null = null;

  constructor(path: string, everyMs = 10_000) {
    this.#path = path;
    this.#timer = setInterval(() => void this.look(), everyMs).unref();
    void this.look();
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { bsize, bavail, blocks } = await statfs(this.#path);
      this.last = { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    } catch {
      this.last = null; // what cannot be looked at cannot be written to: the store says so
    } finally {
      this.#isLooking = false;
    }
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

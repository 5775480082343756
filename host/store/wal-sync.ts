/**
 * Makes a commit durable: `fdatasync` of SQLite's log. The SQLite inside Node is built without fdatasync, and its own
 * fsync at `synchronous = FULL` writes the time of the log's last change through the file system's journal with every
 * commit, half of all that is written. At NORMAL SQLite orders log and file as at FULL and leaves this one call out.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export class WalSync {
  readonly #path: string;
  #file: number | null = null;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns when everything committed is on the disk. Another file of this process on the log takes no lock away. */
  sync(): void {
    if (this.#file === null) {
      const file = openSync(`${this.#path}-wal`, 'r+');
      try {
        // its own name must last too
        const folder = openSync(dirname(this.#path), 'r');
        try {
          fsyncSync(folder);
        } finally {
          closeSync(folder);
        }
        fdatasyncSync(file);
      } catch (error) {
        closeSync(file);
        throw error;
      }
      this.#file = file;
    } else fdatasyncSync(this.#file);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** A serial cable for tests: a pseudo-terminal by socat, plugged into a socket of the test, and pulled by ending socat. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { programOnPath } from './needs.ts';

/** What is missing for a cable; null: nothing. */
export const missingForPty = (): string | null => (programOnPath('socat') ? null : 'socat (Debian package socat)');

const PLUG_MS = 10_000;

export class Cable {
  /** Where the host finds the port while the cable is plugged in. */
  readonly path: string;
  readonly #socketPath: string;
  readonly #server: Server;
  #socat: ChildProcess | null = null;
  #far: Socket | null = null;
  /** What the host sends. */
  onBytes: (bytes: Uint8Array) => void = () => {};

  private constructor(folder: string, server: Server) {
    this.path = join(folder, 'tty');
    this.#socketPath = join(folder, 'far');
    this.#server = server;
    server.on('connection', (socket) => {
      this.#far = socket;
      socket.on('data', (bytes) => this.onBytes(bytes));
      socket.on('error', () => {});
      socket.on('close', () => {
        if (this.#far === socket) this.#far = null;
      });
    });
  }

  static async in(folder: string): Promise<Cable> {
    const server = createServer();
    const cable = new Cable(folder, server);
    server.listen(cable.#socketPath);
    await once(server, 'listening');
    return cable;
  }

  async plug(): Promise<void> {
    const socat = spawn('socat', [`PTY,raw,echo=0,link=${this.path}`, `UNIX-CONNECT:${this.#socketPath}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#socat = socat;
    const end = performance.now() + PLUG_MS;
    while (!(existsSync(this.path) && this.#far !== null)) {
      if (performance.now() > end || socat.exitCode !== null) throw new Error('socat made no port');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async pull(): Promise<void> {
    const socat = this.#socat;
    this.#socat = null;
    if (socat && socat.exitCode === null) {
      socat.kill('SIGKILL');
      await once(socat, 'exit');
    }
    // a real port takes its name with it
    rmSync(this.path, { force: true });
  }

  /** To the host; gone when nothing is plugged in, as on a real line. @returns false when the far end does not keep up */
  send(bytes: Uint8Array): boolean {
    return bytes.length === 0 || this.#far === null || this.#far.write(bytes);
  }

  async end(): Promise<void> {
    await this.pull();
    this.#far?.destroy();
    this.#server.close();
  }
}

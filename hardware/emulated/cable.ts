/**
 * A serial cable without hardware: a pseudo-terminal by socat on this side, and on the far side a socket to which an
 * emulated board listens. The real host opens the terminal with the real serialport. Pulling it ends socat, as a hang-up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pause } from '../../host/wait.ts';

const PLUG_MS = 10_000;
/** What the operating system keeps of a port that nobody reads; more is lost, as on a real line. */
const KEPT_BYTES = 64 * 1024;

/** The board's end of a cable. */
export class FarEnd {
  readonly #server: Server;
  #socket: Socket | null = null;
  onBytes: (bytes: Uint8Array) => void = () => {};
  onPlug: (isPlugged: boolean) => void = () => {};
  onRoom: () => void = () => {};
  /** Bytes that nobody took in time. */
  lost = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('data', (bytes) => this.onBytes(bytes));
      socket.on('drain', () => this.onRoom());
      socket.on('error', () => {});
      socket.on('close', () => {
        if (this.#socket !== socket) return;
        this.#socket = null;
        this.onPlug(false);
        this.onRoom();
      });
      this.onPlug(true);
    });
  }

  static async listen(path: string): Promise<FarEnd> {
    const server = createServer();
    const end = new FarEnd(server);
    server.listen(path);
    await once(server, 'listening');
    return end;
  }

  get isPlugged(): boolean {
    return this.#socket !== null;
  }

  /** False when the host does not keep up: what comes may be lost. */
  get hasRoom(): boolean {
    return this.#socket === null || !this.#socket.writableNeedDrain;
  }

  /** Into nothing when no cable is plugged in. */
  send(bytes: Uint8Array): void {
    if (this.#socket === null || bytes.length === 0) return;
    if (this.#socket.writableLength > KEPT_BYTES) this.lost += bytes.length;
    else this.#socket.write(bytes);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

/** The host's end of a cable. */
export class Cable {
  /** Of the port, while the cable is plugged in. */
  readonly path: string;
  /** Where the far end listens. */
  readonly socketPath: string;
  #socat: ChildProcess | null = null;

  /** @param folder exists and holds nothing else */
  constructor(folder: string) {
    this.path = join(folder, 'tty');
    this.socketPath = join(folder, 'far');
  }

  /** @throws Error when no port appears in time */
  async plug(): Promise<void> {
    const socat = spawn('socat', [`PTY,raw,echo=0,link=${this.path}`, `UNIX-CONNECT:${this.socketPath}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    socat.stderr.on('data', (text) => (said += text));
    socat.on('error', (error) => (said += error.message));
    this.#socat = socat;
    const end = performance.now() + PLUG_MS;
    while (!isThere(this.path)) {
      if (performance.now() > end || socat.exitCode !== null) throw new Error(`socat made no port: ${said}`);
      await pause(5);
    }
  }

  async pull(): Promise<void> {
    const socat = this.#socat;
    this.#socat = null;
    if (socat && socat.exitCode === null && socat.pid !== undefined) {
      socat.kill('SIGKILL');
      await once(socat, 'exit');
    }
    // a real port takes its name with it
    rmSync(this.path, { force: true });
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

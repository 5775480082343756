/**
 * The one door for people on this machine: a unix socket in the data directory. One JSON line in, one out, then it is
 * closed. Bounded in length, number and time; only the account that runs the host may open it. Whoever listens holds the
 * directory's lock, so that a socket file that is found there is left over and no other host can take its place.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type Command, checkedCommand } from '../alarm/command.ts';
import { InputError, SpindleError } from '../errors.ts';
import { type SocketPath, socketPath } from './socket-path.ts';

const LONGEST_LINE = 8_192;
const MOST_AT_ONCE = 8;
/** For a line to come in; whoever opens the door says at once what he wants. */
const LINE_MS = 2_000;
/** For a commit: a disk that hangs longer is told, and the command may still be carried out. */
const COMMIT_MS = 10_000;

export type Answer = { ok: true; result: string } | { ok: false; code: string; message: string };

export interface DoorOptions {
  dataDir: string;
  /** Resolves with what was done once that is durable. `isLate`: the person has been told that it took too long. */
  carryOut(command: Command, isLate: () => boolean): Promise<string>;
  /** Tests only. */
  limits?: { lineMs?: number; commitMs?: number };
}

export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #path: SocketPath | null = null;
  #isClosed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#open(socket));
    this.#server.maxConnections = MOST_AT_ONCE;
  }

  /** Call it with the lock of the directory held. @throws what the system says when there can be no socket */
  async listen(): Promise<void> {
    if (this.#isClosed) return; // the host ends before its store was up
    const path = socketPath(this.#options.dataDir);
    if (!path)
      throw new SpindleError(
        'DOOR_PATH',
        `${this.#options.dataDir}: the path is too long for a socket; move the data directory`,
      );
    this.#path = path;
    rmSync(path.path, { force: true });
    const listening = new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('listening', resolve);
      this.#server.once('close', resolve); // shut before it was open
    });
    // the file is made inside `listen`: at no time may others open it
    const umask = process.umask(0o177);
    try {
      this.#server.listen(path.address);
    } finally {
      process.umask(umask);
    }
    await listening;
    if (!this.#isClosed) chmodSync(path.path, 0o600);
  }

  /** No more commands; those on their way are answered first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    if (this.#path) rmSync(this.#path.path, { force: true });
    await closed; // each connection ends by itself within its limits
    this.#path?.release();
  }

  #open(socket: Socket): void {
    this.#sockets.add(socket);
    const { lineMs = LINE_MS } = this.#options.limits ?? {};
    let text = '';
    let isDone = false;
    const answer = (said: Answer): void => {
      isDone = true;
      clearTimeout(late);
      socket.end(`${JSON.stringify(said)}\n`);
      // a person who does not read is not waited for
      setTimeout(() => socket.destroy(), lineMs).unref();
    };
    const form = (message: string): void => answer({ ok: false, code: 'COMMAND_FORM', message });
    const late = setTimeout(() => form(`no line came within ${lineMs / 1000} s; nothing was changed`), lineMs);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(late);
      this.#sockets.delete(socket);
    });
    socket.on('end', () => {
      if (!isDone) form('the connection ended before a whole line came; nothing was changed');
    });
    socket.on('data', (chunk: string) => {
      if (isDone) return;
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= LONGEST_LINE) return;
      isDone = true;
      clearTimeout(late);
      if (end < 0 || end > LONGEST_LINE)
        form(`got a line of more than ${LONGEST_LINE} characters; nothing was changed`);
      else void this.#answerTo(text.slice(0, end)).then(answer);
    });
  }

  async #answerTo(line: string): Promise<Answer> {
    const { commitMs = COMMIT_MS } = this.#options.limits ?? {};
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        const message = `the disk did not take it within ${commitMs / 1000} s; it may still be carried out: look at the status page before saying it again`;
        resolve({ ok: false, code: 'COMMAND_LATE', message });
      }, commitMs);
    });
    const work = this.#carriedOut(line, () => isLate);
    const said = await Promise.race([work, tooLate]);
    clearTimeout(timer);
    return said;
  }

  async #carriedOut(line: string, isLate: () => boolean): Promise<Answer> {
    try {
      return { ok: true, result: await this.#options.carryOut(checkedCommand(parsed(line)), isLate) };
    } catch (error) {
      if (error instanceof SpindleError) return { ok: false, code: error.code, message: error.message };
      const message = `the host could not: ${(error as Error)?.message ?? error}`;
      return { ok: false, code: 'COMMAND_DEFECT', message };
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new InputError('COMMAND_FORM', 'command: got no JSON object on one line; nothing was changed');
  }
}

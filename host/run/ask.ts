/** A command on its way: to the host that runs, or, with none running, by the same writer into its store. */

import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Command } from '../alarm/command.ts';
import { Desk } from '../alarm/desk.ts';
import { InputError, type SpindleError, TransportError } from '../errors.ts';
import { auditDraft, storedDesk } from '../store/commands.ts';
import { StoreReader } from '../store/reader.ts';
import { STORE_FILE } from '../store/schema.ts';
import { Store, SYSTEM_CLOCK } from '../store/store.ts';
import { pause } from '../wait.ts';
import type { Answer } from './door.ts';
import { keptPath } from './kept.ts';
import { socketPath } from './socket-path.ts';

/** Longer than the host itself waits for its disk. */
const ANSWER_MS = 15_000;
const LONGEST_ANSWER = 65_536;
/** A host that starts holds the lock before it listens. */
const STARTING_MS = 3_000;
const AGAIN_MS = 200;

/**
 * @returns what was done; it is durable
 * @throws InputError COMMAND_STORE, COMMAND_DENIED, STORE_LOCKED, and what the command is refused for; TransportError
 *   COMMAND_LOST when the host ended or fell silent before it answered
 */
export async function ask(dataDir: string, command: Command): Promise<string> {
  if (!existsSync(join(dataDir, STORE_FILE)))
    throw new InputError(
      'COMMAND_STORE',
      `${dataDir}: no host runs there and it holds no ${STORE_FILE}, wanted a data directory of Spindle: give --data DIR; nothing was changed`,
    );
  const end = performance.now() + STARTING_MS;
  for (;;) {
    const answer = await asked(dataDir, command);
    if (answer) return resultOf(answer);
    try {
      return written(dataDir, command);
    } catch (error) {
      const isLocked = error instanceof InputError && error.code === 'STORE_LOCKED';
      if (!isLocked || performance.now() > end) throw isLocked ? notListening(error) : error;
    }
    await pause(AGAIN_MS);
  }
}

function notListening(cause: SpindleError): InputError {
  return new InputError('STORE_LOCKED', `${cause.message} (it holds the store, but takes no commands at host.sock)`, {
    cause,
  });
}

function resultOf(answer: Answer): string {
  if (answer.ok) return answer.result;
  const { code, message } = answer;
  throw code === 'COMMAND_LATE' || code === 'COMMAND_DEFECT'
    ? new TransportError(code, message)
    : new InputError(code, message);
}

/** @returns null when nobody listens */
function asked(dataDir: string, command: Command): Promise<Answer | null> {
  const at = socketPath(dataDir);
  if (!at) return Promise.resolve(null);
  return new Promise<Answer | null>((resolve, reject) => {
    const socket = connect(at.address);
    let text = '';
    let isSent = false;
    const lost = (why: string): void =>
      reject(
        new TransportError(
          'COMMAND_LOST',
          `${at.path}: ${why}; the command may or may not have been carried out: look at the status page, or say it again`,
        ),
      );
    const timer = setTimeout(() => {
      lost(`the host did not answer within ${ANSWER_MS / 1000} s`);
      socket.destroy();
    }, ANSWER_MS);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      isSent = true;
      socket.write(`${JSON.stringify(command)}\n`);
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_ANSWER) socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isSent) lost(`the host went away before it answered (${error.code ?? error.message})`);
      else if (error.code === 'EACCES' || error.code === 'EPERM') reject(denied(at.path));
      else if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') resolve(null);
      else
        reject(
          new TransportError('COMMAND_SOCKET', `${at.path}: cannot be used (${error.message}); nothing was changed`),
        );
    });
    socket.on('close', () => {
      clearTimeout(timer);
      at.release();
      const answer = answerIn(text);
      if (answer) resolve(answer);
      else if (isSent) lost('the host went away before it answered');
    });
  });
}

function answerIn(text: string): Answer | null {
  if (!text.endsWith('\n')) return null;
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}

function denied(path: string): InputError {
  return new InputError(
    'COMMAND_DENIED',
    `${path}: may only be used by the account that runs the host; say it as that account; nothing was changed`,
  );
}

/** With the lock of the directory, by the writer that the host uses. */
function written(dataDir: string, command: Command): string {
  const reader = new StoreReader(dataDir);
  const points = reader.points();
  reader.close();
  const store = Store.open({ dataDir, points });
  try {
    for (const warning of store.warnings) console.error(`warn: ${warning}`);
    const desk = new Desk(points.map(({ name }) => name));
    desk.recall(storedDesk(store.database).points);
    const [monoUs, utcUs] = [SYSTEM_CLOCK.monoUs(), SYSTEM_CLOCK.utcUs()];
    const decision = desk.decide(command, utcUs / 1000);
    const { id } = points.find(({ name }) => name === command.point)!;
    store.append(auditDraft(command, decision, id, 'cli, no host running', { monoUs, utcUs }));
    store.finish();
    if (decision.action === 'false-relearn') rmSync(keptPath(dataDir, command.point), { force: true });
    return `${decision.result}; no host runs, it is written down for the next one`;
  } finally {
    store.close();
  }
}

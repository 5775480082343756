/** Runs a racing program in processes of their own, all WebAssembly straight from the optimising compiler: a warm host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ON_ONE_CORE } from './one-core.ts';

const FLAGS = ['--no-liftoff', '--no-wasm-lazy-compilation', '--disable-warning=ExperimentalWarning'];

/**
 * @param program file of this folder that is given the path of the request and prints one line of JSON
 * @returns its answers, one a process; each process places code and data in memory anew
 */
export async function inProcesses<Answer>(
  program: string,
  request: object,
  folder: string,
  processes: number,
): Promise<Answer[]> {
  const requestPath = join(folder, 'request.json');
  writeFileSync(requestPath, JSON.stringify(request));
  const path = fileURLToPath(new URL(program, import.meta.url));
  const [command, ...args] = [...ON_ONE_CORE, process.execPath, ...FLAGS, path, requestPath];
  const answers: Answer[] = [];
  while (answers.length < processes) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [answer] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}`);
    answers.push(JSON.parse(answer) as Answer);
  }
  return answers;
}

/** Runs a board's executable in its emulator, where time is a count of instructions. Its files are those of its folder. */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { AotError } from './aot-error.ts';
import { TARGETS, type TargetName } from './targets.ts';

/** @throws AotError `AOT_RUN` with what the program said, or that it took longer than `timeoutMs` */
export function emulate(target: TargetName, executable: string, timeoutMs: number): void {
  const [command, ...args] = TARGETS[target].command(executable, { icount: true });
  const options = { cwd: dirname(executable), encoding: 'utf8', timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
  const { error, status, signal, stderr } = spawnSync(command, args, options);
  if (error || status !== 0)
    throw new AotError('AOT_RUN', `${executable}: ${error?.message ?? signal ?? `exit code ${status}`}\n${stderr}`);
}

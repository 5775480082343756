/** The core as C, played: hardened, compiled for a processor, and run there or in its emulator. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AotError } from '../../firmware/aot/aot-error.ts';
import { type CModule, cModule } from '../../firmware/aot/c-module.ts';
import { compile, type Program } from '../../firmware/aot/compile.ts';
import { TARGETS, type Target, type TargetName } from '../../firmware/aot/targets.ts';
import { installedVersion, WASM2C_VERSION } from '../../firmware/aot/wasm2c.ts';
import { newFolder } from '../support/folder.ts';
import { programOnPath } from '../support/needs.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const MOST_ANSWERS = 1 << 28;

/** What is not there by the path that was asked for: each is asked once. */
const asked = new Map<string, string | null>();

function once(path: string, ask: () => string | null): string | null {
  if (!asked.has(path)) asked.set(path, ask());
  return asked.get(path) as string | null;
}

function missingWasm2c(): string | null {
  const program = programOnPath('wasm2c');
  if (!program) return 'wasm2c on PATH (Debian 12: wabt)';
  return once(program, () => {
    const version = installedVersion();
    return version === WASM2C_VERSION ? null : `wasm2c ${WASM2C_VERSION} (Debian 12: wabt): ${program} is ${version}`;
  });
}

/** By the compiler itself, which knows where its library is. */
function missingHeader({ compiler, flags, packages }: Target): string | null {
  const program = programOnPath(compiler);
  if (!program) return `${compiler} on PATH (Debian: ${packages.join(', ')})`;
  return once(program, () => {
    const args = [...flags, '-fsyntax-only', '-xc', '-'];
    const { status } = spawnSync(program, args, { input: '#include <stdio.h>\n' });
    return status === 0 ? null : `stdio.h that ${program} finds (Debian: ${packages.join(', ')})`;
  });
}

/** What has to be installed to build for `targets`; null when all is there. */
export function missingFor(...targets: TargetName[]): string | null {
  const wasm2c = missingWasm2c();
  if (wasm2c) return wasm2c;
  for (const target of targets.map((name): Target => TARGETS[name])) {
    const header = missingHeader(target);
    if (header) return header;
    const [program] = target.command('program');
    if (program !== 'program' && !programOnPath(program))
      return `${program} on PATH (Debian: ${target.packages.join(', ')})`;
  }
  return null;
}

/** A built player of tapes, or another program that answers to bytes through play.h. */
export class NativePlayer {
  readonly #folder = newFolder('native');
  readonly #target: Target;
  readonly #executable: string;

  constructor(
    wasm: Uint8Array | CModule,
    program: Pick<Program, 'target' | 'optimize' | 'contract' | 'flags'>,
    player = path('play.c'),
  ) {
    this.#target = TARGETS[program.target];
    const module = wasm instanceof Uint8Array ? cModule(wasm) : wasm;
    const sources = [player, path(this.#target.board ? 'play-board.c' : 'play-posix.c')];
    const flags = [...(program.flags ?? []), `-I${path('.')}`];
    this.#executable = compile({ ...program, module, sources, flags }, this.#folder);
  }

  /**
   * @returns the answers, as `play` gives them
   * @throws AotError `AOT_RUN` with what the player said, or that it took too long
   */
  play(tape: Uint8Array, timeoutMs: number): Uint8Array {
    const [command, ...args] = this.#target.command(this.#executable);
    const answers = join(this.#folder, 'answers');
    if (this.#target.board) writeFileSync(join(this.#folder, 'tape'), tape);
    const input = this.#target.board ? undefined : tape;
    const options = {
      cwd: this.#folder,
      input,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_ANSWERS,
    } as const;
    const { error, status, signal, stdout, stderr } = spawnSync(command, args, options);
    if (error || status !== 0)
      throw new AotError('AOT_RUN', `${command}: ${error?.message ?? signal ?? `exit code ${status}`}\n${stderr}`);
    if (!this.#target.board) return stdout;
    const bytes = readFileSync(answers);
    rmSync(answers);
    return bytes;
  }
}

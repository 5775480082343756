/** The node's logic as a WebAssembly module: compiled from AssemblyScript, and how much memory it needs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AotError } from '../aot/aot-error.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ASC = 'node_modules/assemblyscript/bin/asc.js';

/** Functions that it imports, all of this module. */
export const NODE_IMPORTS = 'board';

export interface NodeExports {
  memory: WebAssembly.Memory;
  descriptorAt(): number;
  scansAt(): number;
  inputAt(): number;
  usedBytes(): number;
  begin(): void;
  chunk(scans: number, us: bigint, bits: number, dropped: number): void;
  received(link: number, length: number): void;
  opened(link: number): void;
  closed(link: number): void;
  poll(waiting: number, dropped: number): void;
}

export interface NodeImports {
  microseconds(): bigint;
  transmit(link: number, at: number, length: number, kind: number): number;
  sensor(operation: number, argument: number): number;
  save(at: number, length: number): number;
  load(at: number, capacity: number): number;
  restart(kind: number): void;
}

/** Compiled to `file`; its bytes. */
export function nodeModule(file: string): Uint8Array {
  mkdirSync(dirname(file), { recursive: true });
  const args = ['core-wasm/node.ts', '-o', file, '--config', 'firmware/node/asconfig.json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [ASC, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new AotError('AOT_COMPILER', `asc ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return readFileSync(file);
}

/** @param module  its bytes, or compiled */
export function nodeInstance(module: Uint8Array | WebAssembly.Module, board: NodeImports): NodeExports {
  const { Instance } = WebAssembly as unknown as {
    Instance: new (m: WebAssembly.Module, imports: object) => { exports: unknown };
  };
  const compiled = module instanceof Uint8Array ? new WebAssembly.Module(new Uint8Array(module)) : module;
  return new Instance(compiled, { board }).exports as NodeExports;
}

/** The bytes of memory that a board has to give it: a multiple of 16. */
export function nodeMemoryBytes(module: Uint8Array): number {
  const none = (): never => {
    throw new AotError('AOT_MODULE', 'usedBytes() calls the board');
  };
  const silent = { microseconds: none, transmit: none, sensor: none, save: none, load: none, restart: none };
  return Math.ceil(nodeInstance(module, silent).usedBytes() / 16) * 16;
}

/**
 * Where a host listens for commands: DIR/host.sock. The kernel takes 107 bytes of path at most; a longer one is reached
 * through an open descriptor of its folder.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';

const LONGEST = 107;

export interface SocketPath {
  /** Of the file, for people. */
  path: string;
  /** What `listen` and `connect` are given. */
  address: string;
  /** After `listen` or `connect` has returned its result. */
  release(): void;
}

/** @returns null where the path is too long and the system has no way around it */
export function socketPath(dataDir: string): SocketPath | null {
  const path = join(dataDir, 'host.sock');
  if (Buffer.byteLength(path) <= LONGEST) return { path, address: path, release: () => {} };
  if (!existsSync('/proc/self/fd')) return null;
  const folder = openSync(dataDir, 'r');
  return { path, address: `/proc/self/fd/${folder}/host.sock`, release: () => closeSync(folder) };
}

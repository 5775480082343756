/**
 * What the host asks of a node (docs/wire.md). A node that has a key takes only the authenticated form: a counter that
 * never goes back, and the first 16 bytes of HMAC-SHA-256 over the map without its key 7.
 */
import { createHmac } from 'node:crypto';
import { encodeMap } from '../../frame/codec.ts';
import type { FrameValue } from '../../types.ts';
import { framed } from './frame.ts';
import { WIRE_VERSION } from './message.ts';

export const NODE_KEY_BYTES = 32;
const MAC_BYTES = 16;
const COMMAND = 16;

export const COMMANDS = ['identify', 'configure', 'start', 'stop', 'calibrate', 'self-test', 'reboot', 'key'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Status of an answer, by its number on the wire. */
export const ANSWERS = ['done', 'refused', 'unknown', 'not authentic', 'replayed'] as const;

export interface NodeCommand {
  sequence: number;
  name: CommandName;
  /** By the keys that docs/wire.md gives the command. */
  argument: Map<number, FrameValue>;
}

/** Who may command a node that has a key. */
export interface Authority {
  /** NODE_KEY_BYTES bytes. */
  key: Uint8Array;
  /** Above every one that the node has heard. */
  counter: number;
}

/** The bytes for the line. */
export function encodeCommand(command: NodeCommand, authority: Authority | null = null): Uint8Array {
  const map = new Map<number, FrameValue>([
    [1, COMMAND],
    [2, WIRE_VERSION],
    [3, command.sequence],
    [4, command.name],
    [5, encodeMap(command.argument)],
  ]);
  if (authority !== null) {
    map.set(6, authority.counter);
    map.set(7, macOf(encodeMap(map), authority.key));
  }
  return framed(encodeMap(map));
}

/** What stands in key 7. */
export function macOf(body: Uint8Array, key: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES));
}

/** A node that a person named, to be asked and told, not read. */
import type { NodeSource } from '../acquire/serial/node-source.ts';

/**
 * @param node board id or path of its port
 * @param findMs how long it is waited for; the source's own patience if absent
 * @throws InputError NODE_KEY_FILE
 */
export async function nodeAt(node: string, keyFile?: string, findMs?: number): Promise<NodeSource> {
  const { NodeSource } = await import('../acquire/serial/node-source.ts');
  const { Whereabouts } = await import('../acquire/serial/whereabouts.ts');
  const { readNodeKey } = await import('../acquire/serial/node-key.ts');
  const key = keyFile === undefined ? {} : { key: readNodeKey(keyFile) };
  return new NodeSource({ node, whereabouts: new Whereabouts(), starts: false, ...key, ...(findMs ? { findMs } : {}) });
}

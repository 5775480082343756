/**
 * Where the nodes of this host are. A node is called by the path of its port or by its board id; a board that is plugged
 * in elsewhere is found again by its id. Ports are asked one at a time, and only those of boards that may be nodes: to
 * write to a port that nobody named would disturb what else hangs there.
 */
import { access, stat } from 'node:fs/promises';
import { TransportError } from '../../errors.ts';
import type { Hello } from '../wire/message.ts';
import { greet } from './greet.ts';
import { type OpenLine, openPort } from './line.ts';
import { nodePorts } from './ports.ts';

export const BOARD_ID = /^[0-9a-f]{16}$/i;

export const boardIdText = (hello: Hello): string => Buffer.from(hello.boardId).toString('hex');

export class Whereabouts {
  readonly #root: string;
  readonly #open: OpenLine;
  /** Board ids by the port that they were met at, for as long as that port is there. */
  readonly #met = new Map<string, { boardId: string; made: number }>();
  readonly #claimed = new Map<string, string>();
  #asking: Promise<unknown> = Promise.resolve();

  constructor(root = '/', open: OpenLine = openPort) {
    this.#root = root;
    this.#open = open;
  }

  /**
   * The port of a node now, as `NodeLink` wants it; null when it is nowhere.
   * @param node board id or path
   */
  async locate(node: string): Promise<string | null> {
    this.#claimed.delete(node);
    const path = BOARD_ID.test(node) ? await this.#ofBoard(node.toLowerCase()) : await present(node);
    if (path !== null) this.#claimed.set(node, path);
    return path;
  }

  async #ofBoard(boardId: string): Promise<string | null> {
    const ports = await nodePorts(this.#root);
    const named = ports.find(({ serialNumber }) => serialNumber.toLowerCase() === boardId);
    if (named) return named.path;
    // one at a time: two who look for two boards would be in each other's way
    const asked = this.#asking.then(async () => {
      for (const { path } of ports) if ((await this.#boardAt(path)) === boardId) return path;
      return null;
    });
    this.#asking = asked.catch(() => {});
    return asked;
  }

  async #boardAt(path: string): Promise<string | null> {
    const made = await stat(path).then(
      ({ ctimeMs }) => ctimeMs,
      () => null,
    );
    if (made === null) return null;
    const met = this.#met.get(path);
    if (met?.made === made) return met.boardId;
    if ([...this.#claimed.values()].includes(path)) return null;
    try {
      const boardId = boardIdText(await greet(path, this.#open));
      this.#met.set(path, { boardId, made });
      return boardId;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return null; // no node, or in the hands of somebody else
    }
  }
}

const present = (path: string): Promise<string | null> =>
  access(path).then(
    () => path,
    () => null,
  );

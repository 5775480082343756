/**
 * Everything that a node module was told, in order: calls with their arguments and bytes, and what the board answered
 * meanwhile. Played to the same logic anywhere it must give the same messages. Little-endian; play-node.c reads it too.
 */
import { type NodeExports, nodeInstance } from '../../firmware/node/module.ts';

export const CALL = { begin: 1, chunk: 2, received: 3, opened: 4, closed: 5, poll: 6 } as const;
export const IMPORT = { microseconds: 1, transmit: 2, sensor: 3, save: 4, load: 5, restart: 6 } as const;

/** A call: kind, four numbers, what stands in memory for it, and the answers that it was given. */
export class Recorder {
  readonly #parts: Uint8Array[] = [];
  #call: { kind: number; numbers: bigint[]; bytes: Uint8Array } | null = null;
  #answers: { kind: number; value: bigint; bytes: Uint8Array }[] = [];

  call(kind: number, numbers: (number | bigint)[], bytes: Uint8Array = new Uint8Array()): void {
    this.end();
    this.#call = { kind, numbers: numbers.map(BigInt), bytes: Uint8Array.from(bytes) };
  }

  /** @param bytes  what `load` put into memory */
  answer(kind: number, value: number | bigint, bytes: Uint8Array = new Uint8Array()): void {
    this.#answers.push({ kind, value: BigInt.asUintN(64, BigInt(value)), bytes: Uint8Array.from(bytes) });
  }

  end(): void {
    if (!this.#call) return;
    const { kind, numbers, bytes } = this.#call;
    const size = 40 + bytes.length + this.#answers.reduce((sum, answer) => sum + 12 + answer.bytes.length, 0);
    const part = new Uint8Array(size);
    const view = new DataView(part.buffer);
    view.setUint16(0, kind, true);
    view.setUint16(2, bytes.length, true);
    view.setUint32(4, this.#answers.length, true);
    for (const [i, number] of numbers.entries()) view.setBigUint64(8 + 8 * i, number, true);
    part.set(bytes, 40);
    let at = 40 + bytes.length;
    for (const answer of this.#answers) {
      view.setUint16(at, answer.kind, true);
      view.setUint16(at + 2, answer.bytes.length, true);
      view.setBigUint64(at + 4, answer.value, true);
      part.set(answer.bytes, at + 12);
      at += 12 + answer.bytes.length;
    }
    this.#parts.push(part);
    this.#call = null;
    this.#answers = [];
  }

  get tape(): Uint8Array {
    this.end();
    return Buffer.concat(this.#parts);
  }
}

/**
 * What the module sends when it is played the tape: link and kind, u16 length, bytes, for each message that is taken.
 *
 * @throws Error where it asks the board for something else than what stands on the tape
 */
export function playInNode(module: Uint8Array | WebAssembly.Module, tape: Uint8Array): Uint8Array {
  const view = new DataView(tape.buffer, tape.byteOffset, tape.length);
  const sent: Uint8Array[] = [];
  let [at, left] = [0, 0];
  const next = (kind: number): { value: bigint; bytes: Uint8Array } => {
    if (left-- === 0 || view.getUint16(at, true) !== kind)
      throw new Error(`tape at ${at}: asked for ${kind}, wanted ${left < 0 ? 'nothing' : view.getUint16(at, true)}`);
    const bytes = tape.subarray(at + 12, at + 12 + view.getUint16(at + 2, true));
    const value = view.getBigUint64(at + 4, true);
    at += 12 + bytes.length;
    return { value, bytes };
  };
  const small = (kind: number): number => Number(BigInt.asIntN(32, next(kind).value));
  const node: NodeExports = nodeInstance(module, {
    microseconds: () => next(IMPORT.microseconds).value,
    transmit: (link, from, length, kind) => {
      const message = new Uint8Array(4 + length);
      message.set([link, kind, length & 0xff, length >> 8]);
      message.set(memory().subarray(from, from + length), 4);
      const isTaken = small(IMPORT.transmit);
      if (isTaken) sent.push(message);
      return isTaken;
    },
    sensor: () => small(IMPORT.sensor),
    save: () => small(IMPORT.save),
    load: (to) => {
      const { value, bytes } = next(IMPORT.load);
      memory().set(bytes, to);
      return Number(value);
    },
    restart: () => {
      next(IMPORT.restart);
    },
  });
  const memory = (): Uint8Array => new Uint8Array(node.memory.buffer);
  while (at < tape.length) {
    const kind = view.getUint16(at, true);
    const bytes = tape.subarray(at + 40, at + 40 + view.getUint16(at + 2, true));
    left = view.getUint32(at + 4, true);
    const [a, b, c, d] = [8, 16, 24, 32].map((offset) => view.getBigUint64(at + offset, true));
    at += 40 + bytes.length;
    if (kind === CALL.begin) {
      memory().set(bytes, node.descriptorAt());
      node.begin();
    } else if (kind === CALL.chunk) {
      memory().set(bytes, node.scansAt());
      node.chunk(Number(a), b, Number(c), Number(d));
    } else if (kind === CALL.received) {
      memory().set(bytes, node.inputAt());
      node.received(Number(a), bytes.length);
    } else if (kind === CALL.opened) node.opened(Number(a));
    else if (kind === CALL.closed) node.closed(Number(a));
    else if (kind === CALL.poll) node.poll(Number(a), Number(b));
    else throw new Error(`tape at ${at}: call ${kind} is not known`);
    if (left !== 0) throw new Error(`tape at ${at}: ${left} answers were not asked for`);
  }
  return Buffer.concat(sent);
}

/** Samples in the chunks of a tape. */
export function scansOn(tape: Uint8Array): number {
  const view = new DataView(tape.buffer, tape.byteOffset, tape.length);
  let scans = 0;
  for (let at = 0; at < tape.length; ) {
    if (view.getUint16(at, true) === CALL.chunk) scans += Number(view.getBigUint64(at + 8, true));
    let answers = view.getUint32(at + 4, true);
    at += 40 + view.getUint16(at + 2, true);
    for (; answers > 0; answers--) at += 12 + view.getUint16(at + 2, true);
  }
  return scans;
}

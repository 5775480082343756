/**
 * A firmware image in the form in which a board takes it, UF2: blocks of 512 bytes, each with 256 bytes and where they go.
 * The image itself says for which board and sensor it is and what its hash is (docs/wire.md).
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { InputError } from '../errors.ts';

export interface Image {
  path: string;
  /** What is copied to the board. */
  bytes: Uint8Array;
  board: string;
  sensor: string;
  /** What the node says in its hello once it runs this image. */
  firmwareHash: Uint8Array;
}

const BLOCK_BYTES = 512;
const PAYLOAD_BYTES = 256;
const MAX_BYTES = 8 * 1024 * 1024;
const MAGIC = [0x0a324655, 0x9e5d5157] as const;
const MAGIC_END = 0x0ab16f30;
const FAMILY_PRESENT = 0x2000;
const RP2040 = 0xe48bff56;
const FLASH = 0x10000000;

const IDENTITY = 0x1c0;
const IDENTITY_MARK = 'SPINDLE1';
const HASH_AT = IDENTITY + 12;

/** @throws InputError FLASH_IMAGE */
export function readImage(path: string): Image {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('FLASH_IMAGE', `${path}: ${why}; nothing was flashed`, { cause });
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw refuse(`got ${size} bytes, wanted an image of at most ${MAX_BYTES}`);
    bytes = readFileSync(path);
  } catch (cause) {
    throw cause instanceof InputError ? cause : refuse((cause as Error).message, cause);
  }
  const image = payloadOf(bytes, refuse);
  if (Buffer.from(image.subarray(IDENTITY, IDENTITY + 8)).toString('latin1') !== IDENTITY_MARK)
    throw refuse(`does not say that it is Spindle firmware, wanted ${IDENTITY_MARK} at 0x${IDENTITY.toString(16)}`);
  const length = viewOf(image).getUint32(IDENTITY + 8, true);
  if (length < HASH_AT + 64 || length > image.length)
    throw refuse(`says that it has ${length} bytes and holds ${image.length}`);
  const text = (at: number): string =>
    Buffer.from(image.subarray(at, at + 16))
      .toString('latin1')
      .replace(/\0+$/, '');
  const plain = image.slice(0, length);
  plain.fill(0, HASH_AT, HASH_AT + 32);
  const firmwareHash = createHash('sha256').update(plain).digest();
  if (!firmwareHash.equals(image.subarray(HASH_AT, HASH_AT + 32)))
    throw refuse('is damaged: its hash is not that of its bytes');
  return {
    path,
    bytes,
    board: text(HASH_AT + 32),
    sensor: text(HASH_AT + 48),
    firmwareHash: Uint8Array.from(firmwareHash),
  };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What comes to stand from the start of the flash on. */
export function payloadOf(bytes: Uint8Array, refuse: (why: string) => Error): Uint8Array {
  const blocks = bytes.length / BLOCK_BYTES;
  if (!Number.isInteger(blocks) || blocks === 0)
    throw refuse(`got ${bytes.length} bytes, wanted UF2 blocks of ${BLOCK_BYTES}`);
  const image = new Uint8Array(blocks * PAYLOAD_BYTES);
  for (let block = 0; block < blocks; block++) {
    const view = viewOf(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
    const word = (index: number): number => view.getUint32(4 * index, true);
    const isBlock = word(0) === MAGIC[0] && word(1) === MAGIC[1] && view.getUint32(BLOCK_BYTES - 4, true) === MAGIC_END;
    if (!isBlock) throw refuse(`block ${block} is no UF2 block`);
    if ((word(2) & FAMILY_PRESENT) === 0 || word(7) !== RP2040)
      throw refuse(`block ${block} is of family 0x${word(7).toString(16)}, wanted 0x${RP2040.toString(16)} (RP2040)`);
    if (word(5) !== block || word(6) !== blocks) throw refuse(`block ${block} says it is ${word(5)} of ${word(6)}`);
    if (word(4) !== PAYLOAD_BYTES || word(3) !== FLASH + block * PAYLOAD_BYTES)
      throw refuse(
        `block ${block} holds ${word(4)} bytes for 0x${word(3).toString(16)}, wanted ${PAYLOAD_BYTES} end to end`,
      );
    image.set(
      bytes.subarray(block * BLOCK_BYTES + 32, block * BLOCK_BYTES + 32 + PAYLOAD_BYTES),
      block * PAYLOAD_BYTES,
    );
  }
  return image;
}

/** The file that a Pico's USB volume takes (UF2; the RP2040's ROM wants 256 bytes a block, a family and one count). */
import { AotError } from '../aot/aot-error.ts';

export const UF2_BLOCK_BYTES = 512;
export const UF2_FAMILY_RP2040 = 0xe48bff56;

const PAYLOAD_BYTES = 256;
const MAGIC_BEGIN = [0x0a324655, 0x9e5d5157] as const;
const MAGIC_END = 0x0ab16f30;
const FLAG_FAMILY = 0x2000;

/** @param address  of the first byte; a multiple of 256 */
export function uf2(image: Uint8Array, address: number): Uint8Array {
  if (address % PAYLOAD_BYTES !== 0)
    throw new AotError(
      'AOT_TEXT',
      `UF2: address: got 0x${address.toString(16)}, wanted a multiple of ${PAYLOAD_BYTES}`,
    );
  const blocks = Math.ceil(image.length / PAYLOAD_BYTES);
  const file = new Uint8Array(blocks * UF2_BLOCK_BYTES);
  for (let block = 0; block < blocks; block++) {
    const view = new DataView(file.buffer, block * UF2_BLOCK_BYTES, UF2_BLOCK_BYTES);
    const words = [
      ...[...MAGIC_BEGIN, FLAG_FAMILY, address + block * PAYLOAD_BYTES],
      ...[PAYLOAD_BYTES, block, blocks, UF2_FAMILY_RP2040],
    ];
    for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
    const payload = image.subarray(block * PAYLOAD_BYTES, (block + 1) * PAYLOAD_BYTES);
    file.set(payload, block * UF2_BLOCK_BYTES + 32);
    view.setUint32(UF2_BLOCK_BYTES - 4, MAGIC_END, true);
  }
  return file;
}

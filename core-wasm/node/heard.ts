/** What comes in on the links: bytes to messages. */
import { LINK_USB } from './board';
import { cobsDecode } from './cobs';
import { command } from './command';
import { crc32c } from './crc';
import { CRC_BYTES, HEARD, INPUT, MESSAGE_BYTES } from './map';

const NONE: i32 = 0;
const OVERFLOWN: i32 = -1;

/** Messages that were no message, since boot. */
export let damaged: u32 = 0;
/** Of the last command that was heard, whatever became of it. */
export let lastSequence: u32 = 0;

/** Bytes of the open message, or OVERFLOWN. */
let uartBytes: i32 = 0;
let usbBytes: i32 = 0;
/** Before the first delimiter after opening nothing counts as damage. */
let isUartSynced: bool = false;
let isUsbSynced: bool = false;

export function heardSequence(sequence: u32): void {
  lastSequence = sequence;
}

export function forget(link: i32): void {
  if (link == LINK_USB) {
    usbBytes = NONE;
    isUsbSynced = false;
  } else {
    uartBytes = NONE;
    isUartSynced = false;
  }
}

/** `length` bytes at INPUT. */
export function hear(link: i32, length: i32): void {
  const isUsb = link == LINK_USB;
  const message = HEARD + (isUsb ? <usize>MESSAGE_BYTES : 0);
  let bytes = isUsb ? usbBytes : uartBytes;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(INPUT + <usize>i);
    if (byte != 0) {
      if (bytes == MESSAGE_BYTES - 1) bytes = OVERFLOWN;
      if (bytes != OVERFLOWN) {
        store<u8>(message + <usize>bytes, byte);
        bytes++;
      }
      continue;
    }
    const isSynced = isUsb ? isUsbSynced : isUartSynced;
    if (isUsb) isUsbSynced = true;
    else isUartSynced = true;
    if (bytes != NONE && !understand(link, message, bytes) && isSynced) damaged++;
    bytes = NONE;
  }
  if (isUsb) usbBytes = bytes;
  else uartBytes = bytes;
}

function understand(link: i32, message: usize, bytes: i32): bool {
  if (bytes == OVERFLOWN) return false;
  const length = cobsDecode(message, bytes) - CRC_BYTES;
  if (length <= 0) return false;
  const crc = message + <usize>length;
  const wanted =
    <u32>load<u8>(crc) | (<u32>load<u8>(crc, 1) << 8) | (<u32>load<u8>(crc, 2) << 16) | (<u32>load<u8>(crc, 3) << 24);
  return crc32c(message, length) == wanted && command(link, message, length);
}

/** Short texts of answers and heartbeats, in TEXT. What does not fit is cut. */
import { TEXT, TEXT_BYTES } from './map';

let length: i32 = 0;

export function textBegin(): void {
  length = 0;
}

export function textBytes(): i32 {
  return length;
}

function put(character: u32): void {
  if (length == TEXT_BYTES) return;
  store<u8>(TEXT + <usize>length, character);
  length++;
}

/** A literal of ASCII. */
export function say(literal: string): void {
  const at = changetype<usize>(literal);
  for (let i = 0; i < literal.length; i++) put(load<u16>(at + (<usize>i << 1)));
}

export function sayBytes(at: usize, count: i32): void {
  for (let i = 0; i < count; i++) put(load<u8>(at + <usize>i));
}

export function sayNumber(value: i32): void {
  if (value < 0) put(45);
  let rest = value < 0 ? <u32>-value : <u32>value;
  let unit: u32 = 1;
  while (rest / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) {
    put(48 + rest / unit);
    rest %= unit;
  }
}

/** 0x and two digits. */
export function sayHex(byte: u32): void {
  say('0x');
  digit((byte >>> 4) & 15);
  digit(byte & 15);
}

function digit(value: u32): void {
  put(value < 10 ? 48 + value : 55 + value);
}

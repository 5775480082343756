/**
 * Numbers in text, read from the bytes: the common forms by exact arithmetic, everything else by JavaScript itself,
 * so that the value is always the one `Number(text)` gives. Text that is no number is NaN.
 */

const ZERO = 48;
const SPACE = 32;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const TAB = 9;
const QUOTE = 34;

/** Powers of ten that a double holds exactly. */
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power);
/** Up to 15 digits, the digits as an integer are exact; then one division by an exact power rounds once. */
const EXACT_DIGITS = 15;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** @param decimal  the byte of the decimal sign: '.' or ',' */
export function parseNumber(bytes: Uint8Array, from: number, to: number, decimal: number): number {
  while (from < to && (bytes[from] === SPACE || bytes[from] === TAB)) from++;
  while (to > from && (bytes[to - 1] === SPACE || bytes[to - 1] === TAB)) to--;
  let at = from;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  let digits = 0;
  let value = 0;
  let decimals = -1;
  for (; at < to; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[at] === decimal && decimals < 0) decimals = 0;
    else break;
  }
  if (at < to || digits === 0 || digits > EXACT_DIGITS) return parseText(bytes, from, to, decimal);
  if (decimals > 0) value /= TENS[decimals];
  // 1, without digits is a list that goes on, not a number
  else if (decimals === 0 && decimal !== POINT) return Number.NaN;
  return isNegative ? -value : value;
}

function parseText(bytes: Uint8Array, from: number, to: number, decimal: number): number {
  if (to - from > 1 && bytes[from] === QUOTE && bytes[to - 1] === QUOTE)
    return parseNumber(bytes, from + 1, to - 1, decimal);
  return numberOf(String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 400))), decimal);
}

/** The same for a string; `1e5`, `+2.`, `.5` and infinities are numbers, the empty text is not. */
export function numberOf(text: string, decimal = POINT): number {
  let plain = text.trim();
  if (decimal !== POINT) {
    if (plain.includes('.') || /,(?!\d)/.test(plain)) return Number.NaN;
    plain = plain.replace(',', '.');
  }
  if (NUMBER.test(plain)) return Number(plain);
  const infinite = INFINITE.exec(plain);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number.NaN;
}

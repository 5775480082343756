/** Values of options, checked where they are read, so that a slip is named before anything starts. */
import { InvalidArgumentError } from 'commander';

/** A number above 0. */
export function positive(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError('Wanted a number above 0.');
  return value;
}

/** 0 means any free port. */
export function port(text: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 65_535)) throw new InvalidArgumentError('Wanted a port from 0 to 65535.');
  return value;
}

/** Comma separated, no empty parts. */
export function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) throw new InvalidArgumentError('Wanted names separated by commas.');
  return parts;
}

/** The last paragraph of every help. */
export const example = (line: string, meaning: string): string => `\nExample:\n  ${line}\n      ${meaning}`;

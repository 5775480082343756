/** What a person asks of the alarm stage: one JSON object, checked before anything is done with it. */
import { InputError } from '../errors.ts';

export const ACTIONS = ['ack', 'shelve', 'confirm', 'false'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Command {
  action: Action;
  point: string;
  /** Who says so. */
  by: string;
  reason: string;
  /** Of `shelve`: how long, in ms; 0 ends it. */
  forMs?: number;
  /** Of `false`: what is normal was learned wrong and is learned anew. */
  relearn?: boolean;
}

/** Longest texts, in characters: a reason is a sentence, a frame is no letter. */
const LONGEST = { point: 256, by: 64, reason: 500 };
/** No point stays silent for longer than a week without somebody saying so again. */
export const LONGEST_SHELF_MS = 7 * 86_400_000;
export const DEFAULT_SHELF_MS = 8 * 3_600_000;

/**
 * @param input anything: what came over a socket, or from the command line
 * @throws InputError COMMAND_FORM, naming what was got and wanted
 */
export function checkedCommand(input: unknown): Command {
  const refuse = (text: string): InputError => new InputError('COMMAND_FORM', `command: ${text}; nothing was changed`);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw refuse('got no object, wanted one');
  const given = input as Record<string, unknown>;
  const known = ['action', 'point', 'by', 'reason', 'forMs', 'relearn'];
  const odd = Object.keys(given).find((key) => !known.includes(key));
  if (odd !== undefined) throw refuse(`got the key "${odd.slice(0, 40)}", wanted only ${known.join(', ')}`);
  const action = ACTIONS.find((one) => one === given.action);
  if (!action) throw refuse(`got the action ${shown(given.action)}, wanted one of ${ACTIONS.join(', ')}`);
  const text = (key: keyof typeof LONGEST): string => {
    const value = given[key];
    const isText = typeof value === 'string' && value.trim() !== '' && value.isWellFormed() && !hasControl(value);
    if (!isText || value.length > LONGEST[key])
      throw refuse(`got ${key} ${shown(value)}, wanted 1 to ${LONGEST[key]} characters of plain text`);
    return value.trim();
  };
  const command: Command = { action, point: text('point'), by: text('by'), reason: text('reason') };
  const { forMs, relearn } = given;
  if (forMs !== undefined) {
    const isTime = typeof forMs === 'number' && Number.isInteger(forMs) && forMs >= 0 && forMs <= LONGEST_SHELF_MS;
    if (action !== 'shelve' || !isTime)
      throw refuse(`got a time of ${shown(forMs)} ms, wanted 0 to ${LONGEST_SHELF_MS} (7 days), with shelve only`);
    command.forMs = forMs;
  } else if (action === 'shelve') command.forMs = DEFAULT_SHELF_MS;
  if (relearn !== undefined) {
    if (typeof relearn !== 'boolean' || (relearn && action !== 'false'))
      throw refuse(`got relearn ${shown(relearn)}, wanted true or false, with the action false only`);
    command.relearn = relearn;
  }
  return command;
}

function hasControl(text: string): boolean {
  return [...text].some((letter) => letter < ' ' || letter === '\u007f');
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? 'nothing');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

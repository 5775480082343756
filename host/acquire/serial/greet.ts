/** Asks a port who is there, once. */
import { TransportError } from '../../errors.ts';
import { encodeCommand } from '../wire/command.ts';
import { Deframer } from '../wire/deframer.ts';
import { type Hello, readMessage } from '../wire/message.ts';
import { type OpenLine, openPort } from './line.ts';

const GREET_MS = 1500;
/** Again, in case the first was heard as the end of something else. */
const REPEAT_MS = 500;
const DELIMITER = Uint8Array.of(0);

/**
 * @returns what the node says of itself; the port is closed again
 * @throws TransportError NODE_PORT, or NODE_SILENT when nothing that is a node answers
 */
export async function greet(path: string, open: OpenLine = openPort): Promise<Hello> {
  const { promise, resolve } = Promise.withResolvers<Hello | null>();
  const deframer = new Deframer();
  const bytes = (chunk: Uint8Array): void => {
    for (const body of deframer.push(chunk)) {
      const message = readMessage(body);
      if (message?.type === 'hello') resolve(message);
    }
  };
  const line = await open(path, { bytes, ended: () => resolve(null) });
  let sequence = 0;
  const ask = (): void => {
    line.write(DELIMITER);
    line.write(encodeCommand({ sequence: ++sequence, name: 'identify', argument: new Map() }));
  };
  ask();
  const again = setInterval(ask, REPEAT_MS);
  const late = setTimeout(() => resolve(null), GREET_MS);
  const hello = await promise;
  clearInterval(again);
  clearTimeout(late);
  await line.close();
  if (hello === null)
    throw new TransportError(
      'NODE_SILENT',
      `${path}: got no hello within ${GREET_MS / 1000} s, wanted a Spindle node there; it is not used`,
    );
  return hello;
}

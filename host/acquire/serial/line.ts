/** A serial port as the host uses it: bytes in, bytes out, and an end that is told once. */
import { isMainThread } from 'node:worker_threads';
import { TransportError } from '../../errors.ts';

/** Of UART links; a USB port takes any. */
export const BAUD = 921_600;
const OPEN_MS = 3000;
const CLOSE_MS = 1000;

export interface LineListener {
  /** @param ms when the bytes were read, on the host's monotonic clock */
  bytes(chunk: Uint8Array, ms: number): void;
  /** The far side is gone; nothing comes any more. At most once. */
  ended(why: string): void;
}

export interface Line {
  /** Whether it could be handed over; never waits. */
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
}

export type OpenLine = (path: string, listener: LineListener) => Promise<Line>;

/**
 * Opens a port for this process alone, raw.
 *
 * @throws TransportError NODE_PORT when it cannot be opened, e.g. because another process has it
 */
export const openPort: OpenLine = async (path, listener) => {
  // the package's addon aborts the process when it is used in a worker
  if (!isMainThread) throw new TypeError('a serial port is opened in the main thread only');
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ path, baudRate: BAUD, autoOpen: false, highWaterMark: 65_536, lock: true });
  let hasEnded = false;
  const end = (why: string): void => {
    if (!hasEnded) listener.ended(why);
    hasEnded = true;
  };
  port.on('data', (chunk: Buffer) => listener.bytes(chunk, performance.now()));
  port.on('error', (error) => end(error.message));
  port.on('close', (error: Error | null) => end(error?.message ?? 'closed'));
  await bounded(
    OPEN_MS,
    (done) => port.open(done),
    (why) => new TransportError('NODE_PORT', `${path}: cannot be opened: ${why}`),
  ).catch((error) => {
    port.on('open', () => port.close()); // later than anybody waited
    throw error;
  });
  return {
    write: (bytes) => {
      if (port.isOpen) port.write(bytes);
    },
    close: () => {
      hasEnded = true;
      port.removeAllListeners('data');
      // a port that has gone away answers late or with an error, and is as closed as it can be
      return bounded(
        CLOSE_MS,
        (done) => (port.isOpen ? port.close(done) : done(null)),
        (why) => new TransportError('NODE_PORT', `${path}: cannot be closed: ${why}`),
      ).catch(() => {});
    },
  };
};

type Done = (error?: Error | null) => void;

function bounded(limitMs: number, start: (done: Done) => void, failure: (why: string) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(failure(`no answer within ${limitMs / 1000} s`)), limitMs);
    start((error) => {
      clearTimeout(late);
      if (error) reject(failure(error.message));
      else resolve();
    });
  });
}

/** A long day of a node: samples in odd chunks, commands good and bad, losses, a host that comes and goes. From a seed. */
import { createHmac } from 'node:crypto';
import type { SensorName } from '../../firmware/node/facts.ts';
import { Twin, UART, USB } from './twin.ts';
import { command, encoded } from './wire.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);
const MOST_SCANS = 32;

export interface Session {
  tape: Uint8Array;
  /** What was sent, as playInNode gives it. */
  sent: Uint8Array;
  scans: number;
}

export function session(sensor: SensorName, scans: number, seed: number): Session {
  let state = seed * 2 + 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const twin = new Twin(sensor);
  const scanBytes = sensor === 'adxl355' ? 9 : 6;
  let [taken, counter, isKeyed, sequence] = [0, 0, false, 0];
  twin.hasRoom = (isBlock) => !isBlock || below(50) > 0;
  const ask = (name: string, argument?: Parameters<typeof command>[2]): void => {
    const by = isKeyed
      ? {
          counter: ++counter,
          mac: (bytes: Uint8Array) => createHmac('sha256', KEY).update(bytes).digest().subarray(0, 16),
        }
      : undefined;
    twin.receive(below(2) ? UART : USB, Uint8Array.from([0, ...command(++sequence, name, argument, by)]));
  };
  while (taken < scans) {
    const count = 1 + below(MOST_SCANS);
    taken += count;
    twin.us += BigInt(312 * count + below(9));
    twin.dropped += below(40) === 0 ? below(100) : 0;
    twin.chunk(
      Uint8Array.from({ length: count * scanBytes }, () => below(256)),
      count,
      (below(8) > 0 ? 1 : 0) | (below(60) === 0 ? 2 : 0),
    );
    twin.poll(below(3));
    if (below(40) === 0) {
      const argument = new Map<number, unknown>([
        [1, Float32Array.of(0.5, -0.25, 0)],
        [2, Float32Array.of(1, 1.5, 0.5)],
        [3, [2, 1, 1, 1, 0, 1, 1, 1, 2]],
      ]);
      const which = below(10);
      if (which < 3) ask('identify');
      else if (which === 3) ask('calibrate', argument);
      else if (which === 4) ask('stop');
      else if (which === 5) ask('self-test');
      else if (which === 6 && !isKeyed) {
        ask('key', new Map([[1, KEY]]));
        isKeyed = true;
      } else if (which === 7)
        twin.receive(
          UART,
          Uint8Array.from({ length: below(200) }, () => below(256)),
        );
      else if (which === 8) twin.open(USB);
      else twin.close(USB);
      twin.poll();
      ask('start', encoded(new Map()));
      twin.poll();
    }
  }
  const sent = twin.sent.map(({ link, bytes, isBlock }) =>
    Uint8Array.from([link, isBlock ? 0 : 1, bytes.length & 0xff, bytes.length >> 8, ...bytes]),
  );
  return { tape: twin.recorder.tape, sent: Buffer.concat(sent), scans: taken };
}

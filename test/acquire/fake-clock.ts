/** A clock that moves only when somebody sleeps. */
import type { Pace } from '../../host/acquire/realtime.ts';

export class FakeClock implements Pace {
  ms = 0;
  readonly sleeps: number[] = [];
  readonly speedup: number | undefined;

  constructor(speedup?: number) {
    this.speedup = speedup;
  }

  nowMs(): number {
    return this.ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    this.sleeps.push(ms);
    this.ms += ms;
  }
}

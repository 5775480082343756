/** What a person should hear of the uplinks: once that one is down and why, once that it is back. */
import type { UplinkStatus } from '../store/messages.ts';

export interface UplinkNews {
  level: 'info' | 'warn';
  text: string;
}

export interface UplinkDefect {
  name: string;
  cause: string;
  isGivenUp: boolean;
}

export class UplinkWatch {
  readonly #told = new Map<string, string>();
  readonly #noted = new Map<string, string>();
  readonly #restarts = new Map<string, { count: number; isGivenUp: boolean }>();

  /** @returns what is new since the last call */
  take(uplinks: UplinkStatus[]): UplinkNews[] {
    return uplinks.flatMap(({ name, state, lastError, behind }): UplinkNews[] => {
      const told = this.#told.get(name);
      if (state === 'up' && told !== undefined) {
        this.#told.delete(name);
        return [{ level: 'info', text: `uplink ${name} is up again; ${behind} frames follow` }];
      }
      // up, but something is wrong: told once for each that it is
      if (state === 'up' && lastError !== null && this.#noted.get(name) !== lastError) {
        this.#noted.set(name, lastError);
        return [{ level: 'warn', text: lastError }];
      }
      // one outage may have several errors on its way; the first is the cause
      if (state === 'up' || lastError === null || told !== undefined) return [];
      this.#told.set(name, lastError);
      return [{ level: 'warn', text: lastError }];
    });
  }

  /** @returns the uplinks that were started again since the last call, or that are tried slowly from now on */
  defects(uplinks: UplinkStatus[]): UplinkDefect[] {
    return uplinks.flatMap(({ name, restarts, isGivenUp, lastError }): UplinkDefect[] => {
      const before = this.#restarts.get(name) ?? { count: 0, isGivenUp: false };
      this.#restarts.set(name, { count: restarts, isGivenUp });
      // a store thread that was started anew counts from 0
      const isNew = restarts > before.count || (restarts > 0 && restarts < before.count);
      if (isGivenUp ? before.isGivenUp : !isNew) return [];
      return [{ name, cause: lastError ?? 'it ended', isGivenUp }];
    });
  }
}

const COUNTED = {
  signed: 'by signed receipts',
  puback: 'by PUBACK, which is weaker than a receipt: nobody may keep them',
};

/** How it stands at the end of a run, a line an uplink. */
export function uplinkBalance(uplinks: UplinkStatus[]): string[] {
  return uplinks.map(
    ({ name, delivered, behind, receipts }) =>
      `${name}: ${delivered} frames delivered${behind > 0 ? `, ${behind} wait for the next run` : ''}; ${COUNTED[receipts]}`,
  );
}

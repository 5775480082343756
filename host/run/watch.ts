/** What nobody else tells of the state of the host: once when it begins, once when it is over. */
import type { HostStatus } from '../serve/messages.ts';
import { conditionsOf, type WatchLimits } from '../serve/readiness.ts';
import type { Notices } from './notices.ts';

/** Of conditionsOf. What else it knows is told where it happens. */
const MINE = ['SOURCE_SILENT', 'STORE_LATE', 'DISK_LOW', 'MEMORY_HIGH', 'LAG_HIGH'];

export class Watch {
  readonly #notices: Notices;
  readonly #limits: WatchLimits;
  /** Texts change from moment to moment; the first of a condition is the one that was told. */
  #standing = new Map<string, string>();

  constructor(notices: Notices, limits: WatchLimits) {
    this.#notices = notices;
    this.#limits = limits;
  }

  take(status: HostStatus): void {
    if (!status.store) return; // it starts, and who waits for it tells why
    const now = new Map<string, string>();
    for (const { code, text } of conditionsOf(status, this.#limits)) if (MINE.includes(code)) now.set(code, text);
    for (const [code, text] of now) this.#notices.begin(code, 'warn', text);
    for (const [code, text] of this.#standing) if (!now.has(code)) this.#notices.end(code, `over: ${text}`);
    this.#standing = new Map([...now].map(([code, text]) => [code, this.#standing.get(code) ?? text]));
  }
}

/**
 * One uplink under supervision: when its outbox fails by a defect of its own (a far side that is away is none), it is
 * started again alone, after pauses that grow, and from the cursor of the store nothing is lost by it. The store and the
 * other uplinks go on. Damage of the database is the store's to mend, and is thrown on.
 */
import { RestartBudget, type RestartLimits } from '../restart-budget.ts';
import type { UplinkStatus } from '../store/messages.ts';
import { isCorrupt } from '../store/schema.ts';
import { within } from '../wait.ts';
import type { Outbox } from './outbox.ts';

const LIMITS: RestartLimits = {
  firstPauseMs: 200,
  longestPauseMs: 10_000,
  budget: 10,
  windowMs: 60_000,
  fruitless: 5,
  healthyMs: 300_000,
  retryMs: 60_000,
};
const END_MS = 5_000;

export interface UplinkParts {
  /** A new one that has not been started. */
  outbox: () => Outbox;
  /** The database is damaged. */
  onDamage(error: unknown): void;
  limits?: Partial<RestartLimits>;
}

export class Uplink {
  readonly #parts: UplinkParts;
  readonly #budget: RestartBudget;
  #outbox: Outbox;
  /** Frames that the outboxes before this one have delivered. */
  #delivered = 0;
  #restarts = 0;
  /** Why the last outbox ended; null while one runs. */
  #defect: string | null = null;
  #pause: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
    this.#budget = new RestartBudget({ ...LIMITS, ...parts.limits });
    this.#outbox = parts.outbox();
  }

  start(): void {
    this.#defect = null;
    this.#budget.started();
    this.#outbox.start();
    this.#outbox.done.catch((error) => this.#lost(error));
  }

  #lost(error: unknown): void {
    if (this.#isStopped) return;
    if (isCorrupt(error)) {
      this.#parts.onDamage(error);
      return;
    }
    const { name, delivered } = this.#outbox.status();
    // each delivery is progress: what came before it is forgiven
    if (delivered > 0) this.#budget.progress();
    const { pauseMs } = this.#budget.lost();
    this.#restarts++;
    this.#delivered += delivered;
    this.#defect = `uplink ${name}: failed by a defect (${(error as Error)?.message ?? error}); it is started again and sends on from where it was`;
    this.#outbox = this.#parts.outbox();
    this.#pause = setTimeout(() => this.start(), pauseMs);
  }

  /** Something was committed. */
  wake(): void {
    this.#outbox.wake();
  }

  /** Frames committed and not yet answered for. */
  behind(): number {
    return this.#outbox.behind();
  }

  /** Resolves when the connection is closed; the cursor stays at what was answered for. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#pause) clearTimeout(this.#pause);
    await within(this.#outbox.stop(), END_MS);
  }

  status(): UplinkStatus {
    const status = this.#outbox.status();
    return {
      ...status,
      state: this.#defect === null ? status.state : 'waiting',
      delivered: this.#delivered + status.delivered,
      lastError: this.#defect ?? status.lastError,
      restarts: this.#restarts,
      isGivenUp: this.#budget.isSpent,
    };
  }
}

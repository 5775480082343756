/**
 * The status page under supervision. It may be lost and nothing else stops: the host measures on, says so once, and
 * tries again. Only a port that somebody asked for and that is taken at the start is a slip of a person.
 */
import { InputError, type SpindleError } from '../errors.ts';
import type { FromServe, HostStatus, ServedOutput, ServeThreadSettings, ToServe } from '../serve/messages.ts';
import type { Notices } from './notices.ts';
import { Thread, type ThreadLimits, threadModule } from './thread.ts';

/** A serve thread that is silent this long gets nothing more until it answers: its page may wait, memory may not. */
const SILENT_MS = 3_000;
const LOST = 'PAGE_LOST';

export interface PageEvents {
  onListening(url: string): void;
  /** Before it listened for the first time. */
  onRefused(error: InputError): void;
  /** It is started again; told already. */
  onLost(cause: string): void;
  /** It is tried again slowly; told already. */
  onGivenUp(error: SpindleError): void;
}

export class StatusPage {
  readonly thread: Thread<ToServe, FromServe>;
  readonly #notices: Notices;
  readonly #events: PageEvents;
  readonly #up = Promise.withResolvers<void>();
  #heard = 0;
  /** Once it has listened: after a restart people find the page where it was. */
  #port: number | null = null;
  /** The host ends because of it, and why has been said. */
  #isRefused = false;

  constructor(settings: ServeThreadSettings, notices: Notices, events: PageEvents, limits?: Partial<ThreadLimits>) {
    this.#notices = notices;
    this.#events = events;
    this.thread = new Thread<ToServe, FromServe>({
      name: 'serve',
      module: threadModule('../serve/server', import.meta.url),
      workerData: (): ServeThreadSettings => ({ ...settings, port: this.#port ?? settings.port }),
      onMessage: (message) => this.#take(message),
      onRestart: (cause) => {
        if (this.#isRefused) return;
        const text = `the status page was lost (${cause}) and is started again; measuring goes on`;
        notices.begin(LOST, 'warn', text);
        events.onLost(cause);
      },
      onGiveUp: (error) => {
        notices.begin(error.code, 'error', `${error.message}: without a status page`);
        events.onGivenUp(error);
        this.#up.resolve();
      },
      isVital: false,
      limits,
    });
  }

  /** Resolves when it listens, or when that has failed: a host without its page still measures. */
  get isUp(): Promise<void> {
    return this.#up.promise;
  }

  output(output: ServedOutput): void {
    if (this.#isListening()) this.thread.post({ type: 'output', output });
  }

  command(point: string, text: string): void {
    if (this.#isListening()) this.thread.post({ type: 'command', point, text });
  }

  notice(text: string): void {
    if (this.#isListening()) this.thread.post({ type: 'notice', text });
  }

  status(status: () => HostStatus): void {
    if (this.#isListening()) this.thread.post({ type: 'status', status: status() });
  }

  #isListening(): boolean {
    return performance.now() - this.#heard < SILENT_MS;
  }

  #take(message: FromServe): void {
    this.#heard = performance.now();
    if (message.type === 'heartbeat') {
      this.thread.vitals = message.vitals;
      return;
    }
    if (message.type === 'failed') {
      const { code, message: text } = message;
      this.#isRefused = code === 'PORT_TAKEN' && this.#port === null;
      if (this.#isRefused) this.#events.onRefused(new InputError(code, text));
      else this.#notices.begin(LOST, 'error', `${text}; measuring goes on, and it is tried again`);
    } else {
      this.#port = message.port;
      this.thread.progress();
      for (const code of [LOST, 'THREAD_BUDGET', 'THREAD_STUCK']) this.#notices.end(code);
      this.#events.onListening(message.url);
    }
    this.#up.resolve();
  }
}

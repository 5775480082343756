/**
 * The demo: a simulated machine through the whole chain, no hardware. Also what `npm start` runs. The only difference
 * from a real host is the source, and a broker of its own with a collector whose rows are counted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { paced } from './acquire/realtime.ts';
import { Simulator } from './acquire/simulator.ts';
import type { SimulatorSettings } from './acquire/simulator-settings.ts';
import type { Source } from './acquire/source.ts';
import type { BrokerSettings, FromBroker } from './demo/broker-messages.ts';
import { InputError, SpindleError } from './errors.ts';
import { clockText, explain } from './explain.ts';
import type { Output } from './pipeline.ts';
import type { HostPoint } from './run/drafts.ts';
import { endingOf } from './run/ending.ts';
import { Host } from './run/host.ts';
import { threadModule } from './run/thread.ts';
import { makeDataDirectory } from './store/directory.ts';
import { endSecondsAt } from './stream-time.ts';
import type { Diagnosis, Verdict } from './types.ts';
import { aborted, pause } from './wait.ts';

/** What the demo listens to. */
export interface DemoMachine {
  source: Source;
  /** How it comes to be, for people: `simulated, in real time`. */
  made: string;
  fault: SimulatorSettings['fault'];
  faultStartS: number;
  bearingName: string | null;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** Wall seconds until it ends by itself; null: until `signal`. */
  seconds: number | null;
  /** Machine seconds in one wall second. */
  speedup: number;
  /** Null: a temporary one, removed at the end. */
  dataDir: string | null;
  /** Undefined: 8080 or the next free one. */
  port: number | undefined;
  /** A line for a person: state changes, the address, warnings. */
  tell: (line: string) => void;
  /** Every output, for a live view. */
  onOutput?: (point: HostPoint, output: Output) => void;
  simulator?: Partial<SimulatorSettings>;
  /** Opens what is listened to; the simulated machine if absent. */
  open?: (signal: AbortSignal) => Promise<DemoMachine>;
}

/** A sample is one scan of all axes. samplesIn = analysed + pending + lost. */
export interface DemoSummary {
  seconds: number;
  machineSeconds: number;
  speedup: number;
  samplesIn: number;
  samplesAnalysed: number;
  samplesPending: number;
  samplesLost: number;
  decisions: number;
  frames: number;
  framesDelivered: number;
  framesLost: number;
  /** Everything that came in was analysed and committed in time. */
  complete: boolean;
  alarms: number;
  /** Machine seconds from the start to the first alarm; null without one. */
  firstAlarm: number | null;
  faultStart: number | null;
  diagnosis: Diagnosis | null;
  confidence: number;
  state: string;
  url: string | null;
  dataDir: string | null;
  kernel: string;
  coreHash: string;
}

const BROKER_START_MS = 15_000;
const DELIVERY_MS = 10_000;

type Listening = Extract<FromBroker, { type: 'listening' }>;

class DemoBroker {
  readonly #worker: Worker;
  counted = 0;
  damaged = 0;

  /** @param folder for the collector; must exist */
  constructor(folder: string) {
    const workerData: BrokerSettings = { folder };
    this.#worker = new Worker(threadModule('./demo/broker', import.meta.url), { workerData });
  }

  listening(): Promise<Listening> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () =>
          reject(new SpindleError('DEMO_BROKER', `demo: the broker did not start within ${BROKER_START_MS / 1000} s`)),
        BROKER_START_MS,
      );
      this.#worker.on('error', reject);
      this.#worker.on('message', (message: FromBroker) => {
        if (message.type === 'listening') {
          clearTimeout(late);
          resolve(message);
        } else {
          this.counted = message.frames;
          this.damaged = message.damaged;
        }
      });
    });
  }

  /** Waits until the collector has committed `frames`, at most DELIVERY_MS. */
  async delivered(frames: number): Promise<number> {
    const end = performance.now() + DELIVERY_MS;
    while (this.counted < frames && performance.now() < end) await pause(20);
    return this.counted;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'spindle-demo-'));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new InputError(
      'STORE_DIRECTORY',
      `demo: no temporary folder (${why}); give --data DIR; nothing was started`,
      {
        cause,
      },
    );
  }
}

/** Runs until `seconds` are over or `signal` aborts, drains, and sums up. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<DemoSummary> {
  const startedMs = performance.now();
  const { speedup, tell } = options;
  const dataDir = options.dataDir ?? (await temporaryFolder());
  makeDataDirectory(dataDir);
  const broker = new DemoBroker(dataDir);
  const progress = new Progress(tell);
  let url: string | null = null;
  let machine: DemoMachine | null = null;
  try {
    const { url: brokerUrl, receiptKey } = await broker.listening();
    machine = await (options.open?.(signal) ?? simulated(options));
    const { source, made, fault, faultStartS, bearingName } = machine;
    const host = new Host(
      {
        sources: [
          {
            name: 'motor.drive-end',
            topicPath: 'demo/works/hall-1/line-1/motor/drive-end',
            source,
            options: { learnSamples: 'auto', bearingName },
            speedup,
          },
        ],
        dataDir,
        uplinks: [{ name: 'demo-broker', url: brokerUrl, receiptKey, protocolVersion: 4 }],
        serve: {
          title: source.info.name,
          subtitle: `${made}; anonymous viewer, this machine only`,
          port: options.port,
        },
        configHash: null,
      },
      {
        onOutput: (point, output) => {
          progress.take(point, output);
          options.onOutput?.(point, output);
        },
        onListening: (address) => {
          if (url === null) tell(`status page: ${address}`);
          url = address;
        },
        onMessage: (level, text) => tell(`${level}: ${text}`),
      },
    );
    const over = AbortSignal.any([
      signal,
      ...(options.seconds === null ? [] : [AbortSignal.timeout(options.seconds * 1000)]),
    ]);
    const reading = host.run().then(
      () => null,
      (error: unknown) => error,
    );
    const failure = (await Promise.race([reading, aborted(over)])) ?? null;
    const isWhole = await host.stop();
    const error = endingOf(host, failure, isWhole);
    if (error !== null && (error as SpindleError).code !== 'HOST_UNFINISHED') throw error;
    const { counts } = host;
    // of an earlier run in the same folder the collector may count some too
    const { count: frames, owed } = host.stored;
    const framesDelivered = Math.max(0, (await broker.delivered(frames + owed)) - owed);
    return {
      seconds: (performance.now() - startedMs) / 1000,
      machineSeconds: counts.samplesIn / source.info.sampleRateHz,
      speedup,
      ...counts,
      frames,
      framesDelivered,
      framesLost: frames - framesDelivered,
      complete: isWhole,
      firstAlarm: progress.firstAlarmS,
      faultStart: fault === 'none' ? null : faultStartS,
      diagnosis: progress.diagnosis,
      confidence: progress.confidence,
      state: progress.state,
      url,
      dataDir: options.dataDir,
      kernel: host.kernel,
      coreHash: Buffer.from(host.coreHash).toString('hex'),
    };
  } finally {
    await machine?.close();
    await broker.end();
    if (options.dataDir === null) await rm(dataDir, { recursive: true, force: true });
  }
}

async function simulated({ simulator: settings = {}, speedup }: DemoOptions): Promise<DemoMachine> {
  const simulator = new Simulator(settings);
  const { fault, faultStartS, bearingName } = simulator.settings;
  const pace = { nowMs: () => performance.now(), sleep: pause, speedup };
  return {
    source: paced(simulator, pace),
    made: `simulated, ${speedup === 1 ? 'in real time' : `${speedup} times faster than real`}`,
    fault,
    faultStartS,
    bearingName,
    close: async () => {},
  };
}

/** One line per change, in words; and what the summary needs. */
class Progress {
  readonly #tell: (line: string) => void;
  firstAlarmS: number | null = null;
  diagnosis: Diagnosis | null = null;
  confidence = 0;
  state = 'unknown';

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  take(point: HostPoint, output: Output): void {
    if (output.kind === 'verdict') this.#remember(output.verdict);
    else if (output.kind === 'gap')
      this.#tell(
        `${output.point}: ${output.lostSamples} samples lost (${output.cause}) at sample ${output.firstSample}`,
      );
    else {
      const atS = endSecondsAt(point.info, output.event.sample);
      if (output.event.verdict.alarm) this.firstAlarmS ??= atS;
      this.#tell(`${clockText(atS)}  ${explain(output.event.verdict, null, point.plan)}`);
    }
  }

  #remember(verdict: Verdict): void {
    this.state = verdict.state;
    if (!verdict.alarm || verdict.diagnosis === null) return;
    this.diagnosis = verdict.diagnosis;
    this.confidence = verdict.confidence;
  }
}

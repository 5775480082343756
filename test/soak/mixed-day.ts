/**
 * A day of mixed faults with a seed on the real host process: live sensors, a real broker, a disk of its own. The clock of
 * the machine runs faster between the faults and as it is around them. Accounts for every second of every point.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCollectorKey } from '../../host/collect/key.ts';
import { type Broker, startBroker } from '../support/mosquitto.ts';
import { type Account, accountOf, type Happened, readStore } from './day/account.ts';
import { MachineClock } from './day/clock.ts';
import type { DayHostSettings, FromDayHost, Origin, ToDayHost } from './day/host.ts';
import { type Day, type Fault, scheduleOf } from './day/schedule.ts';
import { compare } from './kills.ts';
import { Party } from './party.ts';

export interface DayOptions {
  day: Day;
  points: number;
  sampleRateHz: number;
  /** Machine seconds in one second, between the faults, at most: the clock waits for a host that does not follow. */
  speed: number;
  diskMiB: number;
  /** Real time before a fault, so that what came before is settled: a commit and a decision. */
  calmS: number;
  tell: (text: string) => void;
}

export interface DayResult {
  account: Account;
  frames: number;
  /** Features stored twice. */
  twice: number;
  /** Of the collector's table: stored frames that are not in it, rows of other bytes, rows that are in no store. */
  far: { lost: number; different: number; invented: number };
  /** What the host said of each kind of fault while it lasted, as its page gives it. */
  said: Map<string, string>;
  stages: string[];
  restartS: number[];
  isWhole: boolean;
  wallS: number;
}

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));
const LIMIT_MS = 120_000;
class DayHost {
  readonly #settings: DayHostSettings;
  readonly #tell: (text: string) => void;
  #child: ChildProcess | null = null;
  status: Extract<FromDayHost, { type: 'status' }> | null = null;
  isWhole: boolean | null = null;
  errors = '';

  constructor(settings: DayHostSettings, tell: (text: string) => void) {
    this.#settings = settings;
    this.#tell = tell;
  }

  start(): void {
    this.status = null;
    const program = fileURLToPath(new URL('day/host.ts', import.meta.url));
    const child = fork(program, [JSON.stringify(this.#settings)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr!.on('data', (chunk) => {
      this.errors = (this.errors + chunk).slice(-4000);
    });
    child.on('message', (message: FromDayHost) => {
      if (this.#child !== child) return;
      if (message.type === 'status') this.status = message;
      else if (message.type === 'message') this.#tell(`  ${message.text}`);
      else this.isWhole = message.isWhole;
    });
    this.#child = child;
  }

  send(message: ToDayHost): void {
    if (this.#child?.connected) this.#child.send(message);
  }

  /** At any moment. @throws when it has ended by itself before */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    if (child.exitCode !== null) throw new Error(`the host ended by itself with ${child.exitCode}: ${this.errors}`);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async stop(): Promise<void> {
    const closed = once(this.#child!, 'close');
    this.send({ type: 'stop' });
    await closed;
    this.#child = null;
  }

  end(): void {
    this.#child?.kill('SIGKILL');
  }

  async until(holds: (status: NonNullable<DayHost['status']>) => boolean, what: string): Promise<void> {
    for (const end = performance.now() + LIMIT_MS; !(this.status && holds(this.status)); await delay(20)) {
      if (this.#child?.exitCode != null) throw new Error(`the host ended by itself: ${this.errors}`);
      if (performance.now() > end) throw new Error(`waited ${LIMIT_MS / 1000} s for: ${what}; ${this.errors}`);
    }
  }

  /** Problems and warnings of the host, as /readyz says them. */
  async readiness(): Promise<string[]> {
    const url = this.status?.url;
    if (!url) return [];
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (!response) return [];
    const { problems, warnings } = (await response.json()) as { problems: string[]; warnings: string[] };
    return [...problems, ...warnings];
  }
}

/** A file system of its own size that can be filled. */
class Disk {
  readonly path: string;
  readonly #ballast: string;

  /** @throws Error without the right to mount */
  constructor(folder: string, sizeMiB: number) {
    this.path = join(folder, 'disk');
    this.#ballast = join(this.path, 'ballast');
    mkdirSync(this.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'spindle-day', this.path], { stdio: 'pipe' });
  }

  fill(): void {
    const { bavail, bsize } = statfsSync(this.path);
    try {
      writeFileSync(this.#ballast, Buffer.alloc(bavail * bsize));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // the host writes too: it is full all the same
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  end(): void {
    execFileSync('umount', ['-l', this.path]);
  }
}

/** `spindle collect` beside the broker: what is receipted is in its table. */
class Collector {
  readonly database: string;
  readonly receiptKey: string;
  readonly #party: Party;

  constructor(folder: string, brokerUrl: string) {
    this.database = join(folder, 'collected.db');
    const keyFile = join(folder, 'collector.key');
    this.receiptKey = Buffer.from(openCollectorKey(keyFile).publicKey).toString('hex');
    this.#party = new Party('collector', [
      ...[CLI, 'collect', '--broker', brokerUrl, '--database', this.database],
      ...['--key', keyFile, '--client-id', 'soak-collector'],
    ]);
    this.#party.start();
  }

  end(): Promise<void> {
    return this.#party.kill('SIGTERM');
  }
}

class DayRun {
  readonly #options: DayOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'spindle-day-'));
  readonly #names: string[];
  readonly #happened: Happened[] = [];
  readonly #said = new Map<string, string>();
  readonly #restartS: number[] = [];
  #clock: MachineClock = null as never;
  #host: DayHost = null as never;
  #disk: Disk = null as never;
  #broker: Broker = null as never;
  #nextPoint = 0;

  constructor(options: DayOptions) {
    this.#options = options;
    this.#names = Array.from({ length: options.points }, (_, point) => `p${point}`);
  }

  async run(): Promise<DayResult> {
    const { day, points, sampleRateHz, diskMiB, tell } = this.#options;
    const startedMs = performance.now();
    const [clockPath, originsPath] = ['clock.json', 'origins.jsonl'].map((name) => join(this.#folder, name));
    let collector: Collector | null = null;
    try {
      this.#disk = new Disk(this.#folder, diskMiB);
      this.#broker = await startBroker();
      collector = new Collector(this.#folder, this.#broker.url);
      const dataDir = join(this.#disk.path, 'data');
      const { receiptKey } = collector;
      const uplink = { name: 'up', url: this.#broker.url, receiptKey };
      const settings = { dataDir, clockPath, originsPath, points, sampleRateHz, uplink };
      this.#host = new DayHost(settings, tell);
      this.#clock = MachineClock.start(clockPath, 1);
      this.#host.start();
      await this.#recording();
      const startS = this.#clock.nowS;
      await this.#faults();
      await this.#reach(day.lengthS);
      await this.#calm();
      await this.#host.until(({ behind }) => behind === 0, 'the last receipts');
      await this.#host.stop();
      const stored = this.#read(dataDir, originsPath);
      await collector.end();
      const { lost, different, invented } = compare(join(dataDir, 'spindle.db'), collector.database);
      const account = accountOf(stored.spans, this.#happened, [startS, day.lengthS]);
      return {
        account,
        frames: stored.frames,
        twice: stored.twice,
        far: { lost, different, invented },
        said: this.#said,
        stages: stored.stages,
        restartS: this.#restartS,
        isWhole: this.#host.isWhole === true,
        wallS: (performance.now() - startedMs) / 1000,
      };
    } finally {
      this.#host?.end();
      await collector?.end();
      await this.#broker?.stop();
      this.#disk?.end();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #read(dataDir: string, originsPath: string): ReturnType<typeof readStore> {
    const lines = readFileSync(originsPath, 'utf8').split('\n').filter(Boolean);
    const origins = new Map(
      lines.map((line) => {
        const { boot, machineS } = JSON.parse(line) as Origin;
        return [boot, machineS] as const;
      }),
    );
    return readStore(dataDir, origins, this.#options.sampleRateHz);
  }

  /** Begins and ends of faults in the order of time. */
  async #faults(): Promise<void> {
    const open: { endS: number; end: () => Promise<void> }[] = [];
    const endDue = async (untilS: number): Promise<void> => {
      for (open.sort((a, b) => a.endS - b.endS); open.length > 0 && open[0].endS <= untilS; ) {
        const { endS, end } = open.shift()!;
        await this.#reach(endS);
        await end();
      }
    };
    for (const fault of scheduleOf(this.#options.day)) {
      await endDue(fault.atS);
      await this.#reach(fault.atS);
      const { kind, atS, lengthS } = fault;
      this.#options.tell(`${atS.toFixed(0)} s: ${kind}${lengthS > 0 ? ` of ${lengthS} s` : ''}`);
      if (kind === 'kill') await this.#kill(fault);
      else if (kind === 'reboot') await this.#reboot(fault);
      else if (kind === 'unplug') await this.#unplug(fault);
      else
        open.push({
          endS: atS + lengthS,
          end: kind === 'disk full' ? this.#diskFull(fault) : await this.#brokerAway(fault),
        });
    }
    await endDue(Number.POSITIVE_INFINITY);
  }

  /** Fast, and the last seconds before it as they are. */
  async #reach(machineS: number): Promise<void> {
    const { speed } = this.#options;
    if (machineS - this.#clock.nowS > this.#options.calmS + 1) {
      await this.#hasten(machineS - this.#options.calmS, speed);
      this.#turn(1);
      // what the fast clock has left unjudged would be lost by the next kill, and no host has that much on its way
      await this.#host.until(({ lateS }) => lateS < 2, 'the host to follow');
      await this.#calm();
    }
    this.#turn(1);
    await this.#sleepUntil(machineS);
  }

  /** As fast as the host follows: what a clock that runs too fast for the machine would lose is nobody's fault. */
  async #hasten(machineS: number, most: number): Promise<void> {
    for (let speed = Math.min(most, 10); this.#clock.nowS < machineS; ) {
      this.#turn(speed);
      await delay(Math.min(200, Math.max(1, ((machineS - this.#clock.nowS) * 1000) / speed)));
      // real time that it is behind: the ring of a sensor holds five seconds of it
      const lateMs = ((this.#host.status?.lateS ?? 0) * 1000) / speed;
      speed = lateMs > 1_000 ? Math.max(1, speed / 2) : Math.min(most, speed * 1.2);
    }
  }

  async #sleepUntil(machineS: number): Promise<void> {
    for (let leftS = machineS - this.#clock.nowS; leftS > 0; leftS = machineS - this.#clock.nowS)
      await delay(Math.min(1000, Math.max(1, (leftS * 1000) / this.#clock.speed)));
  }

  #turn(speed: number): void {
    if (this.#clock.speed === speed) return;
    this.#host.send({ type: 'clock', stretch: this.#clock.turn(speed) });
  }

  /** Until every point has been judged and stored since now. */
  async #recording(): Promise<void> {
    const { features, frames } = this.#host.status ?? { features: 0, frames: 0 };
    const { points } = this.#options;
    // a full disk stores nothing, and what is recorded then shows at the end
    const isFull = this.#happened.some(({ kind, overS }) => kind === 'disk full' && overS === Number.POSITIVE_INFINITY);
    await this.#host.until(
      (now) => now.features >= features + points && (isFull || now.frames >= frames + points),
      'every point to be recorded',
    );
  }

  async #calm(): Promise<void> {
    await delay(this.#options.calmS * 1000);
  }

  async #happen(fault: Fault, points: string[], work: () => Promise<void>): Promise<void> {
    const happened = { ...fault, atS: this.#clock.nowS, points, overS: Number.POSITIVE_INFINITY };
    this.#happened.push(happened);
    await work();
    happened.overS = this.#clock.nowS;
  }

  async #restart(): Promise<void> {
    const fromS = this.#clock.nowS;
    this.#host.start();
    await this.#recording();
    this.#restartS.push(this.#clock.nowS - fromS);
  }

  #kill(fault: Fault): Promise<void> {
    return this.#happen(fault, this.#names, async () => {
      await this.#host.kill();
      await this.#restart();
    });
  }

  #reboot(fault: Fault): Promise<void> {
    return this.#happen(fault, this.#names, async () => {
      const downUntilS = this.#clock.nowS + fault.lengthS;
      await this.#host.kill();
      this.#turn(this.#options.speed); // nobody is there to whom it matters
      await this.#sleepUntil(downUntilS - 1);
      this.#turn(1);
      await this.#sleepUntil(downUntilS);
      await this.#restart();
    });
  }

  #unplug(fault: Fault): Promise<void> {
    const point = this.#nextPoint++ % this.#options.points;
    return this.#happen(fault, [this.#names[point]], async () => {
      this.#host.send({ type: 'unplug', point });
      await this.#sleepUntil(this.#clock.nowS + fault.lengthS / 2);
      await this.#hear(fault.kind);
      await this.#sleepUntil(this.#happened.at(-1)!.atS + fault.lengthS);
      this.#host.send({ type: 'plug', point });
      const lost = this.#host.status!.lost;
      await this.#host.until((now) => now.lost > lost, 'the gap of the sensor');
      await this.#recording();
    });
  }

  #diskFull(fault: Fault): () => Promise<void> {
    this.#disk.fill();
    const happened = { ...fault, atS: this.#clock.nowS, points: this.#names, overS: Number.POSITIVE_INFINITY };
    this.#happened.push(happened);
    return async () => {
      await this.#hear(fault.kind);
      this.#disk.free();
      const { frames } = this.#host.status!;
      await this.#host.until((now) => now.frames > frames, 'commits again');
      await this.#recording();
      happened.overS = this.#clock.nowS;
    };
  }

  async #brokerAway(fault: Fault): Promise<() => Promise<void>> {
    await this.#broker.kill('SIGTERM');
    const happened = { ...fault, atS: this.#clock.nowS, points: this.#names, overS: Number.POSITIVE_INFINITY };
    this.#happened.push(happened);
    return async () => {
      await this.#hear(fault.kind);
      await this.#broker.restart();
      happened.overS = this.#clock.nowS;
    };
  }

  /** What the host says while it lasts. */
  async #hear(kind: string): Promise<void> {
    const texts = await this.#host.readiness();
    this.#said.set(kind, [...new Set([...(this.#said.get(kind)?.split('; ') ?? []), ...texts])].join('; '));
  }
}

export const runDay = (options: DayOptions): Promise<DayResult> => new DayRun(options).run();

export function linesOf({ account, far, ...result }: DayResult): string[] {
  const { possibleS, recordedS, softwareShare, causes } = account;
  const restartS = result.restartS.toSorted((a, b) => a - b);
  return [
    ...Object.entries(causes).map(
      ([cause, { count, outsideS, softwareS }]) =>
        `${cause}: ${count} times, ${outsideS.toFixed(1)} s taken by the fault, ${softwareS.toFixed(1)} s lost by software`,
    ),
    `recorded ${recordedS.toFixed(1)} of ${possibleS.toFixed(1)} possible point-seconds: ${(100 * softwareShare).toFixed(4)} %`,
    `${result.frames} frames, ${result.twice} twice; of the collector's table ${far.lost} lost, ${far.different} different, ${far.invented} invented`,
    `restart to every point recorded: ${restartS[Math.floor(restartS.length / 2)]?.toFixed(1)} s median, ${restartS.at(-1)?.toFixed(1)} s at most`,
    ...[...result.said].map(([kind, text]) => `said while ${kind}: ${text}`),
    `${Math.round(result.wallS)} s of real time`,
  ];
}

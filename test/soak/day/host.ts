/**
 * The host of the mixed day, a process of its own: real threads, store and uplink on simulated live sensors. Told what to
 * do by its parent, and killed by it.
 */
import { appendFileSync } from 'node:fs';
import { Host } from '../../../host/run/host.ts';
import { MachineClock, type Stretch } from './clock.ts';
import { LiveSimulator } from './sensor.ts';

export interface DayHostSettings {
  dataDir: string;
  clockPath: string;
  /** A line of JSON for each run of a sensor: whose `monoUs` counts from which moment of the machine. */
  originsPath: string;
  points: number;
  sampleRateHz: number;
  /** `receiptKey` in hex. */
  uplink: { name: string; url: string; receiptKey: string };
}

export interface Origin {
  boot: string;
  machineS: number;
}

export type ToDayHost =
  | { type: 'clock'; stretch: Stretch }
  | { type: 'unplug'; point: number }
  | { type: 'plug'; point: number }
  | { type: 'stop' };

export type FromDayHost =
  | {
      type: 'status';
      url: string | null;
      features: number;
      frames: number;
      behind: number;
      lost: number;
      lateS: number;
    }
  | { type: 'message'; text: string }
  | { type: 'stopped'; isWhole: boolean };

const STATUS_MS = 50;

const settings = JSON.parse(process.argv[2]) as DayHostSettings;
const send = (message: FromDayHost): void => void process.send?.(message);
const clock = MachineClock.read(settings.clockPath);
const unplugged = new Set<number>();
const boots: string[] = [];
const startS = clock.nowS;
let features = 0;
let url: string | null = null;

/** Which moment the first scan of a run is of; later openings count on from there. */
const sensor = (point: number, isFirst: boolean): LiveSimulator =>
  new LiveSimulator(
    { sampleRateHz: settings.sampleRateHz, seed: point + 1 },
    clock,
    () => !unplugged.has(point),
    (machineS) => {
      if (isFirst) appendFileSync(settings.originsPath, `${JSON.stringify({ boot: boots[point], machineS })}\n`);
    },
  );

const host = new Host(
  {
    sources: Array.from({ length: settings.points }, (_, point) => ({
      name: `p${point}`,
      topicPath: `a/b/c/d/e/p${point}`,
      source: sensor(point, true),
      reopen: async () => {
        if (unplugged.has(point)) throw new Error('nothing is plugged in');
        return sensor(point, false);
      },
      options: { learnSamples: null },
    })),
    dataDir: settings.dataDir,
    uplinks: [{ ...settings.uplink, receiptKey: Buffer.from(settings.uplink.receiptKey, 'hex') }],
    serve: { title: 'day', subtitle: '', port: 0 },
    configHash: null,
  },
  {
    onOutput: (_, output) => {
      if (output.kind === 'verdict') features++;
    },
    onListening: (at) => {
      url = at;
    },
    onMessage: (level, text) => send({ type: 'message', text: `${level}: ${text}` }),
  },
);
boots.push(...host.points.map(({ bootId }) => Buffer.from(bootId).toString('hex')));

const timer = setInterval(() => {
  const { count: frames } = host.stored;
  const behind = host.storeStatus?.uplinks[0]?.behind ?? 0;
  // what the sensors have given and nobody has judged yet, of the slowest, on the machine's clock
  const { in: read, pending } = host.status().samples;
  const judgedS = (read - pending) / settings.points / settings.sampleRateHz;
  const lateS = Math.max(0, clock.nowS - startS - judgedS);
  send({ type: 'status', url, features, frames, behind, lost: host.counts.samplesLost, lateS });
}, STATUS_MS);

process.on('message', (message: ToDayHost) => {
  if (message.type === 'clock') clock.follow(message.stretch);
  else if (message.type === 'unplug') unplugged.add(message.point);
  else if (message.type === 'plug') unplugged.delete(message.point);
  else void stop();
});
process.on('disconnect', () => process.exit(1)); // nobody is there who would end it

async function stop(): Promise<void> {
  const isWhole = await host.stop();
  clearInterval(timer);
  send({ type: 'stopped', isWhole });
  process.disconnect();
}

await host.run();

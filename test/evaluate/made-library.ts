/** A trace library of two rigs of noise, one of slow channels and one run to failure: a few seconds to evaluate. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { traceFile } from '../acquire/made-trace.ts';
import { newFolder } from '../support/folder.ts';

const BEARING = { orders: { bpfo: 3.58, bpfi: 5.42, bsf: 2.36, ftf: 0.4 } };
const RATE_HZ = 500;
const SECONDS = 24;
/** Of a snapshot of the run to failure. */
const SNAPSHOT = 128;
const SNAPSHOTS = 60;

function noise(name: string, samples: number, level: (sample: number) => number): number[] {
  const gaussian = new Gaussian(Random.stream(1, name));
  return Array.from({ length: samples }, (_, i) => gaussian.next() * level(i));
}

/** @returns the folder of manifest.json */
export function madeLibrary(): string {
  const folder = newFolder('evaluate');
  const names: string[] = [];
  const add = (name: string, stored: number[][], sidecar: Record<string, unknown>): void => {
    names.push(name);
    const path = join(folder, `${name}.json`);
    mkdirSync(dirname(path), { recursive: true });
    traceFile({ encoding: 'float32le', stored, isGzip: false, path, sidecar: { name, ...sidecar } });
  };
  const samples = RATE_HZ * SECONDS;
  const vibration = { sampleRateHz: RATE_HZ, shaftRpm: 900, bearing: BEARING };
  for (const rig of ['fan', 'pump']) {
    const self = { label: 'normal', baseline: 'self', learn: { samples: samples / 2 } };
    add(`${rig}/sound`, [noise(rig, samples, () => 0.1)], { ...vibration, ...self });
    const faulty = { ...vibration, label: 'fault', baseline: `${rig}/sound` };
    const knocks = (i: number): number => (i % 33 < 4 ? 0.5 : 0.1);
    add(`${rig}/knocking`, [noise(`${rig} knocks`, samples, knocks)], { ...faulty, faultType: 'outer_race' });
    add(`${rig}/loud`, [noise(`${rig} loud`, samples, () => 0.2)], { ...faulty, faultType: 'unbalance' });
  }
  const anomaly = (i: number): number => (i >= 120 && i < 160 ? 5 : 0);
  const slow = (name: string, jump: (i: number) => number): number[][] =>
    ['a', 'b'].map((channel) => noise(name + channel, 220, () => 1).map((value, i) => 20 + value + jump(i)));
  const scalars = {
    sampleRateHz: 1,
    baseline: 'self',
    learn: { samples: 60 },
    channels: ['a', 'b'].map((name) => ({ name, unit: 'degC' })),
  };
  add('tank/leak', slow('leak', anomaly), { ...scalars, label: 'labelled', anomalySegments: [[120, 160]] });
  add(
    'tank/sound',
    slow('sound', () => 0),
    { ...scalars, label: 'normal' },
  );
  const growth = (i: number): number => (i < 40 * SNAPSHOT ? 0.1 : 0.4);
  add('drive/to-the-end', [noise('drive', SNAPSHOT * SNAPSHOTS, growth)], {
    ...vibration,
    snapshot: { count: SNAPSHOTS, samples: SNAPSHOT, intervalS: 60 },
    label: 'run-to-failure',
    baseline: 'self',
    learn: { samples: 20 * SNAPSHOT },
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ traces: names.map((name) => ({ name })) }));
  return folder;
}

/** The contract of Source over every kind of source that there is. */
import { suite } from 'uvu';
import { openCsv } from '../../host/acquire/csv.ts';
import { openMat } from '../../host/acquire/mat.ts';
import { paced } from '../../host/acquire/realtime.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { openTrace } from '../../host/acquire/trace.ts';
import { openWav } from '../../host/acquire/wav.ts';
import { FakeClock } from './fake-clock.ts';
import { fileOf } from './folder.ts';
import { matFile } from './made-mat.ts';
import { interleave, traceFile } from './made-trace.ts';
import { wavFile } from './made-wav.ts';
import { holdsContract } from './source.contract.ts';

const SCANS = 150_000;
const stored = [0, 1].map((channel) =>
  Array.from({ length: SCANS }, (_, scan) => ((scan * 7919 + channel) % 6007) - 3000),
);
const whole = { channels: 2, scans: SCANS, snapshotScans: 0 };
const given = { unit: 'g', sampleRateHz: 1000 };

const contract = suite('acquire.contract');

const packed = traceFile({ stored });
holdsContract(contract, 'gzip trace', { ...whole, open: () => openTrace(packed) });
const plain = traceFile({ stored, encoding: 'float32le', isGzip: false });
holdsContract(contract, 'plain trace', { ...whole, open: () => openTrace(plain) });
const snapshots = traceFile({ stored, sidecar: { snapshot: { count: 50, samples: 3000, intervalS: 10 } } });
holdsContract(contract, 'trace of snapshots', { ...whole, snapshotScans: 3000, open: () => openTrace(snapshots) });
const long = traceFile({ stored, sidecar: { snapshot: { count: 2, samples: 75_000 } } });
holdsContract(contract, 'trace of long snapshots', { ...whole, snapshotScans: 75_000, open: () => openTrace(long) });

const wav = fileOf(
  'two.wav',
  wavFile({ format: 1, bits: 16, channelCount: 2, sampleRateHz: 1000, data: interleave(stored, 'int16le') }),
);
holdsContract(contract, 'WAV', { ...whole, open: () => openWav(wav, given) });

const csv = fileOf('two.csv', stored[0].map((value, scan) => `${value / 8};${stored[1][scan] / 8}\n`).join(''));
holdsContract(contract, 'CSV', { ...whole, open: () => openCsv(csv, given) });

for (const isCompressed of [false, true]) {
  const variables = ['a', 'b'].map((name, index) => ({ name, rows: SCANS, columns: 1, values: stored[index] }));
  const mat = fileOf('two.mat', matFile({ variables, isCompressed }));
  const name = isCompressed ? 'compressed MAT-file' : 'plain MAT-file';
  holdsContract(contract, name, { ...whole, open: () => openMat(mat, given) });
}

holdsContract(contract, 'paced trace', {
  ...whole,
  snapshotScans: 3000,
  open: async () => paced(await openTrace(snapshots), new FakeClock()),
});
holdsContract(contract, 'simulator', {
  channels: 3,
  scans: 25_600,
  snapshotScans: 0,
  open: async () => new Simulator({ durationS: 1 }),
});

contract.run();

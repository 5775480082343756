/**
 * Files as published against the traces of the same recordings: two readers, one machine. The difference may be what
 * the sidecar admits (`maxConversionError`) and the rounding of float32, no more.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Given } from '../../host/acquire/given.ts';
import { openSource } from '../../host/acquire/open.ts';
import { needsTraces, TRACES } from '../support/traces.ts';
import { readAll, readOn } from './read.ts';

const originals = suite('acquire.originals');

interface Pair {
  original: string;
  trace: string;
  /** What the original does not hold. */
  given: Given;
  /** Channels of the trace that the original's are compared to, in order. */
  channels?: string[];
  /** Scans of the original; the trace may go on. */
  scans: number;
}

const femtoPair = { given: { unit: 'g', channels: ['horizontal'] }, scans: 2560 };
const adiPair = { given: { unit: 'V' }, scans: 40_000 };
const cwruGiven = { unit: 'g', sampleRateHz: 12_000, channels: ['DE', 'FE'] };

const pairs: Pair[] = [
  { original: 'cwru_105_ir007_0hp_12k.mat', trace: 'cwru/cwru_de12k_105_0hp', given: cwruGiven, scans: 121_265 },
  { original: 'cwru_187_b014_2hp_12k.mat', trace: 'cwru/cwru_de12k_187_2hp', given: cwruGiven, scans: 121_991 },
  {
    original: 'cwru_97_normal_0hp_48k.mat',
    trace: 'cwru/cwru_n_97_0hp',
    given: { ...cwruGiven, sampleRateHz: 48_000 },
    scans: 243_938,
  },
  { original: 'mfpt_InnerRaceFault_vload_1.mat', trace: 'mfpt/mfpt_InnerRaceFault_vload_1', given: {}, scans: 146_484 },
  { original: 'femto_1_1_acc_00001.csv', trace: 'femto/femto_1_1_h', ...femtoPair },
  { original: 'femto_1_4_acc_00001_semicolon.csv', trace: 'femto/femto_1_4_h', ...femtoPair },
  { original: 'adi_1800_GoB_GS_BaLo_WA_00lb.Wfm.csv', trace: 'adi-cbm/adi_1800_GoB_GS_BaLo_WA_00lb', ...adiPair },
  { original: 'adi_1800_HOR_GS_BaLo_WA_00lb.Wfm.csv', trace: 'adi-cbm/adi_1800_HOR_GS_BaLo_WA_00lb', ...adiPair },
  {
    original: 'skab_valve1_0.csv',
    trace: 'skab/skab_valve1_0',
    given: { unit: 'g,g,A,bar,degC,degC,V,l/min' },
    scans: 1147,
  },
  {
    original: 'ims_2003.10.22.12.06.24.txt',
    trace: 'ims/ims_NA',
    given: { unit: 'g', sampleRateHz: 20_000, channels: ['ch1'] },
    scans: 20_480,
  },
  {
    original: 'fan_low_0_weight_0000.csv',
    trace: 'fan-mems/fan_0_low_0_weight',
    given: { unit: 'g', sampleRateHz: 200 },
    scans: 200,
  },
];

for (const { original, trace, given, scans } of pairs)
  needsTraces(originals, `${original} holds what the trace of it holds`, async () => {
    const source = await openSource(join(TRACES, 'original', original), given);
    const tracePath = join(TRACES, `${trace}.json`);
    const library = await openSource(tracePath);
    try {
      assert.is(source.info.sampleRateHz, library.info.sampleRateHz);
      assert.equal(
        source.info.channels.map((channel) => channel.unit),
        library.info.channels.map((channel) => channel.unit),
      );
      if (source.info.shaftRpm !== null) assert.ok(Math.abs(source.info.shaftRpm - library.info.shaftRpm!) <= 1);
      const [published, packed] = [await readOn(source), await readOn(library)];
      const { maxConversionError } = JSON.parse(readFileSync(tracePath, 'utf8'));
      for (const [channel, lane] of published.channels.entries()) {
        assert.is(lane.length, scans);
        let worst = 0;
        for (const [scan, value] of lane.entries()) {
          const difference = Math.abs(value - packed.channels[channel][scan]);
          worst = Math.max(worst, difference - 2 ** -22 * Math.abs(value));
        }
        assert.ok(worst <= maxConversionError + 1e-7, `channel ${channel}: ${worst} above ${maxConversionError}`);
      }
    } finally {
      await source.close();
      await library.close();
    }
  });

needsTraces(originals, 'the WAV is the drive end of CWRU record 130, scaled', async () => {
  const wav = join(TRACES, 'original', 'converted_cwru_130_or007_0hp_DE_12k.wav');
  const { channels: heard } = await readAll(openSource(wav, { unit: 'g' }));
  const trace = openSource(join(TRACES, 'cwru', 'cwru_de12k_130_0hp.json'), { channels: ['DE'] });
  const { channels: packed } = await readAll(trace);
  assert.is(heard[0].length, packed[0].length);
  const ratio = Math.max(...packed[0].map(Math.abs)) / Math.max(...heard[0].map(Math.abs));
  const worst = heard[0].reduce((most, value, scan) => Math.max(most, Math.abs(value * ratio - packed[0][scan])), 0);
  assert.ok(worst < ratio * 2 ** -14, `${worst}, ratio ${ratio}`);
});

originals.run();

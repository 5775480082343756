/**
 * `npm run bench`: `spindle bench`, transform and hot path beside their rivals, the whole pipeline beside numpy and
 * scipy, a 1 GiB replay, the demo's first verdict. Results on stdout, what goes on on stderr; one line is added to
 * history.jsonl. Takes about three minutes.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { FFT_SIZES } from '../../host/bench/fft.ts';
import { benchText, runBench } from '../../host/bench/report.ts';
import { digits } from '../../host/bench/rounds.ts';
import { bigReplay } from './big-replay.ts';
import { fftRace, fftRaceText } from './fft-race.ts';
import { firstVerdict } from './first-verdict.ts';
import { commitName, deltaText, type HistoryLine, remember } from './history.ts';
import { hotPathRace, hotPathText } from './hot-path-race.ts';
import { ON_ONE_CORE } from './one-core.ts';
import { race } from './race.ts';
import { isMet, timesAsFast } from './ratio.ts';
import { stageSignal } from './stage-signal.ts';

const HISTORY = fileURLToPath(new URL('history.jsonl', import.meta.url));
const GOAL = { timesRealTime: 100, peakMB: 200, verdictS: 60 };

const note = (text: string): void => console.error(`bench: ${text} ...`);
const goal = (isMet: boolean, text: string): string => `(goal ${text}: ${isMet ? 'met' : 'MISSED'})`;

note('transforms and hot path');
const report = await runBench(() => {}, new AbortController().signal);
console.log(`${benchText(report)}\n`);

note('transforms beside pffft, FFTW and fft.js');
const fft = await fftRace({ sizes: FFT_SIZES });
console.log(`${fftRaceText(fft)}\n`);

const stage = await stageSignal();
note('hot path beside C and plain JavaScript');
const path = await hotPathRace({ stage });
console.log(`${hotPathText(path)}\n`);

const judged = [...fft.sizes.flatMap(({ ratios }) => ratios), ...path.ratios].filter((ratio) => ratio.goal !== null);
console.log(`Goals against rivals: ${judged.filter(isMet).length} of ${judged.length} met\n`);

note('whole pipeline beside numpy and scipy');
const { timesRealTime, notes, featureDifference } = await race(stage);
const pipeline = timesRealTime.pipeline!;
const over = (rival: number | null): number | null => (rival === null ? null : digits(pipeline / rival));
const overNumpy = over(timesRealTime.numpy);
const overScipy = over(timesRealTime.scipy);
const rivalText = (name: 'numpy' | 'scipy', ratio: number | null): string =>
  ratio === null
    ? `  ${name}: skipped (${notes[name]}); apt-get install python3-${name}`
    : `  ${name}, the features alone: ${Math.floor(timesRealTime[name]!)}x real time; the pipeline is ${ratio.toFixed(2)}x as fast (${notes[name]})`;
console.log(
  [
    `One 3-axis point at 25.6 kHz on one core${ON_ONE_CORE.length > 0 ? '' : ' (no taskset: threads of a program may use others)'}, turn by turn:`,
    `  whole pipeline, source to frames committed: ${Math.floor(pipeline)}x real time ${goal(pipeline >= GOAL.timesRealTime, '>= 100x')} (${notes.pipeline})`,
    rivalText('numpy', overNumpy),
    rivalText('scipy', overScipy),
    featureDifference === null ? '' : `  their features agree within ${featureDifference.toPrecision(1)} nepers\n`,
  ].join('\n'),
);

note('replay of 1 GiB');
const big = await bigReplay(stage);
console.log(
  typeof big === 'string'
    ? `Replay of 1 GiB: skipped, ${big}`
    : `Replay of 1 GiB of float32, 3 axes: peak memory ${big.peakMB.toFixed(0)} MB ${goal(big.peakMB < GOAL.peakMB, '< 200 MB')}, ` +
        `${big.seconds.toFixed(1)} s, ${Math.floor(big.timesRealTime)}x real time with its SHA-256`,
);

note('demo');
const demo = await firstVerdict();
console.log(
  `Demo: first verdict after ${demo.verdictS.toFixed(1)} s ${goal(demo.verdictS < GOAL.verdictS, '< 60 s, with installing')}, ` +
    `status page after ${demo.pageS.toFixed(1)} s, peak memory ${demo.peakMB.toFixed(0)} MB\n`,
);

const fftRatios = (size: number): Record<string, number | null> => {
  const ratios = fft.sizes.find((row) => row.size === size)?.ratios ?? [];
  const over = (rival: string): number | null => timesAsFast(ratios, `simd / ${rival}`);
  return {
    [`FFT ${size} over pffft SIMD`]: over('pffft SIMD'),
    [`FFT ${size} over FFTW3f`]: over('FFTW3f'),
    [`FFT ${size} over fft.js`]: over('fft.js'),
  };
};
const speed = (size: number): number => report.fft.find((row) => row.size === size)!.speed[report.kernel]!;
const line: HistoryLine = {
  at: new Date().toISOString(),
  commit: commitName(),
  cpu: `${report.cpu}, ${availableParallelism()} cores`,
  node: report.node,
  ratios: {
    'FFT 1024 over plain JavaScript': speed(1024),
    'FFT 4096 over plain JavaScript': speed(4096),
    'FFT 16384 over plain JavaScript': speed(16_384),
    ...fftRatios(256),
    ...fftRatios(1024),
    ...fftRatios(2048),
    ...fftRatios(4096),
    ...fftRatios(16_384),
    'hot path over C and FFTW3f': timesAsFast(path.ratios, 'simd / C'),
    'hot path over fft.js': timesAsFast(path.ratios, 'simd / fft.js'),
    'hot path, windows over plain JavaScript FFTs': digits(1 / report.hotPath.plainFftsPerAxisWindow),
    'hot path, SIMD over scalar': report.hotPath.simdOverScalar,
    'pipeline over numpy': overNumpy,
    'pipeline over scipy': overScipy,
  },
  figures: {
    hotPathTimesRealTime: report.hotPath.kernels[report.kernel]!.timesRealTime,
    pipelineTimesRealTime: digits(pipeline),
    numpyTimesRealTime: timesRealTime.numpy === null ? null : digits(timesRealTime.numpy),
    scipyTimesRealTime: timesRealTime.scipy === null ? null : digits(timesRealTime.scipy),
    numpy: notes.numpy,
    scipy: notes.scipy,
    bigReplayPeakMB: typeof big === 'string' ? null : digits(big.peakMB),
    bigReplayTimesRealTime: typeof big === 'string' ? null : digits(big.timesRealTime),
    demoFirstVerdictS: digits(demo.verdictS),
    demoPeakMB: digits(demo.peakMB),
  },
};
const before = remember(HISTORY, line);
console.log(before ? deltaText(line, before) : 'first line of test/bench/history.jsonl: nothing to compare with');

/**
 * The whole mixed day, about half an hour. Ends with exit code 1 when less than 99.9 % of what software could have is on
 * record, when anything is missing that no fault explains, or when a frame is twice, lost or invented.
 * Needs root for the disk, and mosquitto. Usage: npm run soak -- day [SPEED [SEED]]
 */
import { MIXED_DAY } from './day/schedule.ts';
import { linesOf, runDay } from './mixed-day.ts';
import { record } from './record.ts';

const WANTED_SHARE = 0.999;

const [speed = 60, seed = MIXED_DAY.seed] = process.argv.slice(2).map(Number);
const result = await runDay({
  day: { ...MIXED_DAY, seed },
  points: 8,
  sampleRateHz: 512,
  speed,
  diskMiB: 1024,
  calmS: 3,
  tell: (text) => console.log(text),
});
for (const line of linesOf(result)) console.log(line);
const { account, twice, undelivered, unknown, frames, wallS, isWhole, restartS } = result;
const { softwareShare, causes, possibleS, recordedS } = account;
record('day', seed, {
  speed,
  possibleS: Math.round(possibleS),
  recordedS: Math.round(recordedS),
  softwarePercent: Number((100 * softwareShare).toFixed(4)),
  ...Object.fromEntries(
    Object.entries(causes).flatMap(([cause, { count, outsideS, softwareS }]) => [
      [`${cause}: times`, count],
      [`${cause}: seconds taken by the fault`, Math.round(outsideS)],
      [`${cause}: seconds lost by software`, Math.round(10 * softwareS) / 10],
    ]),
  ),
  frames,
  twice,
  undelivered,
  longestRestartS: Math.round(10 * Math.max(...restartS)) / 10,
  wallS: Math.round(wallS),
});
const wrong = [
  softwareShare < WANTED_SHARE && `recorded ${(100 * softwareShare).toFixed(4)} %, wanted ${100 * WANTED_SHARE} %`,
  causes.none.softwareS > 0 && `${causes.none.softwareS} s are missing and no fault explains them`,
  twice + undelivered + unknown > 0 && `${twice} twice, ${undelivered} not delivered, ${unknown} invented`,
  !isWhole && 'the host could not finish',
].filter(Boolean);
for (const text of wrong) console.error(`mixed day: ${text}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

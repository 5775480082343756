/**
 * The whole mixed day, about half an hour; or so many hours with their share of the faults. Ends with exit code 1 when less than 99.9 % of what software could have is on
 * record, when anything is missing that no fault explains, or when a frame is twice, lost or invented.
 * Needs root for the disk, and mosquitto. Usage: npm run soak -- day [SPEED [SEED [HOURS [POINTS]]]]
 */
import { MIXED_DAY } from './day/schedule.ts';
import { linesOf, runDay } from './mixed-day.ts';
import { record } from './record.ts';

const WANTED_SHARE = 0.999;

const [speed = 60, seed = MIXED_DAY.seed, hours = 24, points = 8] = process.argv.slice(2).map(Number);
const share = (count: number): number => Math.max(1, Math.round((count * hours) / 24));
const result = await runDay({
  day: {
    ...MIXED_DAY,
    seed,
    lengthS: hours * 3600,
    kills: share(MIXED_DAY.kills),
    reboots: share(MIXED_DAY.reboots),
    unplugs: share(MIXED_DAY.unplugs),
    diskFullS: share(MIXED_DAY.diskFullS),
    brokerAwayS: share(MIXED_DAY.brokerAwayS),
  },
  points,
  sampleRateHz: 512,
  speed,
  diskMiB: 1024,
  calmS: 3,
  tell: (text) => console.log(text),
});
for (const line of linesOf(result)) console.log(line);
const { account, twice, far, frames, wallS, isWhole, restartS } = result;
const { softwareShare, causes, possibleS, recordedS } = account;
record('day', seed, {
  hours,
  points,
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
  'not collected': far.lost,
  longestRestartS: Math.round(10 * Math.max(...restartS)) / 10,
  wallS: Math.round(wallS),
});
const wrong = [
  softwareShare < WANTED_SHARE && `recorded ${(100 * softwareShare).toFixed(4)} %, wanted ${100 * WANTED_SHARE} %`,
  causes.none.softwareS > 0 && `${causes.none.softwareS} s are missing and no fault explains them`,
  twice + far.lost + far.different + far.invented > 0 && `${twice} twice; collected: ${JSON.stringify(far)}`,
  !isWhole && 'the host could not finish',
].filter(Boolean);
for (const text of wrong) console.error(`mixed day: ${text}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

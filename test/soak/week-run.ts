/** `npm run soak -- week [DAYS [FOLDER]]`: FOLDER keeps the filled store for another run. The claims
 * for seven days are 30 minutes, 2 s for 99 % of the live frames, flat memory. */
import { newFolder } from '../support/folder.ts';
import { record } from './record.ts';
import { week } from './week.ts';

const MOST_MS = 30 * 60_000;
const MOST_LIVE_MS = 2000;
/** What a garbage collector lets stand more or less. */
const FLAT = 1.25;

const [days = '7', folder = newFolder('week')] = process.argv.slice(2);
const result = await week({
  ...{ awayS: Math.round(Number(days) * 86_400), points: 8, folder, mostMs: 2 * MOST_MS },
  told: (text) => console.log(text),
});
console.log(JSON.stringify(result));
const { drainS, live, memory, comparison } = result;
record('week', 0, {
  ...{ backlog: result.backlog, drainS: Math.round(drainS), framesPerS: result.framesPerS },
  ...{ liveFrames: live.frames, liveP50Ms: live.p50Ms, liveP99Ms: live.p99Ms, liveMaxMs: live.maxMs },
  ...{ hostMibEarly: memory.host[0], hostMibLate: memory.host[1] },
  ...{ collectorMibEarly: memory.collector[0], collectorMibLate: memory.collector[1] },
  ...{ resent: result.resent, duplicates: result.duplicates, lost: comparison.lost },
});
const failures = [
  drainS * 1000 > MOST_MS && `the backlog took ${drainS.toFixed(0)} s`,
  live.p99Ms > MOST_LIVE_MS && `live frames: p99 ${live.p99Ms} ms`,
  memory.host[1] > FLAT * memory.host[0] && `host grows: ${memory.host} MiB`,
  memory.collector[1] > FLAT * memory.collector[0] && `collector grows: ${memory.collector} MiB`,
  comparison.lost + comparison.different + comparison.invented > 0 && `not the same: ${JSON.stringify(comparison)}`,
].filter((text) => text !== false);
for (const text of failures) console.log(`FAILED: ${text}`);
process.exitCode = failures.length === 0 ? 0 : 1;

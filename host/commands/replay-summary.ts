/** A replay in words, and its place on the wall clock where the recording knows it. */
import { clockText, diagnosisWords, explain } from '../explain.ts';
import { secondsAt } from '../stream-time.ts';
import type { SourceInfo, Verdict } from '../types.ts';
import type { TraceResult } from './replay-trace.ts';

/** One to three lines about one trace, then what there is to say of severity and trend. `bearingName` as the person called it. */
export function traceSummary(result: TraceResult, bearingName: string | null = null): string {
  const { info, plans, decisions, alarms, alarmDecisions, firstAlarm, lastAlarm, samplesLost } = result;
  const perPoint = result.samplesIn / Math.max(1, plans.length);
  const length = clockText(secondsAt(info, perPoint));
  const lost = samplesLost > 0 ? `, ${samplesLost} samples lost` : '';
  const head = `${info.name}: ${plural(decisions, 'decision')} over ${length}${lost}`;
  const more = result.severity.lines();
  if (!firstAlarm || !lastAlarm) return [`${head}, no alarm.`, ...more].join('\n');
  const at = (verdict: Verdict): string => {
    const plan = plans.find(({ name }) => name === verdict.point);
    return explain(verdict, null, plan && { ...plan, bearingName: bearingName ?? plan.bearingName });
  };
  const share = Math.round((100 * alarmDecisions) / decisions);
  const cause = result.diagnosis ? `, mostly ${diagnosisWords(result.diagnosis)}` : '';
  const lines = [
    `${head}, ${plural(alarms, 'alarm')} (${share} % of the decisions)${cause}.`,
    `  first at ${clockText(secondsAt(info, firstAlarm.verdict.start))}  ${at(firstAlarm.verdict)}`,
  ];
  if (lastAlarm !== firstAlarm.verdict)
    lines.push(`  last at  ${clockText(secondsAt(info, lastAlarm.start))}  ${at(lastAlarm)}`);
  return [...lines, ...more].join('\n');
}

export interface Effort {
  traces: number;
  decisions: number;
  seconds: number;
}

/** The last line: what it took. */
export function effortText({ traces, decisions, seconds }: Effort): string {
  const perSecond = Math.round(decisions / Math.max(seconds, 1e-3));
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return (
    `${plural(traces, 'trace')}, ${plural(decisions, 'decision')} in ${seconds.toFixed(1)} s ` +
    `(${perSecond} decisions/s), peak memory ${peakMiB} MiB`
  );
}

/** `2 channels (x, y) in g at 25600 Hz, 1800 rpm; snapshots of 0.1 s every 20 s` */
export function sourceText(info: SourceInfo): string {
  const names = info.channels.map((channel) => channel.name).join(', ');
  const units = [...new Set(info.channels.map((channel) => channel.unit))].join(', ');
  const speed = info.shaftRpm ? `, ${Math.round(info.shaftRpm)} rpm` : '';
  const { snapshot } = info;
  const every = snapshot?.intervalS ? ` every ${snapshot.intervalS} s` : '';
  const cut = snapshot
    ? `; snapshots of ${Number((snapshot.samples / info.sampleRateHz).toPrecision(3))} s${every}`
    : '';
  return `${plural(info.channels.length, 'channel')} (${names}) in ${units} at ${info.sampleRateHz} Hz${speed}${cut}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

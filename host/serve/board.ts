/**
 * What the status page shows, folded from outputs. Bounded: one entry a point, RECENT_EVENTS events. A point is as
 * old as its last verdict, and a stale one never looks well.
 */
import type { PointHandling } from '../alarm/desk.ts';
import { severityLine } from '../detect/severity.ts';
import { trendLine } from '../detect/trend.ts';
import { diagnosisWords, explain, whyText } from '../explain.ts';
import { endSecondsAt } from '../stream-time.ts';
import type { AlarmEvent, Diagnosis, State, Verdict } from '../types.ts';
import type { HostStatus, ServedOutput, ServedPoint, ServedStore } from './messages.ts';

export const RECENT_EVENTS = 100;

export interface BoardPoint {
  name: string;
  /** `stale` when no verdict came for too long, `unknown` before the first. */
  state: State;
  /** Wall time at which this state began here; null before the first verdict. */
  sinceUtcMs: number | null;
  /** Wall time of the last verdict; null before the first. */
  lastUtcMs: number | null;
  score: number | null;
  diagnosis: Diagnosis | null;
  confidence: number;
  why: string;
  /** Zone of the velocity with its limits, or why there is none; null where no limits are configured. */
  severity: string | null;
  /** Where score and velocity are heading; null while there is too little history. */
  trend: string | null;
  /** Seconds of the stream judged last. */
  streamS: number | null;
  lostSamples: number;
  /** No verdict came for longer than it may take, since the last or since the start. */
  isOverdue: boolean;
  /** How people have handled its alarms; null where nothing is known of that. */
  handling: Omit<PointHandling, 'point'> | null;
}

export interface BoardEvent {
  /** Ascending from 1. */
  id: number;
  utcMs: number;
  kind: 'state' | 'diagnosis' | 'gap' | 'gaps' | 'command' | 'host';
  point: string | null;
  /** State after it, for colour and shape; null for gaps. */
  state: State | null;
  text: string;
}

export interface BoardView {
  title: string;
  subtitle: string;
  nowUtcMs: number;
  startedUtcMs: number;
  points: BoardPoint[];
  status: HostStatus | null;
  /** Wall time of the last counts. */
  statusUtcMs: number | null;
  /** Newest first. */
  events: BoardEvent[];
}

interface Entry {
  point: ServedPoint;
  verdict: Verdict | null;
  sinceMs: number | null;
  lastMs: number | null;
  lostSamples: number;
}

export interface BoardSettings {
  title: string;
  subtitle: string;
  points: ServedPoint[];
  staleAfterMs: number;
  /** Of a clock that never steps, as every `nowMs` here. */
  nowMs: number;
  /** Wall time of such a moment, as far as it is known now; the moment itself if absent. */
  utcOf?: (monoMs: number) => number;
}

export class Board {
  readonly #settings: BoardSettings;
  readonly #entries: Map<string, Entry>;
  readonly #events: BoardEvent[] = [];
  #status: HostStatus | null = null;
  #statusMs: number | null = null;
  readonly #utcOf: (monoMs: number) => number;
  readonly #handled = new Map<string, Omit<PointHandling, 'point'>>();
  #nextId = 1;

  constructor(settings: BoardSettings) {
    this.#settings = settings;
    this.#utcOf = settings.utcOf ?? ((monoMs) => monoMs);
    this.#entries = new Map(settings.points.map((point) => [point.name, entryOf(point)]));
  }

  /** Takes what the page shows and leaves what else the supervisor sends along (identities are bytes, not JSON). */
  status(status: HostStatus, nowMs: number): void {
    const { samples, waiting, uplinks, threads, memory, disk, sources, sourceEnded, core } = status;
    const store = status.store && storeView(status.store);
    this.#status = { samples, store, waiting, uplinks, threads, memory, disk, sources, sourceEnded, core };
    this.#statusMs = nowMs;
    for (const { point, ...handling } of status.handled ?? []) this.#handled.set(point, handling);
  }

  /** What a person has done. */
  command(point: string, text: string, nowMs: number): BoardEvent {
    return this.#keep({ utcMs: this.#utcOf(nowMs), kind: 'command', point, state: null, text });
  }

  /** What happened to the host itself. */
  notice(text: string, nowMs: number): BoardEvent {
    return this.#keep({ utcMs: this.#utcOf(nowMs), kind: 'host', point: null, state: null, text });
  }

  /** @returns the event that the output became, or null if it only changed a point */
  output(output: ServedOutput, nowMs: number): BoardEvent | null {
    if (output.kind === 'verdict') {
      this.#verdict(output.verdict, nowMs);
      return null;
    }
    if (output.kind === 'alarm') return this.#alarm(output.event, nowMs);
    return this.#gap(output, nowMs);
  }

  view(nowMs: number): BoardView {
    const { title, subtitle, nowMs: startedMs } = this.#settings;
    // one look at the clock: ages must not depend on when it steps
    const offsetMs = this.#utcOf(nowMs) - nowMs;
    const points = [...this.#entries.values()].map((entry) => this.#pointView(entry, nowMs, offsetMs));
    const events = this.#events.toReversed();
    const status = this.#status;
    const statusUtcMs = this.#statusMs === null ? null : this.#statusMs + offsetMs;
    const [nowUtcMs, startedUtcMs] = [nowMs + offsetMs, startedMs + offsetMs];
    return { title, subtitle, nowUtcMs, startedUtcMs, points, status, statusUtcMs, events };
  }

  #verdict(verdict: Verdict, nowMs: number): void {
    const entry = this.#entryOf(verdict.point);
    if (entry.verdict?.state !== verdict.state) entry.sinceMs = nowMs;
    entry.verdict = verdict;
    entry.lastMs = nowMs;
  }

  #alarm(event: AlarmEvent, nowMs: number): BoardEvent {
    const { point } = this.#entryOf(event.point);
    const sinceS = endSecondsAt(timing(point), event.sample);
    const text =
      event.type === 'state'
        ? explain(event.verdict, sinceS, point)
        : `${event.point}: cause is now ${diagnosisWords(event.verdict.diagnosis)}. ${whyText(event.verdict, point)}`;
    return this.#keep({
      utcMs: this.#utcOf(nowMs),
      kind: event.type,
      point: event.point,
      state: event.verdict.state,
      text,
    });
  }

  /** Gaps of one cause and point in a row are one event, or a dying sensor would push every alarm off the list. */
  #gap(gap: Extract<ServedOutput, { kind: 'gap' }>, nowMs: number): BoardEvent {
    for (const entry of gap.point === null ? this.#entries.values() : [this.#entryOf(gap.point)])
      entry.lostSamples += gap.lostSamples;
    const where = gap.point ?? 'all points';
    const head = `${where}: samples lost (${gap.cause})`;
    const last = this.#events.at(-1);
    if (last && (last.kind === 'gap' || last.kind === 'gaps') && last.text.startsWith(head)) {
      const count = Number(/(\d+) times/.exec(last.text)?.[1] ?? 1) + 1;
      last.kind = 'gaps';
      last.text = `${head}, ${count} times, last from sample ${gap.firstSample}: ${gap.lostSamples} samples.`;
      last.utcMs = this.#utcOf(nowMs);
      return last;
    }
    const text = `${head} from sample ${gap.firstSample}: ${gap.lostSamples} samples.`;
    return this.#keep({ utcMs: this.#utcOf(nowMs), kind: 'gap', point: gap.point, state: null, text });
  }

  #keep(event: Omit<BoardEvent, 'id'>): BoardEvent {
    const kept = { id: this.#nextId++, ...event };
    this.#events.push(kept);
    if (this.#events.length > RECENT_EVENTS) this.#events.shift();
    return kept;
  }

  #pointView({ point, verdict, sinceMs, lastMs, lostSamples }: Entry, nowMs: number, offsetMs: number): BoardPoint {
    const handling = this.#handled.get(point.name) ?? null;
    const isStale = nowMs - (lastMs ?? this.#settings.nowMs) > (point.staleAfterMs ?? this.#settings.staleAfterMs);
    if (!verdict || lastMs === null) {
      const why = 'No verdict yet.';
      const nothing = {
        score: null,
        diagnosis: null,
        confidence: 0,
        severity: null,
        trend: null,
        streamS: null,
        handling,
        isOverdue: isStale,
      };
      return { name: point.name, state: 'unknown', sinceUtcMs: null, lastUtcMs: null, why, lostSamples, ...nothing };
    }
    const ended = this.#status?.sourceEnded ? 'The source has ended. ' : 'No data comes from this point. ';
    return {
      name: point.name,
      state: isStale ? 'stale' : verdict.state,
      sinceUtcMs: (isStale ? lastMs : (sinceMs ?? lastMs)) + offsetMs,
      lastUtcMs: lastMs + offsetMs,
      score: verdict.score,
      diagnosis: verdict.diagnosis,
      confidence: verdict.confidence,
      why: `${isStale ? `${ended}Last known: ` : ''}${whyText(verdict, point)}`,
      severity: severityLine(verdict),
      trend: trendLine(verdict),
      streamS: endSecondsAt(timing(point), verdict.start + verdict.length),
      lostSamples,
      isOverdue: isStale,
      handling,
    };
  }

  /** A point that was not announced is shown all the same. */
  #entryOf(name: string): Entry {
    let entry = this.#entries.get(name);
    if (!entry) {
      const bare = { name, kind: 'vibration', sampleRateHz: 1, faultOrder: null, bearingName: null, shaftRpm: null };
      entry = entryOf(bare as ServedPoint);
      this.#entries.set(name, entry);
    }
    return entry;
  }
}

const timing = ({ sampleRateHz, snapshot = null }: ServedPoint) => ({ sampleRateHz, snapshot });

/** Leaves what else a supervisor sends along: identities are bytes, not JSON. */
function storeView(store: ServedStore): ServedStore {
  const { frames, pendingFrames, pendingBytes, commits, slowestCommitMs, commitError } = store;
  const { lossWindowMs, usedBytes, budgetBytes, bytesADay, daysLeft, cardLife, oldestUnsent } = store;
  const { droppedSent, droppedUnsent } = store;
  return {
    ...{
      frames,
      pendingFrames,
      pendingBytes,
      commits,
      slowestCommitMs,
      commitError,
      lossWindowMs,
      usedBytes,
      budgetBytes,
    },
    ...{ bytesADay, daysLeft, cardLife, oldestUnsent, droppedSent, droppedUnsent },
  };
}

const entryOf = (point: ServedPoint): Entry => ({
  point,
  verdict: null,
  sinceMs: null,
  lastMs: null,
  lostSamples: 0,
});

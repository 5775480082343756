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
import type { HostStatus, ServedOutput, ServedPoint } from './messages.ts';

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
  sinceUtcMs: number | null;
  lastUtcMs: number | null;
  lostSamples: number;
}

export interface BoardSettings {
  title: string;
  subtitle: string;
  points: ServedPoint[];
  staleAfterMs: number;
  nowMs: number;
}

export class Board {
  readonly #settings: BoardSettings;
  readonly #entries: Map<string, Entry>;
  readonly #events: BoardEvent[] = [];
  #status: HostStatus | null = null;
  #statusUtcMs: number | null = null;
  readonly #handled = new Map<string, Omit<PointHandling, 'point'>>();
  #nextId = 1;

  constructor(settings: BoardSettings) {
    this.#settings = settings;
    this.#entries = new Map(settings.points.map((point) => [point.name, entryOf(point)]));
  }

  /** Takes what the page shows and leaves what else the supervisor sends along (identities are bytes, not JSON). */
  status(status: HostStatus, nowMs: number): void {
    const { samples, uplinks, threads, sources, sourceEnded, core } = status;
    this.#status = {
      samples,
      store: status.store && storeView(status.store),
      uplinks,
      threads,
      sources,
      sourceEnded,
      core,
    };
    this.#statusUtcMs = nowMs;
    for (const { point, ...handling } of status.handled ?? []) this.#handled.set(point, handling);
  }

  /** What a person has done. */
  command(point: string, text: string, nowMs: number): BoardEvent {
    return this.#keep({ utcMs: nowMs, kind: 'command', point, state: null, text });
  }

  /** What happened to the host itself. */
  notice(text: string, nowMs: number): BoardEvent {
    return this.#keep({ utcMs: nowMs, kind: 'host', point: null, state: null, text });
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
    const { title, subtitle, nowMs: startedUtcMs } = this.#settings;
    const points = [...this.#entries.values()].map((entry) => this.#pointView(entry, nowMs));
    const events = this.#events.toReversed();
    const [status, statusUtcMs] = [this.#status, this.#statusUtcMs];
    return { title, subtitle, nowUtcMs: nowMs, startedUtcMs, points, status, statusUtcMs, events };
  }

  #verdict(verdict: Verdict, nowMs: number): void {
    const entry = this.#entryOf(verdict.point);
    if (entry.verdict?.state !== verdict.state) entry.sinceUtcMs = nowMs;
    entry.verdict = verdict;
    entry.lastUtcMs = nowMs;
  }

  #alarm(event: AlarmEvent, nowMs: number): BoardEvent {
    const { point } = this.#entryOf(event.point);
    const sinceS = endSecondsAt(timing(point), event.sample);
    const text =
      event.type === 'state'
        ? explain(event.verdict, sinceS, point)
        : `${event.point}: cause is now ${diagnosisWords(event.verdict.diagnosis)}. ${whyText(event.verdict, point)}`;
    return this.#keep({ utcMs: nowMs, kind: event.type, point: event.point, state: event.verdict.state, text });
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
      last.utcMs = nowMs;
      return last;
    }
    const text = `${head} from sample ${gap.firstSample}: ${gap.lostSamples} samples.`;
    return this.#keep({ utcMs: nowMs, kind: 'gap', point: gap.point, state: null, text });
  }

  #keep(event: Omit<BoardEvent, 'id'>): BoardEvent {
    const kept = { id: this.#nextId++, ...event };
    this.#events.push(kept);
    if (this.#events.length > RECENT_EVENTS) this.#events.shift();
    return kept;
  }

  #pointView({ point, verdict, sinceUtcMs, lastUtcMs, lostSamples }: Entry, nowMs: number): BoardPoint {
    const handling = this.#handled.get(point.name) ?? null;
    if (!verdict || lastUtcMs === null) {
      const why = 'No verdict yet.';
      const nothing = {
        score: null,
        diagnosis: null,
        confidence: 0,
        severity: null,
        trend: null,
        streamS: null,
        handling,
      };
      return { name: point.name, state: 'unknown', sinceUtcMs, lastUtcMs, why, lostSamples, ...nothing };
    }
    const isStale = nowMs - lastUtcMs > (point.staleAfterMs ?? this.#settings.staleAfterMs);
    const ended = this.#status?.sourceEnded ? 'The source has ended. ' : 'No data comes from this point. ';
    return {
      name: point.name,
      state: isStale ? 'stale' : verdict.state,
      sinceUtcMs: isStale ? lastUtcMs : sinceUtcMs,
      lastUtcMs,
      score: verdict.score,
      diagnosis: verdict.diagnosis,
      confidence: verdict.confidence,
      why: `${isStale ? `${ended}Last known: ` : ''}${whyText(verdict, point)}`,
      severity: severityLine(verdict),
      trend: trendLine(verdict),
      streamS: endSecondsAt(timing(point), verdict.start + verdict.length),
      lostSamples,
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

type Store = NonNullable<HostStatus['store']>;

function storeView({ frames, pendingFrames, pendingBytes, slowestCommitMs, commitError }: Store): Store {
  return { frames, pendingFrames, pendingBytes, slowestCommitMs, commitError };
}

const entryOf = (point: ServedPoint): Entry => ({
  point,
  verdict: null,
  sinceUtcMs: null,
  lastUtcMs: null,
  lostSamples: 0,
});

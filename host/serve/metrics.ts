/** The host in numbers, as Prometheus reads them: text format 0.0.4, one family after the other, base units. */
import { STATES } from '../types.ts';
import type { BoardView } from './board.ts';

type Labels = Record<string, string>;
type Sample = [value: number, labels?: Labels];

class Page {
  readonly #lines: string[] = [];

  /** A family without a sample is left out. */
  family(name: string, type: 'gauge' | 'counter', help: string, samples: Sample[]): void {
    if (samples.length === 0) return;
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [value, labels = {}] of samples) this.#lines.push(`${name}${labelText(labels)} ${value}`);
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

export interface ServeCounts {
  clients: number;
  dropped: number;
}

const DAY_S = 86_400;
const perSecond = (aDay: number | null): number | null => (aDay === null ? null : aDay / DAY_S);
const flag = (is: boolean): number => (is ? 1 : 0);

/** @param isReady what /readyz says at the same moment */
export function metricsText(view: BoardView, isReady: boolean, version: string, serve: ServeCounts): string {
  const page = new Page();
  const gauge = (name: string, help: string, samples: Sample[]): void => page.family(name, 'gauge', help, samples);
  const counter = (name: string, help: string, samples: Sample[]): void =>
    page.family(`${name}_total`, 'counter', help, samples);
  const { status, points, nowUtcMs } = view;
  const core = status?.core;
  gauge('spindle_build_info', 'What runs: always 1.', [
    [1, { version, kernel: core?.kernel ?? '', core: core?.hash.slice(0, 16) ?? '' }],
  ]);
  gauge('spindle_ready', 'Whether /readyz says that the host does its work.', [[flag(isReady)]]);
  gauge('spindle_start_time_seconds', 'UTC of the start of the status page.', [[view.startedUtcMs / 1000]]);
  gauge('spindle_event_streams', 'Browsers that follow the page.', [[serve.clients]]);
  counter('spindle_event_streams_dropped', 'Browsers that did not keep up and were closed.', [[serve.dropped]]);

  const ofPoints = (of: (point: (typeof points)[number]) => number | null): Sample[] =>
    points.flatMap((point): Sample[] => {
      const value = of(point);
      return value === null ? [] : [[value, { point: point.name }]];
    });
  gauge(
    'spindle_point_state',
    'State of a point: 1 for the one it is in.',
    points.flatMap(({ name, state }) =>
      STATES.map((other): Sample => [flag(other === state), { point: name, state: other }]),
    ),
  );
  gauge(
    'spindle_point_score',
    'Last score of a point; 1 is the alarm threshold.',
    ofPoints(({ score }) => score),
  );
  gauge(
    'spindle_point_data_age_seconds',
    'Age of the last verdict of a point.',
    ofPoints(({ lastUtcMs }) => (lastUtcMs === null ? null : (nowUtcMs - lastUtcMs) / 1000)),
  );
  counter(
    'spindle_point_samples_lost',
    'Samples of a point that were lost.',
    ofPoints(({ lostSamples }) => lostSamples),
  );
  if (!status || view.statusUtcMs === null) return page.text;

  gauge('spindle_status_age_seconds', 'Age of what the supervisor has told last.', [
    [(nowUtcMs - view.statusUtcMs) / 1000],
  ]);
  const { samples, sources, threads, store, waiting, uplinks, memory, disk } = status;
  counter('spindle_samples_read', 'Scans of all sources.', [[samples.in]]);
  counter('spindle_samples_analysed', 'Scans that are in a decision.', [[samples.analysed]]);
  counter('spindle_samples_lost', 'Scans that are in a gap.', [[samples.lost]]);
  gauge('spindle_samples_pending', 'Scans that wait for their window to fill.', [[samples.pending]]);

  const ofSources = (of: (source: (typeof sources)[number]) => number): Sample[] =>
    sources.map((source) => [of(source), { source: source.name }]);
  gauge(
    'spindle_source_up',
    'Whether a source is read.',
    ofSources(({ state }) => flag(state === 'reading')),
  );
  gauge(
    'spindle_source_data_age_seconds',
    'Time since a source gave samples.',
    ofSources(({ ageMs }) => ageMs / 1000),
  );
  counter(
    'spindle_source_restarts',
    'How often a source was opened again.',
    ofSources(({ restarts }) => restarts),
  );

  const ofThreads = (of: (thread: (typeof threads)[number]) => number | undefined): Sample[] =>
    threads.flatMap((thread): Sample[] => {
      const value = of(thread);
      return value === undefined ? [] : [[value, { thread: thread.name }]];
    });
  gauge(
    'spindle_thread_up',
    'Whether a thread runs.',
    ofThreads(({ isAlive }) => flag(isAlive)),
  );
  counter(
    'spindle_thread_restarts',
    'How often a thread was started again.',
    ofThreads(({ restarts }) => restarts),
  );
  gauge(
    'spindle_thread_lag_seconds',
    'Longest time that the event loop of a thread was away, of the last 10 s.',
    ofThreads(({ vitals }) => (vitals ? vitals.lagMs / 1000 : undefined)),
  );
  gauge(
    'spindle_thread_heap_bytes',
    'JavaScript heap in use.',
    ofThreads(({ vitals }) => vitals?.heapUsedBytes),
  );
  gauge(
    'spindle_thread_external_bytes',
    'Memory of buffers outside of the heap.',
    ofThreads(({ vitals }) => vitals?.externalBytes),
  );
  gauge('spindle_resident_memory_bytes', 'Resident memory of the process.', [[memory.residentBytes]]);
  gauge('spindle_disk_free_bytes', 'Free on the file system of the data directory.', disk ? [[disk.freeBytes]] : []);
  gauge('spindle_disk_size_bytes', 'Size of the file system of the data directory.', disk ? [[disk.sizeBytes]] : []);

  gauge('spindle_store_waiting_bytes', 'What has been handed to the store and is not durable.', [[waiting.bytes]]);
  gauge('spindle_store_waiting_seconds', 'Age of the oldest thing that is not durable.', [[waiting.oldestMs / 1000]]);
  gauge('spindle_store_unkept_features', 'Features that the disk could not take, while it does not follow.', [
    [waiting.dropped],
  ]);
  if (store) {
    counter('spindle_store_frames', 'Frames committed in this epoch.', [[store.frames]]);
    counter('spindle_store_commits', 'Commits since the store thread started.', [[store.commits]]);
    gauge('spindle_store_slowest_commit_seconds', 'Longest commit since the store thread started.', [
      [store.slowestCommitMs / 1000],
    ]);
    gauge('spindle_store_failing', 'Whether commits fail.', [[flag(store.commitError !== null)]]);
    const known = (value: number | null): Sample[] => (value === null ? [] : [[value]]);
    const { deviceBytesADay, wornShare, years } = store.cardLife;
    gauge('spindle_store_loss_window_seconds', 'What a power cut can cost: the longest wait for a commit.', [
      [store.lossWindowMs / 1000],
    ]);
    gauge('spindle_store_used_bytes', 'Of the store and its log.', [[store.usedBytes]]);
    gauge('spindle_store_budget_bytes', 'What they may use.', [[store.budgetBytes]]);
    gauge('spindle_store_growth_bytes_per_second', 'What the store grows by.', known(perSecond(store.bytesADay)));
    gauge(
      'spindle_store_left_seconds',
      'Until the budget makes frames leave; 0 when it does.',
      known(store.daysLeft === null ? null : store.daysLeft * DAY_S),
    );
    gauge(
      'spindle_device_written_bytes_per_second',
      'What the partition writes, by everybody.',
      known(perSecond(deviceBytesADay)),
    );
    gauge('spindle_device_worn_ratio', 'How worn the card says it is, 0 to 1.', known(wornShare));
    gauge(
      'spindle_device_left_seconds',
      'How long the card lasts.',
      known(years === null ? null : years * 365.25 * DAY_S),
    );
    gauge('spindle_store_unsent_age_seconds', 'Age of the oldest frame that an uplink does not have; 0: none.', [
      [(store.oldestUnsent?.ageMs ?? 0) / 1000],
    ]);
    counter('spindle_store_dropped_frames', 'Frames that made room, at the far side already or not.', [
      [store.droppedSent, { sent: 'yes' }],
      [store.droppedUnsent, { sent: 'no' }],
    ]);
  }

  const ofUplinks = (of: (uplink: (typeof uplinks)[number]) => number): Sample[] =>
    uplinks.map((uplink) => [of(uplink), { uplink: uplink.name }]);
  gauge(
    'spindle_uplink_up',
    'Whether an uplink is connected.',
    ofUplinks(({ state }) => flag(state === 'up')),
  );
  gauge(
    'spindle_uplink_behind_frames',
    'Frames committed that an uplink has not delivered.',
    ofUplinks(({ behind }) => behind),
  );
  counter(
    'spindle_uplink_delivered_frames',
    'Frames that an uplink has delivered.',
    ofUplinks(({ delivered }) => delivered),
  );
  counter(
    'spindle_uplink_resent_frames',
    'Frames that an uplink has sent again.',
    ofUplinks(({ resent }) => resent),
  );
  gauge(
    'spindle_uplink_refused_frames',
    'Frames that were sent again and again and are not receipted.',
    ofUplinks(({ refused }) => refused),
  );
  counter(
    'spindle_uplink_bad_receipts',
    'Receipts that were damaged, forged or of another collector.',
    ofUplinks(({ badReceipts }) => badReceipts),
  );
  gauge(
    'spindle_uplink_receipts',
    'What proves that a frame has arrived: 1 for signed receipts, 0 for the weaker PUBACK.',
    ofUplinks(({ receipts }) => flag(receipts === 'signed')),
  );
  counter(
    'spindle_uplink_restarts',
    'How often an uplink was started again after a defect.',
    ofUplinks(({ restarts }) => restarts),
  );
  return page.text;
}

/** What a host tells Prometheus: readable by its parser, clean by its linter, and the same as the page says. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Board } from '../../host/serve/board.ts';
import type { HostStatus, ServedPoint } from '../../host/serve/messages.ts';
import { metricsText } from '../../host/serve/metrics.ts';
import { parseExposition } from '../support/exposition.ts';
import { wellStatus, wellUplink } from '../support/host-status.ts';
import { verdict } from '../support/verdict.ts';

const point = (name: string): ServedPoint => ({
  name,
  kind: 'vibration',
  sampleRateHz: 1000,
  faultOrder: null,
  bearingName: null,
  shaftRpm: null,
});

function board(points: string[], status: HostStatus | null): Board {
  const one = new Board({ title: 't', subtitle: 's', points: points.map(point), staleAfterMs: 10_000, nowMs: 0 });
  if (status) one.status(status, 1_000);
  return one;
}

const metrics = suite('serve.metrics');

metrics('every number that is watched is there, under its own name', () => {
  const uplink = wellUplink({ state: 'waiting', delivered: 7, behind: 9, lastError: 'gone', restarts: 2, resent: 3 });
  const one = board(['motor/drive-end'], wellStatus({ uplinks: [uplink] }));
  one.output({ kind: 'verdict', verdict: verdict({ score: 0.25 }) }, 1_500);
  one.output({ kind: 'gap', point: 'motor/drive-end', cause: 'wire', firstSample: 7, lostSamples: 3 }, 1_600);
  const families = parseExposition(metricsText(one.view(3_500), true, '1.2.3', { clients: 2, dropped: 1 }));
  const value = (name: string, label?: string): number | undefined =>
    families.get(name)?.samples.find(({ labels }) => label === undefined || Object.values(labels).includes(label))
      ?.value;
  assert.equal(families.get('spindle_build_info')?.samples[0].labels, {
    version: '1.2.3',
    kernel: 'simd',
    core: '1a2b3c4d5e6f',
  });
  const wanted: [string, number, string?][] = [
    ['spindle_ready', 1],
    ['spindle_event_streams', 2],
    ['spindle_event_streams_dropped_total', 1],
    ['spindle_point_data_age_seconds', 2, 'motor/drive-end'],
    ['spindle_point_score', 0.25, 'motor/drive-end'],
    ['spindle_point_samples_lost_total', 3, 'motor/drive-end'],
    ['spindle_point_state', 1, 'normal'],
    ['spindle_point_state', 0, 'alert'],
    ['spindle_status_age_seconds', 2.5],
    ['spindle_samples_read_total', 10],
    ['spindle_samples_analysed_total', 8],
    ['spindle_samples_lost_total', 0],
    ['spindle_samples_pending', 2],
    ['spindle_source_up', 1, 'motor/drive-end'],
    ['spindle_source_data_age_seconds', 0.02, 'motor/drive-end'],
    ['spindle_source_restarts_total', 0, 'motor/drive-end'],
    ['spindle_thread_up', 1, 'analysis'],
    ['spindle_thread_restarts_total', 0, 'analysis'],
    ['spindle_thread_lag_seconds', 0.003, 'main'],
    ['spindle_thread_heap_bytes', 20_000_000, 'main'],
    ['spindle_thread_external_bytes', 4_000_000, 'analysis'],
    ['spindle_resident_memory_bytes', 150_000_000],
    ['spindle_disk_free_bytes', 9e9],
    ['spindle_disk_size_bytes', 3e10],
    ['spindle_store_waiting_bytes', 0],
    ['spindle_store_waiting_seconds', 0],
    ['spindle_store_unkept_features', 0],
    ['spindle_store_frames_total', 3],
    ['spindle_store_commits_total', 2],
    ['spindle_store_slowest_commit_seconds', 0.002],
    ['spindle_store_failing', 0],
    ['spindle_store_loss_window_seconds', 1.04],
    ['spindle_store_used_bytes', 5_000_000],
    ['spindle_store_budget_bytes', 20_000_000],
    ['spindle_store_growth_bytes_per_second', 100],
    ['spindle_store_left_seconds', 432_000],
    ['spindle_device_written_bytes_per_second', 200],
    ['spindle_device_worn_ratio', 0.1],
    ['spindle_device_left_seconds', 378_691_200],
    ['spindle_store_unsent_age_seconds', 0],
    ['spindle_store_dropped_frames_total', 0, 'no'],
    ['spindle_uplink_receipts', 1, 'up'],
    ['spindle_uplink_resent_frames_total', 3, 'up'],
    ['spindle_uplink_refused_frames', 0, 'up'],
    ['spindle_uplink_bad_receipts_total', 0, 'up'],
    ['spindle_uplink_up', 0, 'up'],
    ['spindle_uplink_behind_frames', 9, 'up'],
    ['spindle_uplink_delivered_frames_total', 7, 'up'],
    ['spindle_uplink_restarts_total', 2, 'up'],
  ];
  assert.equal(
    wanted.map(([name, , label]) => [name, value(name, label)]),
    wanted.map(([name, number]) => [name, number]),
  );
});

metrics('docs/operation.md lists them, all of them and no other', () => {
  const text = readFileSync(new URL('../../docs/operation.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/`(spindle_[a-z_]+)[`{]/g)].map(([, name]) => name);
  const one = board(['m'], wellStatus({ uplinks: [wellUplink()] }));
  one.output({ kind: 'verdict', verdict: verdict({ point: 'm' }) }, 1_500);
  const families = parseExposition(metricsText(one.view(3_500), true, '1', { clients: 0, dropped: 0 }));
  assert.equal(listed.toSorted(), [...families.keys()].sort());
});

metrics('a name that a person has chosen cannot break the format', () => {
  const names = ['a"} 1\nb{c="d', 'back\\slash', 'ümlaut, {x="y"}'];
  const families = parseExposition(
    metricsText(board(names, wellStatus()).view(0), false, '1', { clients: 0, dropped: 0 }),
  );
  assert.equal(
    families.get('spindle_point_samples_lost_total')?.samples.map(({ labels }) => labels.point),
    names,
  );
});

metrics('a host that has not reported yet has only what is known of it', () => {
  const families = parseExposition(metricsText(board(['m'], null).view(5), false, '1', { clients: 0, dropped: 0 }));
  assert.equal(families.get('spindle_ready')?.samples[0].value, 0);
  assert.is(families.has('spindle_resident_memory_bytes'), false);
  assert.is(families.has('spindle_point_score'), false);
});

metrics('the reader of these tests refuses what Prometheus would', () => {
  const good = '# HELP spindle_a A.\n# TYPE spindle_a gauge\nspindle_a 1\n';
  parseExposition(good);
  for (const bad of [
    good.trimEnd(),
    good.replace('A.', ' '),
    good.replaceAll('spindle_a', 'spindle_a_total'),
    good.replace('gauge', 'counter'),
    good.replaceAll('spindle_a', 'spindle_a_milliseconds'),
    good.replaceAll('spindle_a', 'spindleA'),
    good.replace('spindle_a 1', 'spindle_b 1'),
    good.replace('spindle_a 1', 'spindle_a one'),
    good.replace('spindle_a 1', 'spindle_a{x=1} 1'),
    `${good}spindle_a 2\n`,
    good + good,
    '# TYPE spindle_a gauge\nspindle_a 1\n',
  ])
    assert.throws(() => parseExposition(bad), undefined, bad);
});

metrics.run();

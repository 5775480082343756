/** A collector of the test's own, and the rows that it keeps. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { Collector, type CollectorCounts } from '../../host/collect/collector.ts';
import { Inlet } from '../../host/collect/inlet.ts';
import { type CollectorKey, newCollectorKey } from '../../host/collect/key.ts';
import type { Sink } from '../../host/collect/sink.ts';
import { SqliteSink } from '../../host/collect/sqlite.ts';
import { newFolder } from './folder.ts';
import { rows } from './store.ts';

export interface TestCollectorOptions {
  path?: string;
  key?: CollectorKey;
  sink?: Sink;
  mostQueuedBytes?: number;
  /** Member of a group of collectors, by its name in it. */
  member?: string;
}

export class TestCollector {
  readonly path: string;
  readonly key: CollectorKey;
  readonly sink: Sink;
  readonly collector: Collector;
  readonly inlets: Inlet[];
  readonly messages: string[] = [];
  #changed: () => void = () => {};
  #stopped: Promise<void> | null = null;

  /** @param path of its SQLite file */
  constructor(urls: string[], options: TestCollectorOptions = {}) {
    this.path = options.path ?? join(newFolder('collect'), 'collected.db');
    this.key = options.key ?? newCollectorKey();
    this.sink = options.sink ?? new SqliteSink(this.path);
    const onMessage = (_: string, text: string): void => {
      this.messages.push(text);
      this.#changed();
    };
    this.collector = new Collector({
      sink: this.sink,
      key: this.key,
      batch: { maxAgeMs: 50, maxFrames: 1000 },
      mostQueuedBytes: options.mostQueuedBytes,
      onMessage,
      onCommit: () => this.#changed(),
    });
    this.inlets = urls.map(
      (url) =>
        new Inlet(
          {
            ...{ url, onMessage, clientId: `test-collector-${options.member ?? ''}` },
            group: options.member === undefined ? null : 'test',
          },
          this.collector,
        ),
    );
  }

  static async start(
    urls: string[],
    options: ConstructorParameters<typeof TestCollector>[1] = {},
  ): Promise<TestCollector> {
    const collector = new TestCollector(urls, options);
    const up = Promise.all(collector.inlets.map((inlet) => inlet.up()));
    for (const inlet of collector.inlets) inlet.start();
    await up;
    return collector;
  }

  get counts(): CollectorCounts {
    return this.collector.counts;
  }

  /** Resolves once `holds` does; looked at after each commit and message. @throws after `limitMs` */
  async until(holds: () => boolean, what: string, limitMs = 30_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!holds()) {
      if (Date.now() > end)
        throw new Error(`waited ${limitMs / 1000} s for: ${what}; ${JSON.stringify(this.counts)} ${this.messages}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        timer = setTimeout(resolve, 100);
      });
      clearTimeout(timer);
    }
  }

  /** Once; again does nothing. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await Promise.all(this.inlets.map((inlet) => inlet.stop()));
    await this.collector.stop();
    await this.sink.close();
  }
}

export interface CollectedRow {
  seq: number;
  kind: number;
  path: string | null;
  bytes: Uint8Array;
}

/** The table is the store: every frame that it has, in order, once, byte for byte. */
export function assertSame(dataDir: string, path: string): void {
  const here = rows(dataDir).filter((row) => row.bytes !== null);
  const there = collectedRows(path);
  assert.equal(
    there.map(({ seq }) => seq),
    here.map(({ seq }) => seq),
  );
  for (const [i, row] of there.entries())
    assert.ok(Buffer.compare(row.bytes, here[i].bytes as Uint8Array) === 0, `frame ${row.seq} differs`);
}

/** The rows of the only source of a SQLite collection, in order. */
export function collectedRows(path: string): CollectedRow[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT seq, kind, path, bytes FROM collected ORDER BY host_id, epoch, seq').all();
  database.close();
  return rows as unknown as CollectedRow[];
}

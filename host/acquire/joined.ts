/** Several recordings of one machine, one after the other, as one stream: each begins a new stretch. */
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import type { Source } from './source.ts';

/**
 * @param sources at least one; they are closed together
 * @throws InputError SOURCE_JOIN unless all have the same channels, units, rate and snapshots
 */
export function joined(sources: Source[]): Source {
  const [first] = sources;
  const odd = sources.find(({ info }) => shape(info) !== shape(first.info));
  if (odd)
    throw new InputError(
      'SOURCE_JOIN',
      `${odd.info.name}: has ${shape(odd.info)}, wanted as ${first.info.name}: ${shape(first.info)}; nothing was read`,
    );
  return sources.length === 1 ? first : new JoinedSource(sources);
}

function shape({ channels, sampleRateHz, snapshot }: SourceInfo): string {
  const names = channels.map(({ name, unit }) => `${name} in ${unit}`).join(', ');
  return `${names} at ${sampleRateHz} Hz${snapshot ? `, snapshots of ${snapshot.samples}` : ''}`;
}

class JoinedSource implements Source {
  readonly info: SourceInfo;
  readonly #sources: Source[];

  constructor(sources: Source[]) {
    const infos = sources.map(({ info }) => info);
    const counts = infos.map(({ sampleCount }) => sampleCount);
    this.#sources = sources;
    this.info = {
      ...infos[0],
      name: infos.map(({ name }) => name).join(', '),
      shaftRpm: infos.every(({ shaftRpm }) => shaftRpm === infos[0].shaftRpm) ? infos[0].shaftRpm : null,
      sampleCount: counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + count!, 0),
      startUtcUs: null,
      notes: infos.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
    };
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    let start = 0;
    for (const source of this.#sources) {
      if (source.info.shaftRpm !== this.info.shaftRpm) yield { kind: 'inputs', rpm: source.info.shaftRpm, load: null };
      let end = start;
      for await (const event of source.events(signal)) {
        if (event.kind === 'samples') {
          yield { ...event, firstSample: start + event.firstSample };
          end = start + event.firstSample + event.channels[0].length;
        } else if (event.kind === 'gap') {
          yield { ...event, firstSample: start + event.firstSample };
          end = start + event.firstSample + event.lostSamples;
        } else yield event;
        if (signal?.aborted) return;
      }
      yield { kind: 'snapshotEnd' };
      start = end;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }
}

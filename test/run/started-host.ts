/** A host on sources in memory, what it gave, and what of it is in its store. */
import type { Source } from '../../host/acquire/source.ts';
import type { Frame } from '../../host/frame/frame.ts';
import type { Output } from '../../host/pipeline.ts';
import { Host, type HostSettings } from '../../host/run/host.ts';
import { StoreReader } from '../../host/store/reader.ts';
import type { Verdict } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';

export interface Run {
  host: Host;
  dataDir: string;
  outputs: Output[];
  messages: string[];
  url: string | null;
}

/** The first source is point `m`, the next ones `m2`, `m3`. */
export function start(
  sources: { source: Source; learnSamples: number | null }[],
  changes: Partial<HostSettings> = {},
  onOutput: (run: Run) => void = () => {},
): Run {
  const dataDir = changes.dataDir ?? newFolder('host');
  const run: Run = { host: null as never, dataDir, outputs: [], messages: [], url: null };
  run.host = new Host(
    {
      sources: sources.map(({ source, learnSamples }, i) => {
        const name = i === 0 ? 'm' : `m${i + 1}`;
        return { name, topicPath: `a/b/c/d/e/${name}`, source, options: { learnSamples } };
      }),
      dataDir,
      uplinks: [],
      serve: null,
      configHash: null,
      ...changes,
    },
    {
      onOutput: (_, output) => {
        run.outputs.push(output);
        onOutput(run);
      },
      onListening: (url) => {
        run.url = url;
      },
      onMessage: (level, text) => run.messages.push(`${level}: ${text}`),
    },
  );
  return run;
}

export function allFrames(dataDir: string): Frame[] {
  const reader = new StoreReader(dataDir);
  const frames: Frame[] = [];
  for (const { id } of reader.epochs()) {
    for (let from: number | null = 0; from !== null; ) {
      const page = reader.frames({ epochId: id, fromSeq: from });
      frames.push(...page.frames);
      from = page.nextSeq;
    }
  }
  reader.close();
  return frames;
}

/** First samples of the features, and the sequence numbers of all frames. */
export function framesStored(dataDir: string): { starts: number[]; seqs: number[] } {
  const frames = allFrames(dataDir);
  const starts = frames.flatMap((frame) =>
    frame.kind === 'feature' ? [(frame.map.get(25) as Map<number, number>).get(7)!] : [],
  );
  return { starts, seqs: frames.map(({ seq }) => seq) };
}

export const verdicts = (outputs: Output[]): Verdict[] =>
  outputs.flatMap((output) => (output.kind === 'verdict' ? [output.verdict] : []));

/** The sink that a name stands for: a PostgreSQL address, or else the path of a SQLite file. */
import type { Sink } from './sink.ts';

/** @throws InputError COLLECT_DATABASE */
export async function openSink(database: string): Promise<Sink> {
  if (/^postgres(ql)?:\/\//.test(database)) {
    const { PostgresSink } = await import('./postgres.ts');
    return PostgresSink.open(database);
  }
  const { SqliteSink } = await import('./sqlite.ts');
  return new SqliteSink(database);
}

/**
 * Live events to browsers (server-sent events). A reader that does not keep up is closed and counted, never waited
 * for: its browser connects again and gets the whole picture. Bounded in readers and in bytes a reader.
 */
import type { ServerResponse } from 'node:http';

export const MAX_STREAMS = 64;
export const MAX_BUFFERED_BYTES = 256 * 1024;

export class EventStreams {
  readonly #open = new Set<ServerResponse>();
  #dropped = 0;

  get count(): number {
    return this.#open.size;
  }

  /** Streams closed because their reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_STREAMS;
  }

  /** Takes over a response; `first` are sent before anything else. */
  add(response: ServerResponse, first: { event: string; data: unknown }[]): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.on('close', () => this.#open.delete(response));
    response.on('error', () => this.#open.delete(response));
    this.#open.add(response);
    response.write('retry: 1000\n\n');
    for (const { event, data } of first) this.#write(response, message(event, data));
  }

  send(event: string, data: unknown): void {
    if (this.#open.size === 0) return;
    const text = message(event, data);
    for (const response of this.#open) this.#write(response, text);
  }

  /** A comment line: finds readers that went away without a word. */
  ping(): void {
    for (const response of this.#open) this.#write(response, ': alive\n\n');
  }

  close(): void {
    for (const response of this.#open) response.destroy();
    this.#open.clear();
  }

  #write(response: ServerResponse, text: string): void {
    if (response.writableLength + text.length > MAX_BUFFERED_BYTES) {
      this.#dropped++;
      this.#open.delete(response);
      response.destroy();
      return;
    }
    response.write(text);
  }
}

/** JSON has no line breaks of its own, so one `data:` line carries it. */
const message = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

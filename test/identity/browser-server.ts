/** Serves the player, the modules and a tape to a browser on this machine, and takes the answers back. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { coreModule, KERNELS } from './builds.ts';

const script = (file: string): string =>
  stripTypeScriptTypes(readFileSync(new URL(file, import.meta.url), 'utf8'), { mode: 'strip' });

export interface BrowserServer {
  /** An empty page. Beside it: `/KERNEL.wasm` and `/tape`. */
  origin: string;
  /** What was posted, by path. */
  answers: Map<string, Buffer>;
  close(): Promise<void>;
}

export async function serveTape(tape: Uint8Array): Promise<BrowserServer> {
  const found = new Map<string, [type: string, body: string | Uint8Array]>([
    ['/', ['text/html', '<!doctype html><meta charset="utf-8"><title>identity</title>']],
    ['/browser-player.ts', ['text/javascript', script('browser-player.ts')]],
    ['/play.ts', ['text/javascript', script('play.ts')]],
    ['/tape', ['application/octet-stream', tape]],
  ]);
  for (const kernel of KERNELS) found.set(`/${kernel}.wasm`, ['application/wasm', coreModule(kernel)]);
  const answers = new Map<string, Buffer>();

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'POST') {
      answers.set(request.url ?? '', await buffer(request));
      response.end();
      return;
    }
    const [type, body] = found.get(request.url ?? '') ?? [];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain', 'cache-control': 'no-store' });
    response.end(body ?? 'no such file');
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * The routes of the status page. Reads a Board, changes nothing. Loopback only and without a password, so a request
 * that names another host (a web page that rebinds its name to 127.0.0.1) is refused.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Board, BoardView } from './board.ts';
import type { EventStreams } from './streams.ts';

const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

/** Only the style and the script of the page itself may run, and it may talk to nobody but this server. */
const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf('style')}'`,
  `script-src '${hashOf('script')}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** After this time without counts from the supervisor the host is not ready. */
const SILENT_AFTER_MS = 5_000;

export interface AppParts {
  board: Board;
  streams: EventStreams;
  /** Milliseconds of wall time. */
  now: () => number;
}

/** A fastify instance that does not listen yet. */
export function statusApp({ board, streams, now }: AppParts): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });

  app.addHook('onRequest', async (request, reply) => {
    if (!isLoopbackName(request.hostname))
      return reply.code(421).send({ error: `got host '${request.hostname}', wanted localhost or 127.0.0.1` });
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  });

  app.get('/', async (_request, reply) =>
    reply
      .header('content-security-policy', POLICY)
      .header('referrer-policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(page),
  );

  app.get('/api/v1/status', async () => board.view(now()));

  app.get('/api/v1/events', (request, reply) => {
    if (streams.isFull) return reply.code(503).send({ error: 'too many event streams are open; try again later' });
    const view = board.view(now());
    reply.hijack();
    streams.add(reply.raw, [
      { event: 'board', data: withoutEvents(view) },
      { event: 'events', data: view.events },
    ]);
    request.raw.on('close', () => reply.raw.end());
  });

  app.get('/healthz', async () => ({ ok: true }));

  app.get('/readyz', async (_request, reply) => {
    const problems = problemsOf(board.view(now()));
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });

  return app;
}

/** What goes out with every change: events travel on their own. */
export function withoutEvents(view: BoardView): Omit<BoardView, 'events'> {
  const { events: _events, ...rest } = view;
  return rest;
}

/** Why the host does not do its work, in words; empty when it does. */
export function problemsOf({ status, statusUtcMs, nowUtcMs }: BoardView): string[] {
  if (!status || statusUtcMs === null) return ['the host has not reported yet'];
  const problems: string[] = [];
  if (nowUtcMs - statusUtcMs > SILENT_AFTER_MS)
    problems.push(`the host has not reported for ${Math.round((nowUtcMs - statusUtcMs) / 1000)} s`);
  for (const { name, isAlive } of status.threads) if (!isAlive) problems.push(`the ${name} thread is not running`);
  if (!status.store) problems.push('the store is not open');
  else if (status.store.commitError) problems.push(`the store cannot commit: ${status.store.commitError}`);
  return problems;
}

function hashOf(tag: string): string {
  const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

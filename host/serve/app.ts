/**
 * The routes of the status page. Reads a Board, changes nothing. Loopback only and without a password, so a request
 * that names another host (a web page that rebinds its name to 127.0.0.1) is refused.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Board, BoardView } from './board.ts';
import { metricsText } from './metrics.ts';
import { conditionsOf, type WatchLimits } from './readiness.ts';
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

/** After this time without counts from the supervisor, which come every 500 ms, the host is not ready ... */
const SILENT_AFTER_MS = 5_000;
/** ... and after this time it hangs, and only a new process helps. */
const DEAD_AFTER_MS = 60_000;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface AppParts {
  board: Board;
  streams: EventStreams;
  /** Milliseconds of a clock that never steps. */
  nowMs: () => number;
  watch: WatchLimits;
}

/** A fastify instance that does not listen yet. */
export function statusApp({ board, streams, nowMs, watch }: AppParts): FastifyInstance {
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

  app.get('/api/v1/status', async () => board.view(nowMs()));

  app.get('/api/v1/events', (request, reply) => {
    if (streams.isFull) return reply.code(503).send({ error: 'too many event streams are open; try again later' });
    const view = board.view(nowMs());
    reply.hijack();
    streams.add(reply.raw, [
      { event: 'board', data: withoutEvents(view) },
      { event: 'events', data: view.events },
    ]);
    request.raw.on('close', () => reply.raw.end());
  });

  /** Alive: this thread answers and the supervisor is not known to hang. */
  app.get('/healthz', async (_request, reply) => {
    const { nowUtcMs, statusUtcMs, startedUtcMs } = board.view(nowMs());
    const ok = nowUtcMs - (statusUtcMs ?? startedUtcMs) < DEAD_AFTER_MS;
    return reply.code(ok ? 200 : 503).send({ ok });
  });

  app.get('/readyz', async (_request, reply) => {
    const { problems, warnings } = readinessOf(board.view(nowMs()), watch);
    const ready = problems.length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, problems, warnings });
  });

  app.get('/metrics', async (_request, reply) => {
    const view = board.view(nowMs());
    const isReady = readinessOf(view, watch).problems.length === 0;
    const counts = { clients: streams.count, dropped: streams.dropped };
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(view, isReady, version, counts));
  });

  return app;
}

/** What goes out with every change: events travel on their own. */
export function withoutEvents(view: BoardView): Omit<BoardView, 'events'> {
  const { events: _events, ...rest } = view;
  return rest;
}

/** Why the host does not do its work, and what it bears for now, in words. */
export function readinessOf(view: BoardView, watch: WatchLimits): { problems: string[]; warnings: string[] } {
  const { status, statusUtcMs, nowUtcMs, points } = view;
  if (!status || statusUtcMs === null) return { problems: ['the host has not reported yet'], warnings: [] };
  const conditions = conditionsOf(status, watch);
  const texts = (isProblem: boolean): string[] =>
    conditions.filter((condition) => condition.isProblem === isProblem).map(({ text }) => text);
  const silentMs = nowUtcMs - statusUtcMs;
  const silence = silentMs > SILENT_AFTER_MS ? [`the host has not reported for ${Math.round(silentMs / 1000)} s`] : [];
  return { problems: [...silence, ...texts(true), ...stale(points, status.sourceEnded)], warnings: texts(false) };
}

function stale(points: BoardView['points'], isOver: boolean): string[] {
  if (isOver) return [];
  return points.filter(({ isOverdue }) => isOverdue).map(({ name }) => `${name}: no verdict has come for too long`);
}

function hashOf(tag: string): string {
  const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** The status page over real HTTP on loopback, and the serve thread as the supervisor starts it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BoardView } from '../../host/serve/board.ts';
import type { FromServe, ServedPoint, ServeThreadSettings, ToServe } from '../../host/serve/messages.ts';
import { StatusServer } from '../../host/serve/server.ts';
import { MAX_BUFFERED_BYTES } from '../../host/serve/streams.ts';
import { parseExposition } from '../support/exposition.ts';
import { wellStatus } from '../support/host-status.ts';
import { verdict } from '../support/verdict.ts';

const points: ServedPoint[] = [
  {
    name: 'motor/drive-end',
    kind: 'vibration',
    sampleRateHz: 25_600,
    faultOrder: null,
    bearingName: null,
    shaftRpm: null,
  },
];
const settings: ServeThreadSettings = { title: 'plant', subtitle: 'test', points, port: 0 };
const status = wellStatus();

async function serving(work: (url: string, server: StatusServer) => Promise<void>): Promise<void> {
  const server = new StatusServer(settings);
  const { url } = await server.listen();
  try {
    await work(url, server);
  } finally {
    await server.close();
  }
}

/** Reads an event stream until `enough`. */
async function readEvents(url: string, enough: (text: string) => boolean, onFirst?: () => void): Promise<string> {
  const response = await fetch(`${url}/api/v1/events`, { signal: AbortSignal.timeout(20_000) });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    if (text === '') onFirst?.();
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

async function occupied(work: (port: number) => Promise<void>): Promise<void> {
  const other: Server = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    await work((other.address() as AddressInfo).port);
  } finally {
    other.close();
  }
}

const server = suite('serve.server');

server('the page runs only its own script and asks nobody else', () =>
  serving(async (url) => {
    const response = await fetch(url);
    const text = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.is(response.status, 200);
    assert.match(policy, /default-src 'none'.*script-src 'sha256-.*connect-src 'self'/);
    assert.not.match(policy, /unsafe|https?:/);
    const outside = [...text.matchAll(/(?:src|href)=["']([^"']+)/g)].map((match) => match[1]);
    assert.equal(
      outside.filter((address) => !address.startsWith('data:')),
      [],
    );
    assert.not.match(text, /innerHTML|insertAdjacentHTML|document\.write/);
  }),
);

server('status is what was told, as JSON', () =>
  serving(async (url, running) => {
    running.take({ type: 'output', output: { kind: 'verdict', verdict: verdict({ score: 0.25 }) } });
    running.take({ type: 'status', status });
    const view = (await (await fetch(`${url}/api/v1/status`)).json()) as BoardView;
    assert.is(view.title, 'plant');
    assert.equal([view.points[0].state, view.points[0].score], ['normal', 0.25]);
    assert.equal(view.status, status);
  }),
);

server('an event stream begins with the whole picture and goes on live', () =>
  serving(async (url, running) => {
    const gap = { kind: 'gap', point: null, cause: 'wire', firstSample: 7, lostSamples: 3 } as const;
    const text = await readEvents(
      url,
      (seen) => seen.includes('samples lost'),
      () => running.take({ type: 'output', output: gap }),
    );
    assert.match(text, /^retry: 1000\n\nevent: board\ndata: \{.*\}\n\nevent: events\ndata: \[/);
    assert.match(text, /event: event\ndata: \{.*samples lost \(wire\) from sample 7: 3 samples/);
  }),
);

server('a reader that stops reading is dropped and counted, and others are not held up', () =>
  serving(async (url, running) => {
    const slow = connect(Number(new URL(url).port), '127.0.0.1');
    slow.on('error', () => {});
    slow.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(slow, 'data');
    slow.pause();
    // more than the kernel buffers of a socket pair and our own bound together
    const text = 'x'.repeat(MAX_BUFFERED_BYTES / 4);
    const event = {
      type: 'state',
      point: text,
      from: 'a',
      to: 'b',
      alarmId: 1,
      sample: 0,
      verdict: verdict(),
    } as const;
    for (let sent = 0; sent < 400 && running.dropped === 0; sent++) {
      running.take({ type: 'output', output: { kind: 'alarm', event } });
      await new Promise(setImmediate);
    }
    assert.is(running.dropped, 1);
    assert.is(running.clients, 0);
    assert.is((await fetch(`${url}/healthz`)).status, 200);
    slow.destroy();
  }),
);

server('ready only while the host reports and nothing of it is down, and says why', () =>
  serving(async (url, running) => {
    const ready = async (): Promise<[number, string[], string[]]> => {
      const response = await fetch(`${url}/readyz`);
      const { problems, warnings } = (await response.json()) as { problems: string[]; warnings: string[] };
      return [response.status, problems, warnings];
    };
    assert.equal(await ready(), [503, ['the host has not reported yet'], []]);
    running.take({ type: 'status', status });
    assert.equal(await ready(), [200, [], []]);
    const store = { ...status.store!, commitError: 'disk full' };
    running.take({ type: 'status', status: { ...status, store } });
    assert.equal(await ready(), [503, ['the store cannot commit: disk full'], []]);
  }),
);

server('is alive while it answers, and serves its numbers in the format of Prometheus', () =>
  serving(async (url, running) => {
    running.take({ type: 'status', status });
    assert.is((await fetch(`${url}/healthz`)).status, 200);
    const response = await fetch(`${url}/metrics`);
    assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const families = parseExposition(await response.text());
    assert.equal(families.get('spindle_ready')?.samples, [{ name: 'spindle_ready', labels: {}, value: 1 }]);
  }),
);

server('a page of another name that points here is refused', () =>
  serving(async (url) => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    const [first] = await once(socket, 'data');
    assert.match(String(first), /^HTTP\/1.1 421 /);
    socket.destroy();
  }),
);

server('a given port that is taken fails, the default moves on', () =>
  occupied(async (port) => {
    const refused = new StatusServer({ ...settings, port });
    await refused.listen().then(
      () => assert.unreachable(),
      (error) => assert.is(error.code, 'EADDRINUSE'),
    );
    await refused.close();
    const two = [
      new StatusServer({ ...settings, port: undefined }),
      new StatusServer({ ...settings, port: undefined }),
    ];
    const [a, b] = [await two[0].listen(), await two[1].listen()];
    assert.ok(a.port >= 8080 && b.port > a.port, `${a.port} ${b.port}`);
    await Promise.all(two.map((one) => one.close()));
  }),
);

const thread = (workerData: ServeThreadSettings): Worker =>
  new Worker(new URL('../../host/serve/server.ts', import.meta.url), { workerData });

server('the thread says where it listens, beats, and ends when asked', async () => {
  const worker = thread({ ...settings, heartbeatMs: 5 });
  const seen: FromServe['type'][] = [];
  const ended = once(worker, 'exit');
  worker.on('message', (message: FromServe) => {
    seen.push(message.type);
    if (message.type === 'heartbeat') worker.postMessage({ type: 'stop' } satisfies ToServe);
  });
  assert.equal(await ended, [0]);
  assert.equal(seen.slice(0, 2), ['listening', 'heartbeat']);
});

server('the thread names a port that is taken and ends', () =>
  occupied(async (port) => {
    const worker = thread({ ...settings, port });
    const ended = once(worker, 'exit');
    const [message] = (await once(worker, 'message')) as [FromServe];
    assert.is(message.type === 'failed' && message.code, 'PORT_TAKEN');
    assert.match(message.type === 'failed' ? message.message : '', new RegExp(`port ${port} is taken; wanted a free`));
    await ended;
  }),
);

server.run();

/** How a node does, for people and for programs. */
import type { NodeStatus } from '../acquire/serial/node-source.ts';
import { boardIdText } from '../acquire/serial/whereabouts.ts';

/** One line of `spindle nodes --json`; absent is null. */
export interface NodeRow {
  node: string;
  port: string | null;
  board: string;
  sensor: string;
  rangeG: number;
  nominalRateHz: number;
  /** By the crystal of the node; by the clock of the host, to the spread of the first seconds. */
  rateByNodeHz: number | null;
  rateByHostHz: number | null;
  firmwareHash: string;
  coreHash: string;
  state: string | null;
  fault: string;
  resetCause: string | null;
  restart: string;
  uptimeS: number | null;
  temperatureC: number | null;
  supplyV: number | null;
  calibrated: boolean;
  hasKey: boolean;
  /** Since the node started, by its own count. */
  fifoOverruns: number | null;
  ringDropped: number | null;
  sendDropped: number | null;
  crcErrors: number | null;
  /** While it was listened to, by the count of the host. */
  received: number;
  lost: number;
  damagedMessages: number;
}

const STATES = ['stopped', 'sampling', 'self-test', 'sensor fault'];
const RESETS = ['power', 'pin', 'watchdog', 'software', 'trap', 'processor fault'];
const ABSOLUTE_ZERO_C = -273.15;

export function nodeRow({ hello, heartbeat, line, path, received, lost, damagedMessages }: NodeStatus): NodeRow {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const scaled = (value: number | null | undefined, by: number): number | null => (value == null ? null : value / by);
  return {
    node: boardIdText(hello),
    port: path,
    board: hello.board,
    sensor: hello.sensor,
    rangeG: hello.rangeMilliG / 1000,
    nominalRateHz: hello.nominalRateMilliHz / 1000,
    rateByNodeHz: scaled(heartbeat?.measuredRateMilliHz, 1000),
    rateByHostHz: line?.sampleRateHz ?? null,
    firmwareHash: hex(hello.firmwareHash),
    coreHash: hex(hello.coreHash),
    state: heartbeat && (STATES[heartbeat.state] ?? String(heartbeat.state)),
    fault: heartbeat?.fault ?? '',
    resetCause: heartbeat && (RESETS[heartbeat.resetCause] ?? String(heartbeat.resetCause)),
    restart: heartbeat?.restart ?? '',
    uptimeS: scaled(heartbeat?.uptimeMs, 1000),
    temperatureC: heartbeat?.temperatureCentiK == null ? null : heartbeat.temperatureCentiK / 100 + ABSOLUTE_ZERO_C,
    supplyV: scaled(heartbeat?.supplyMilliV, 1000),
    calibrated: hello.calibration !== null,
    hasKey: hello.hasKey,
    fifoOverruns: heartbeat?.fifoOverruns ?? null,
    ringDropped: heartbeat?.ringDropped ?? null,
    sendDropped: heartbeat?.sendDropped ?? null,
    crcErrors: heartbeat?.crcErrors ?? null,
    received,
    lost: lost.node + lost.sensor + lost.wire + lost.away,
    damagedMessages,
  };
}

const COLUMNS: [string, (row: NodeRow) => string][] = [
  ['NODE', ({ node }) => node],
  ['PORT', ({ port }) => port ?? '-'],
  ['BOARD', ({ board }) => board],
  ['SENSOR', ({ sensor }) => sensor],
  ['RANGE', ({ rangeG }) => `${rangeG} g`],
  ['RATE', ({ nominalRateHz }) => `${nominalRateHz} Hz`],
  ['TRUE RATE', ({ rateByNodeHz, rateByHostHz }) => (rateByNodeHz ?? rateByHostHz)?.toFixed(1) ?? '-'],
  ['FIRMWARE', ({ firmwareHash }) => firmwareHash.slice(0, 8)],
  ['RECEIVED', ({ received }) => String(received)],
  ['LOST', ({ lost }) => String(lost)],
  [
    'STATE',
    ({ state, fault, resetCause }) =>
      [state ?? 'no heartbeat', fault, resetCause === 'power' ? '' : `restarted by ${resetCause}`]
        .filter(Boolean)
        .join('; '),
  ],
  ['KEY', ({ hasKey }) => (hasKey ? 'set' : 'none: obeys anyone')],
];

/** @returns lines that end with a newline */
export function nodeTable(rows: NodeRow[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, text]) => text(row)))];
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  return cells
    .map(
      (line) =>
        `${line
          .map((cell, at) => cell.padEnd(widths[at]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

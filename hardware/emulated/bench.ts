/**
 * An emulated board at the end of a serial cable, for whoever has no hardware: the demo and the tests. The board runs in
 * a process of its own; the host finds a port that it opens like any other.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadModule } from '../../host/run/thread.ts';
import type { SensorFaults } from '../models/sensor-model.ts';
import type { BoardSettings, BoardStatus, FromBoard, ToBoard } from './board-messages.ts';
import { Cable } from './cable.ts';

const START_MS = 20_000;
const STATUS_MS = 5000;
const STOP_MS = 2000;

export class EmulatedBench {
  readonly cable: Cable;
  readonly #folder: string;
  readonly #board: ChildProcess;
  #wanted: ((message: FromBoard) => void) | null = null;

  private constructor(folder: string, cable: Cable, board: ChildProcess) {
    this.#folder = folder;
    this.cable = cable;
    this.#board = board;
    board.on('message', (message: FromBoard) => this.#wanted?.(message));
  }

  /**
   * Starts the board and plugs the cable in.
   * @throws Error when the board or its cable does not come up in time
   */
  static async start(settings: Omit<BoardSettings, 'socketPath' | 'volume'>): Promise<EmulatedBench> {
    const folder = mkdtempSync(join(tmpdir(), 'spindle-board-'));
    const cable = new Cable(folder);
    const whole: BoardSettings = { ...settings, socketPath: cable.socketPath, volume: join(folder, 'RPI-RP2') };
    const board = fork(threadModule('./board-process', import.meta.url), [JSON.stringify(whole)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const bench = new EmulatedBench(folder, cable, board);
    try {
      await bench.#answer(START_MS, 'ready');
      await cable.plug();
      return bench;
    } catch (error) {
      await bench.end();
      throw error;
    }
  }

  /** Of the port. */
  get path(): string {
    return this.cable.path;
  }

  /** Where the disk of the bootloader appears. */
  get volume(): string {
    return join(this.#folder, 'RPI-RP2');
  }

  setFaults(faults: SensorFaults): void {
    this.#tell({ type: 'faults', faults });
  }

  powerCycle(): void {
    this.#tell({ type: 'power-cycle' });
  }

  async status(): Promise<BoardStatus> {
    const answer = this.#answer(STATUS_MS, 'status');
    this.#tell({ type: 'status' });
    return (await answer) as BoardStatus;
  }

  async end(): Promise<void> {
    await this.cable.pull();
    const { exitCode, signalCode, pid } = this.#board;
    if (exitCode === null && signalCode === null && pid !== undefined) {
      const ended = once(this.#board, 'exit');
      this.#tell({ type: 'stop' });
      const late = setTimeout(() => this.#board.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tell(order: ToBoard): void {
    if (this.#board.connected) this.#board.send(order, () => {});
  }

  #answer(limitMs: number, type: FromBoard['type']): Promise<FromBoard> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(late);
        this.#wanted = null;
        reject(new Error(`emulated board: ${why}`));
      };
      const gone = (): void => fail('its process ended');
      const late = setTimeout(() => fail(`no ${type} within ${limitMs / 1000} s`), limitMs);
      this.#board.once('exit', gone);
      this.#wanted = (message) => {
        if (message.type === 'failed') return fail(message.text);
        if (message.type !== type) return;
        clearTimeout(late);
        this.#board.off('exit', gone);
        this.#wanted = null;
        resolve(message);
      };
    });
  }
}

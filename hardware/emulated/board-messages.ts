/** What passes between a bench and the process in which its board runs. */
import type { SimulatorSettings } from '../../host/acquire/simulator-settings.ts';
import type { SensorName } from '../models/index.ts';
import type { SensorFaults } from '../models/sensor-model.ts';

/** How the sensor is moved. */
export type MotionSettings =
  /** On a table, gravity along z. */
  | { kind: 'rest' }
  /** A simulated machine, at the nominal rate of the sensor. */
  | { kind: 'machine'; settings: Partial<SimulatorSettings> }
  /** A file of float32 LE, `axes` values a scan in g: a scan a sample, over and over. */
  | { kind: 'file'; path: string; axes: number };

export interface BoardSettings {
  /** Path of the image: .bin or .uf2. */
  image: string;
  sensor: SensorName;
  motion: MotionSettings;
  faults?: SensorFaults;
  /** Which of the board's ports the cable is at. */
  port: 'uart' | 'usb';
  /** Emulated seconds in one second; null: as fast as it goes, and the host is waited for. */
  pace: number | null;
  socketPath: string;
  /** Where the disk of the bootloader appears; null: nowhere. */
  volume: string | null;
}

export type ToBoard =
  | { type: 'faults'; faults: SensorFaults }
  /** Off and on again. */
  | { type: 'power-cycle' }
  | { type: 'status' }
  | { type: 'stop' };

export interface BoardStatus {
  type: 'status';
  /** Emulated, since power-on. */
  seconds: number;
  /** Samples that the sensor took, and those that were overwritten in its FIFO. */
  taken: number;
  overwritten: number;
  starts: number;
  isInBootloader: boolean;
  busyShare: number;
  /** Bytes that the line, or the host behind it, lost. */
  bytesLost: number;
  violations: string[];
}

export type FromBoard = { type: 'ready' } | BoardStatus | { type: 'failed'; text: string };

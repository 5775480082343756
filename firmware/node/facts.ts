/** hardware/*.json as C: what the drivers and the board layer know of the sensor and the pins. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Fact<T> {
  value: T;
  level: 0 | 1 | 2;
  source: string;
}

export interface SensorFacts {
  name: string;
  title: string;
  axes: number;
  encoding: Fact<'int16' | 'packed20'>;
  bus: {
    spiMode: Fact<number>;
    spiLargestHz: Fact<number>;
    readBit: Fact<string>;
    burstBit: Fact<string>;
    gapUs: Fact<number>;
    i2cAddresses: Fact<string[]>;
  };
  identity: { register: string; value: string; level: number; source: string }[];
  startUpMs: Fact<number>;
  resetMs?: Fact<number>;
  discardScans: Fact<number>;
  registers: Record<string, { address: string; bits?: Record<string, string>; level: number; source: string }>;
  rates: { code: number; milliHz: number; level: number; source: string }[];
  ranges: { code: number; milliG: number; gPerCount: number; level: number; source: string }[];
  default: { rateMilliHz: number; rangeMilliG: number };
  fifo: { depthScans: Fact<number>; watermarkScans: Fact<number>; entryBytes: Fact<number> };
  selfTest: {
    signed: boolean;
    rateMilliHz: number;
    rangeMilliG: number;
    settleMs: number;
    dropScans: number;
    averageScans: number;
    leastMilliG: number[];
    mostMilliG: number[];
  };
  temperature: { centiKelvinAtZero: number; countsPerKelvin: number } | null;
}

interface Pin {
  pin: number;
}

export interface BoardFacts {
  name: string;
  flashBytes: number;
  crystalHz: number;
  systemHz: number;
  spi: { rx: Pin; cs: Pin; sck: Pin; tx: Pin };
  interrupt: Pin;
  uart: { baud: number; tx: Pin; rx: Pin };
  led: Pin;
  supply: { pin: number; adcChannel: number; divider: number; referenceMilliV: number };
  usb: { vendorId: string; productId: string };
  flashLayout: { settingsBytes: number };
}

export const SENSORS = ['adxl345', 'iis3dwb', 'adxl355', 'lis3dh'] as const;
export type SensorName = (typeof SENSORS)[number];

const read = (path: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../hardware/${path}`, import.meta.url)), 'utf8'));

export const sensorFacts = (name: SensorName): SensorFacts => read(`sensors/${name}.json`) as SensorFacts;
export const boardFacts = (name: 'pico'): BoardFacts => read(`boards/${name}.json`) as BoardFacts;

/** The header that the C includes as "facts.h". */
export function factsHeader(sensor: SensorFacts, board: BoardFacts, descriptor: Uint8Array): string {
  const prefix = sensor.name.toUpperCase();
  const define = (name: string, value: number | string): string => `#define ${name} ${value}`;
  const registers = Object.entries(sensor.registers).flatMap(([name, { address, bits = {} }]) => [
    define(`${prefix}_${name}`, `${address}u`),
    ...Object.entries(bits).map(([bit, mask]) => define(`${prefix}_${name}_${bit}`, `${mask}u`)),
  ]);
  const identity = sensor.identity.map(({ register, value }) => `{${prefix}_${register}, ${value}u}`);
  const { bus, fifo } = sensor;
  const lines = [
    `/* ${sensor.title} on ${board.name}, from hardware/. */`,
    '#ifndef SPINDLE_FACTS_H',
    '#define SPINDLE_FACTS_H',
    '#include <stdint.h>',
    ...registers,
    define('SENSOR_IDENTITY', `{${identity.join(', ')}}`),
    define('SENSOR_SPI_MODE', `${bus.spiMode.value}u`),
    define('SENSOR_SPI_LARGEST_HZ', `${bus.spiLargestHz.value}u`),
    define('SENSOR_READ_BIT', `${bus.readBit.value}u`),
    define('SENSOR_BURST_BIT', `${bus.burstBit.value}u`),
    define('SENSOR_GAP_US', `${bus.gapUs.value}u`),
    define('SENSOR_START_UP_MS', `${sensor.startUpMs.value}u`),
    ...(sensor.resetMs ? [define('SENSOR_RESET_MS', `${sensor.resetMs.value}u`)] : []),
    define('SENSOR_DEPTH_SCANS', `${fifo.depthScans.value}u`),
    define('SENSOR_WATERMARK_SCANS', `${fifo.watermarkScans.value}u`),
    define('SENSOR_ENTRY_BYTES', `${fifo.entryBytes.value}u`),
    define(
      'SENSOR_LAST_REGISTER',
      `${Math.max(...Object.values(sensor.registers).map(({ address }) => Number(address)))}u`,
    ),
    ...(sensor.temperature
      ? [
          define('SENSOR_CENTI_KELVIN_AT_ZERO', sensor.temperature.centiKelvinAtZero),
          define('SENSOR_CENTI_COUNTS_PER_KELVIN', Math.round(100 * sensor.temperature.countsPerKelvin)),
        ]
      : []),
    define('BOARD_FLASH_BYTES', `${board.flashBytes}u`),
    define('BOARD_SETTINGS_BYTES', `${board.flashLayout.settingsBytes}u`),
    define('BOARD_CRYSTAL_HZ', `${board.crystalHz}u`),
    define('BOARD_SYSTEM_HZ', `${board.systemHz}u`),
    define('BOARD_SPI_RX', `${board.spi.rx.pin}u`),
    define('BOARD_SPI_CS', `${board.spi.cs.pin}u`),
    define('BOARD_SPI_SCK', `${board.spi.sck.pin}u`),
    define('BOARD_SPI_TX', `${board.spi.tx.pin}u`),
    define('BOARD_INTERRUPT', `${board.interrupt.pin}u`),
    define('BOARD_UART_TX', `${board.uart.tx.pin}u`),
    define('BOARD_UART_RX', `${board.uart.rx.pin}u`),
    define('BOARD_UART_BAUD', `${board.uart.baud}u`),
    define('BOARD_LED', `${board.led.pin}u`),
    define('BOARD_SUPPLY_PIN', `${board.supply.pin}u`),
    define('BOARD_SUPPLY_ADC', `${board.supply.adcChannel}u`),
    define('BOARD_SUPPLY_MILLI_V', `${board.supply.divider * board.supply.referenceMilliV}u`),
    define('BOARD_USB_VENDOR', `${board.usb.vendorId}u`),
    define('BOARD_USB_PRODUCT', `${board.usb.productId}u`),
    define('BOARD_NAME', `"${board.name}"`),
    define('SENSOR_NAME', `"${sensor.name}"`),
    define('DESCRIPTOR', `{${[...descriptor].join(', ')}}`),
    '#endif',
  ];
  return `${lines.join('\n')}\n`;
}

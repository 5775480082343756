/**
 * The sensor models against the shared data of each part. Models and data were written apart from each other, from the
 * same published facts: where they agree here, neither has slipped.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SENSOR_MODELS, type SensorName } from '../../hardware/models/index.ts';
import { AT_REST, type Motion, played } from '../../hardware/models/motion.ts';
import type { SensorFaults, SensorModel } from '../../hardware/models/sensor-model.ts';
import { TestClock } from './emulated-clock.ts';
import { type SensorFacts, SpiMaster, sensorFacts } from './spi-master.ts';

const models = suite('hardware.models');

/** How a part is set up and read, in terms of the data. */
interface Part {
  setUp(spi: SpiMaster, rate: number, range: number): void;
  /** Reads `scans` scans out of the FIFO. */
  drain(spi: SpiMaster, scans: number): number[][];
  level(spi: SpiMaster): number;
  selfTest(spi: SpiMaster): void;
  overrun(spi: SpiMaster): boolean;
}

const int16 = (low: number, high: number): number => ((high << 24) | (low << 16)) >> 16;
const triple = (bytes: number[]): number[] => [0, 2, 4].map((at) => int16(bytes[at], bytes[at + 1]));

const PARTS: Record<SensorName, Part> = {
  adxl345: {
    setUp(spi, rate, range) {
      spi.write('POWER_CTL', 0);
      spi.write('BW_RATE', rate);
      spi.write('DATA_FORMAT', spi.bits('DATA_FORMAT', 'FULL_RESOLUTION') | range);
      spi.write('INT_MAP', 0);
      spi.write('INT_ENABLE', spi.bits('INT_ENABLE', 'WATERMARK'));
      spi.write('FIFO_CTL', 0);
      spi.write('FIFO_CTL', spi.bits('FIFO_CTL', 'STREAM') | spi.facts.fifo.watermarkScans.value);
      spi.write('POWER_CTL', spi.bits('POWER_CTL', 'MEASURE'));
    },
    drain: (spi, scans) => Array.from({ length: scans }, () => triple(spi.read('DATAX0', 6))),
    level: (spi) => spi.read('FIFO_STATUS')[0] & spi.bits('FIFO_STATUS', 'ENTRIES'),
    selfTest(spi) {
      spi.write('DATA_FORMAT', spi.read('DATA_FORMAT')[0] | spi.bits('DATA_FORMAT', 'SELF_TEST'));
    },
    overrun: (spi) => (spi.read('INT_SOURCE')[0] & spi.bits('INT_SOURCE', 'OVERRUN')) !== 0,
  },
  adxl355: {
    setUp(spi, rate, range) {
      spi.write('RESET', spi.bits('RESET', 'CODE'));
      while (spi.read('STATUS')[0] & spi.bits('STATUS', 'NVM_BUSY'));
      spi.write('RANGE', (spi.read('RANGE')[0] & ~3) | range | spi.bits('RANGE', 'INT_ACTIVE_HIGH'));
      spi.write('FILTER', rate);
      spi.write('FIFO_SAMPLES', 3 * spi.facts.fifo.watermarkScans.value);
      spi.write('INT_MAP', spi.bits('INT_MAP', 'FULL_1'));
      spi.write('POWER_CTL', 0);
    },
    drain(spi, scans) {
      const bytes = spi.read('FIFO_DATA', 9 * scans);
      return Array.from({ length: scans }, (_, scan) =>
        [0, 1, 2].map((axis) => {
          const at = 9 * scan + 3 * axis;
          assert.is(bytes[at + 2] & 3, axis === 0 ? 1 : 0);
          return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8)) >> 12;
        }),
      );
    },
    level: (spi) => Math.floor((spi.read('FIFO_ENTRIES')[0] & spi.bits('FIFO_ENTRIES', 'ENTRIES')) / 3),
    selfTest(spi) {
      spi.write('SELF_TEST', spi.bits('SELF_TEST', 'ST1'));
      spi.write('SELF_TEST', spi.bits('SELF_TEST', 'ST1') | spi.bits('SELF_TEST', 'ST2'));
    },
    overrun: (spi) => (spi.read('STATUS')[0] & spi.bits('STATUS', 'FIFO_OVERRUN')) !== 0,
  },
  iis3dwb: {
    setUp(spi, rate, range) {
      spi.write('CTRL3_C', spi.bits('CTRL3_C', 'SW_RESET'));
      while (spi.read('CTRL3_C')[0] & spi.bits('CTRL3_C', 'SW_RESET'));
      spi.write('CTRL3_C', spi.bits('CTRL3_C', 'IF_INC') | spi.bits('CTRL3_C', 'BDU'));
      spi.write('FIFO_CTRL1', spi.facts.fifo.watermarkScans.value);
      spi.write('FIFO_CTRL3', rate);
      spi.write('FIFO_CTRL4', spi.bits('FIFO_CTRL4', 'CONTINUOUS'));
      spi.write('INT1_CTRL', spi.bits('INT1_CTRL', 'WATERMARK'));
      spi.write('CTRL1_XL', spi.bits('CTRL1_XL', 'ON') | (range << 2));
    },
    drain(spi, scans) {
      const bytes = spi.read('FIFO_DATA_OUT_TAG', 7 * scans);
      return Array.from({ length: scans }, (_, scan) => {
        const word = bytes.slice(7 * scan, 7 * scan + 7);
        assert.is(word[0] & spi.bits('FIFO_DATA_OUT_TAG', 'KIND'), spi.bits('FIFO_DATA_OUT_TAG', 'ACCELERATION'));
        return triple(word.slice(1));
      });
    },
    level: (spi) =>
      spi.read('FIFO_STATUS1')[0] | ((spi.read('FIFO_STATUS2')[0] & spi.bits('FIFO_STATUS2', 'LEVEL_HIGH')) << 8),
    selfTest: (spi) => spi.write('CTRL5_C', spi.bits('CTRL5_C', 'SELF_TEST_POSITIVE')),
    overrun: (spi) => (spi.read('FIFO_STATUS2')[0] & spi.bits('FIFO_STATUS2', 'OVERRUN')) !== 0,
  },
  lis3dh: {
    setUp(spi, rate, range) {
      spi.write('CTRL_REG1', 0);
      spi.write('CTRL_REG4', spi.bits('CTRL_REG4', 'BDU') | spi.bits('CTRL_REG4', 'HIGH_RESOLUTION') | (range << 4));
      spi.write('CTRL_REG3', spi.bits('CTRL_REG3', 'WATERMARK'));
      spi.write('CTRL_REG5', spi.bits('CTRL_REG5', 'FIFO_ON'));
      spi.write('FIFO_CTRL_REG', 0);
      spi.write('FIFO_CTRL_REG', spi.bits('FIFO_CTRL_REG', 'STREAM') | spi.facts.fifo.watermarkScans.value);
      spi.write('CTRL_REG1', (rate << 4) | spi.bits('CTRL_REG1', 'AXES'));
    },
    drain: (spi, scans) => Array.from({ length: scans }, () => triple(spi.read('OUT_X_L', 6))),
    level: (spi) => spi.read('FIFO_SRC_REG')[0] & spi.bits('FIFO_SRC_REG', 'LEVEL'),
    selfTest: (spi) => spi.write('CTRL_REG4', spi.read('CTRL_REG4')[0] | spi.bits('CTRL_REG4', 'SELF_TEST_0')),
    overrun: (spi) => (spi.read('FIFO_SRC_REG')[0] & spi.bits('FIFO_SRC_REG', 'OVERRUN')) !== 0,
  },
};

interface Bench {
  clock: TestClock;
  model: SensorModel;
  spi: SpiMaster;
  facts: SensorFacts;
  part: Part;
  interrupts: boolean[];
  /** Sets up by the data's codes; the defaults of the part if absent. */
  start(rateMilliHz?: number, rangeMilliG?: number): void;
}

function bench(name: SensorName, motion: Motion = AT_REST, faults: SensorFaults = {}): Bench {
  const clock = new TestClock();
  const interrupts: boolean[] = [];
  const model = new SENSOR_MODELS[name]({ clock, motion, faults, onInterrupt: (isHigh) => interrupts.push(isHigh) });
  const facts = sensorFacts(name);
  const spi = new SpiMaster(facts, model, clock);
  clock.advance(facts.startUpMs.value * 1e6 + 1);
  const part = PARTS[name];
  const start = (rateMilliHz = facts.default.rateMilliHz, rangeMilliG = facts.default.rangeMilliG): void =>
    part.setUp(
      spi,
      facts.rates.find(({ milliHz }) => milliHz === rateMilliHz)!.code,
      facts.ranges.find(({ milliG }) => milliG === rangeMilliG)!.code,
    );
  return { clock, model, spi, facts, part, interrupts, start };
}

const NAMES = Object.keys(SENSOR_MODELS) as SensorName[];
const sloped: Motion = { at: (index, _timeS, into) => into.set([0.5, -0.25, 1 + (index % 8) / 64]) };

for (const name of NAMES) {
  models(`${name}: says who it is, and not when it is another part or none`, () => {
    const { spi, facts, model } = bench(name);
    for (const { register, value } of facts.identity) assert.is(spi.read(register)[0], Number(value));
    model.faults = { identity: 0x5a };
    for (const { register } of facts.identity) assert.is(spi.read(register)[0], 0x5a);
    model.faults = { detached: true };
    for (const { register } of facts.identity) assert.is(spi.read(register)[0], 0xff);
    assert.equal([...model.violations], []);
  });

  models(`${name}: gives each acceleration in the counts of each range`, () => {
    for (const { milliG, gPerCount } of sensorFacts(name).ranges) {
      const { clock, spi, part, start, model } = bench(name, sloped);
      start(undefined, milliG);
      clock.advance(30e6);
      const [x, y, z] = part.drain(spi, 1)[0].map((counts) => counts * gPerCount);
      // the coarsest step of a part is 16 counts of it: 12 bits in 16
      const step = gPerCount * 16;
      assert.ok(Math.abs(x - 0.5) <= step && Math.abs(y + 0.25) <= step, `${x} ${y} at ${milliG} mg`);
      assert.ok(z >= 1 - step && z <= 1.125 + step);
      assert.equal([...model.violations], []);
    }
  });

  models(`${name}: clips at its range, and before when it is told to`, () => {
    const { facts } = bench(name);
    const hard: Motion = { at: (_index, _timeS, into) => into.fill(100) };
    const clipped = (faults: SensorFaults): number => {
      const { clock, spi, part, start } = bench(name, hard, faults);
      start();
      clock.advance(30e6);
      return (
        part.drain(spi, 1)[0][0] * facts.ranges.find(({ milliG }) => milliG === facts.default.rangeMilliG)!.gPerCount
      );
    };
    const range = facts.default.rangeMilliG / 1000;
    const most = clipped({});
    // of 12 mg a digit a LIS3DH holds more than it is called for; the others end at their range
    assert.ok(most > 0.97 * range && most < 1.6 * range, `${most} g`);
    assert.ok(Math.abs(clipped({ clipG: 1.5 }) - 1.5) < 0.02);
  });

  models(`${name}: samples at each of its rates, and off by what its oscillator is off`, () => {
    for (const { milliHz } of sensorFacts(name).rates) {
      for (const rateOff of [0, 0.03]) {
        const { clock, start, model } = bench(name, AT_REST, { rateOff });
        start(milliHz);
        clock.advance(2e9);
        const wanted = (2 * milliHz * (1 + rateOff)) / 1000;
        assert.ok(
          Math.abs(model.taken - wanted) <= wanted * 0.012 + 1,
          `${model.taken} of ${wanted} at ${milliHz} mHz`,
        );
      }
    }
  });

  models(`${name}: holds as many scans as its data say, then overwrites the oldest and says so`, () => {
    const { clock, spi, facts, part, start, model } = bench(name, {
      at: (index, _timeS, into) => into.set([index / 64, 0, 0]),
    });
    start();
    const depth = facts.fifo.depthScans.value;
    const periodNanos = 1e12 / facts.default.rateMilliHz;
    while (model.taken < depth) clock.advance(periodNanos / 4);
    assert.is(part.overrun(spi), false);
    assert.is(model.overwritten, 0);
    while (model.taken < depth + 10) clock.advance(periodNanos / 4);
    assert.is(model.overwritten, 10);
    assert.is(part.overrun(spi), true);
    // a level that does not fit its field is the field's highest
    assert.ok([depth, depth - 1].includes(part.level(spi)));
    const [first] = part.drain(spi, 1);
    const [second] = part.drain(spi, 1);
    assert.ok(second[0] > first[0]);
    assert.equal([...model.violations], []);
  });

  models(`${name}: raises its pin at the watermark and lowers it when it is read out`, () => {
    const { clock, spi, facts, part, start, interrupts } = bench(name);
    start();
    const watermark = facts.fifo.watermarkScans.value;
    const periodNanos = 1e12 / facts.default.rateMilliHz;
    const quiet = interrupts.length;
    for (let waited = 0; !interrupts.slice(quiet).includes(true) && waited < 100 * watermark; waited++)
      clock.advance(periodNanos / 4);
    assert.is(interrupts.at(-1), true);
    assert.ok(part.level(spi) >= watermark);
    part.drain(spi, part.level(spi));
    assert.is(interrupts.at(-1), false);
  });

  models(`${name}: answers its self-test within the limits of its data`, () => {
    const { facts } = bench(name);
    const { rateMilliHz, rangeMilliG, leastMilliG, mostMilliG, signed } = facts.selfTest;
    const { gPerCount } = facts.ranges.find(({ milliG }) => milliG === rangeMilliG)!;
    const reading = (isTested: boolean): number[] => {
      const { clock, spi, part, start } = bench(name);
      start(rateMilliHz, rangeMilliG);
      if (isTested) part.selfTest(spi);
      clock.advance(200e6);
      part.drain(spi, part.level(spi));
      clock.advance(100e6);
      return part.drain(spi, 1)[0].map((counts) => counts * gPerCount * 1000);
    };
    const [rest, tested] = [reading(false), reading(true)];
    for (const axis of [0, 1, 2]) {
      const response = tested[axis] - rest[axis];
      const judged = signed ? response : Math.abs(response);
      assert.ok(judged >= leastMilliG[axis] && judged <= mostMilliG[axis], `axis ${axis}: ${response} mg`);
    }
  });

  models(`${name}: stands still when it is stuck, and feels nothing when it is loose`, () => {
    const { clock, spi, part, start, model } = bench(name, sloped);
    start();
    clock.advance(30e6);
    model.faults = { stuck: true };
    clock.advance(30e6);
    part.drain(spi, part.level(spi));
    clock.advance(8e6);
    const held = part.drain(spi, 4);
    assert.equal(held[0], held[3]);
    model.faults = { loose: true };
    part.drain(spi, part.level(spi));
    clock.advance(8e6);
    part.drain(spi, Math.max(0, part.level(spi) - 2));
    clock.advance(4e6);
    assert.equal(part.drain(spi, part.level(spi)).at(-1), [0, 0, 0]);
  });

  models(`${name}: refuses another mode or a faster clock than its bus allows`, () => {
    const { clock, model, facts } = bench(name);
    const mode = [0, 1, 2, 3].find((one) => !model.modes.includes(one))!;
    model.select(true, mode, facts.bus.spiLargestHz.value);
    model.select(false, mode, facts.bus.spiLargestHz.value);
    new SpiMaster(facts, model, clock, model.fastestHz * 2).read(facts.identity[0].register);
    assert.is(model.violations.size, 2);
  });
}

models('a temperature reads as its data say', () => {
  for (const name of ['adxl355', 'iis3dwb'] as const) {
    const { spi, facts } = bench(name);
    const { centiKelvinAtZero, countsPerKelvin } = facts.temperature!;
    const raw = name === 'adxl355' ? ((spi.read('TEMP2')[0] & 15) << 8) | spi.read('TEMP1')[0] : readTemperature(spi);
    assert.ok(Math.abs(centiKelvinAtZero / 100 + raw / countsPerKelvin - 273.15 - 31.5) < 0.1);
  }
});

function readTemperature(spi: SpiMaster): number {
  spi.write('CTRL3_C', spi.bits('CTRL3_C', 'IF_INC'));
  const [low, high] = spi.read('OUT_TEMP_L', 2);
  return int16(low, high);
}

models(
  'an ADXL345 that is read again within 5 us is told of, and a trim that went wrong shows in the shadow registers',
  () => {
    const early = bench('adxl345');
    early.start();
    early.clock.advance(20e6);
    early.spi.read('DATAX0', 6, 0);
    early.spi.read('DATAX0', 6, 0);
    assert.match([...early.model.violations].join(), /less than 5 us/);
    const { spi, model } = bench('adxl355');
    const shadow = spi.read('SHADOW', 5);
    (model as unknown as { badResets: number }).badResets = 1;
    spi.write('RESET', 0x52);
    assert.not.equal(spi.read('SHADOW', 5), shadow);
    spi.write('RESET', 0x52);
    assert.equal(spi.read('SHADOW', 5), shadow);
  },
);

models('recorded lanes are played over and over, a scan a sample', () => {
  const into = new Float64Array(3);
  const motion = played([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  motion.at(4, 0, into);
  assert.equal([...into], [2, 5, 0]);
  assert.throws(() => played([[]]), /got no recorded scans/);
});

models.run();

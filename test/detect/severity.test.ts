/** Zones are given where the velocity is what the limits mean, and refused with a reason everywhere else. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import {
  lowestLineHz,
  noZoneReason,
  parseSeverity,
  SeverityJudge,
  type SeveritySettings,
  severityLine,
  severityRule,
  severityText,
  zoneOf,
} from '../../host/detect/severity.ts';
import { InputError } from '../../host/errors.ts';
import type { AxisValues, PointPlan, Verdict } from '../../host/types.ts';
import { analyse, plainValueOf, pointPlan, sineWave } from '../core-wasm/point.ts';
import { verdict } from '../support/verdict.ts';

const rule = severityRule({ standard: 'iso20816-3', group: 2, support: 'rigid' });
const plan = (changes: Partial<PointPlan> = {}): PointPlan => pointPlan({ shaftRpm: 1480, ...changes });

function axis(name: string, velocityRmsMmPerS: number | null): AxisValues {
  const rest = { mean: 0, rms: 0, peak: 0, crestFactor: 0, kurtosis: 3, envelopeRms: 0, centroidHz: 0 };
  return { axis: name, velocityRmsMmPerS, ...rest };
}
const moving = (mmPerS: number, changes: Partial<Verdict> = {}): Verdict =>
  verdict({ values: [axis('x', mmPerS / 2), axis('y', mmPerS)], ...changes });
const judged = (v: Verdict, rpm: number | null = 1480, changes: Partial<PointPlan> = {}) =>
  new SeverityJudge(plan(changes), rule).judge(v, rpm);

const severity = suite('detect.severity');

severity('gives the limits of the tables as they are published', () => {
  const limits = (settings: SeveritySettings): number[] => {
    const { ab, bc, cd } = severityRule(settings).limits;
    return [ab, bc, cd];
  };
  for (const standard of ['iso20816-3', 'iso10816-3'] as const) {
    assert.equal(limits({ standard, group: 1, support: 'rigid' }), [2.3, 4.5, 7.1]);
    assert.equal(limits({ standard, group: 1, support: 'flexible' }), [3.5, 7.1, 11]);
    assert.equal(limits({ standard, group: 2, support: 'rigid' }), [1.4, 2.8, 4.5]);
    assert.equal(limits({ standard, group: 2, support: 'flexible' }), [2.3, 4.5, 7.1]);
  }
  assert.equal(limits({ standard: 'iso10816-1', class: 'I' }), [0.71, 1.8, 4.5]);
  assert.equal(limits({ standard: 'iso10816-1', class: 'II' }), [1.12, 2.8, 7.1]);
  assert.equal(limits({ standard: 'iso10816-1', class: 'III' }), [1.8, 4.5, 11.2]);
  assert.equal(limits({ standard: 'iso10816-1', class: 'IV' }), [2.8, 7.1, 18]);
});

severity('says of every row how far it is verified and where it comes from', () => {
  const { standards } = JSON.parse(readFileSync(new URL('../../hardware/severity.json', import.meta.url), 'utf8')) as {
    standards: { edition: string; machines: { level: number; source: string; limitsMmPerS: { ab: number } }[] }[];
  };
  for (const { edition, machines } of standards) {
    assert.match(edition, /^\d{4}$/);
    for (const { level, source, limitsMmPerS } of machines) {
      assert.ok(level === 1 || level === 2);
      assert.ok(source.length > 10);
      severityRule(limitsMmPerS as { ab: number; bc: number; cd: number }); // ascending
    }
  }
});

severity('puts a value on a limit into the lower zone, also as the float32 that the core gives', () => {
  for (const name of ['iso20816-3:2:rigid', 'iso10816-1:I', 'iso10816-1:II', 'iso10816-3:1:flexible']) {
    const { limits } = parseSeverity(name);
    const on = [limits.ab, limits.bc, limits.cd].map((limit) => zoneOf(Math.fround(limit), limits)).join('');
    const above = [limits.ab, limits.bc, limits.cd].map((limit) => zoneOf(limit * 1.0001, limits)).join('');
    assert.equal([on, above], ['ABC', 'BCD'], name);
  }
});

severity('never falls when the velocity rises', () => {
  const mmPerS = fc.double({ min: 0, max: 50, noNaN: true });
  fc.assert(
    fc.property(mmPerS, mmPerS, (a, b) =>
      assert.ok(zoneOf(Math.min(a, b), rule.limits) <= zoneOf(Math.max(a, b), rule.limits)),
    ),
  );
});

severity('is that of the worst axis, with standard, edition, group and the limit of the next zone', () => {
  const { severity: found, noZone } = judged(moving(2.1));
  assert.is(noZone, null);
  assert.equal(found, {
    zone: 'B',
    standard: 'ISO 20816-3',
    edition: '2022',
    group: 'group 2 rigid',
    velocityRmsMmPerS: 2.1,
    axis: 'y',
    nextLimitMmPerS: 2.8,
  });
  assert.is(severityText(found!), 'ISO 20816-3:2022 group 2 rigid: zone B, 2.1 mm/s; C begins at 2.8');
  assert.is(judged(moving(9)).severity?.nextLimitMmPerS, null);
  assert.is(severityText(judged(moving(9)).severity!), 'ISO 20816-3:2022 group 2 rigid: zone D, 9 mm/s');
});

severity('is refused with a reason where the velocity is not what the limits mean', () => {
  const reason = (changes: Partial<PointPlan>, rpm: number | null = 1480): string | null =>
    noZoneReason(plan(changes), rule, rpm);
  assert.is(reason({}), null);
  assert.match(reason({ units: ['V'] })!, /needs an acceleration in g or m\/s2/);
  assert.match(reason({ kind: 'scalar', sampleRateHz: 1, windowLength: 0 })!, /as a waveform/);
  assert.match(reason({ sampleRateHz: 2559, windowLength: 2048 })!, /needs 2560 samples a second; this point has 2559/);
  assert.is(reason({ sampleRateHz: 2560, windowLength: 2048 }), null);
  assert.match(reason({}, 599)!, /at 599 r\/min the limits are for a band from 2 Hz/);
  assert.match(reason({}, 30_001)!, /holds for 120..30000 r\/min/);
  assert.match(
    reason({ windowLength: 1024 })!,
    /hold lines from 56 Hz \(3375 r\/min\) on, and the shaft turns at 1480/,
  );
  assert.match(reason({ windowLength: 2048 }, null)!, /and the speed of the shaft is not known/);
  assert.is(reason({}, null), null);
});

severity('is refused while the machine stands, changes speed, or has a sensor that is not to be trusted', () => {
  const because = (changes: Partial<Verdict>): string | null => judged(moving(2, changes)).noZone;
  assert.match(because({ state: 'off' })!, /stands still/);
  assert.match(because({ state: 'transient' })!, /is changing/);
  assert.match(because({ sensorCause: 'clipped', diagnosis: 'sensor' })!, /sensor/);
  assert.match(because({ outOfRange: true })!, /outside of the range/);
  assert.is(because({ state: 'learning', calibrating: true }), null);
  assert.match(judged(verdict({ values: [axis('x', null)] })).noZone!, /not known/);
});

severity('comes and goes with the speed of the shaft', () => {
  const judge = new SeverityJudge(plan(), rule);
  const zones = [1480, 590, null, 1480].map((rpm) => judge.judge(moving(2), rpm).severity?.zone ?? null);
  assert.equal(zones, ['B', null, 'B', 'B']);
});

severity('is said in one line, and nothing is said where none was asked for', () => {
  assert.is(severityLine({ severity: null, noZone: null }), null);
  assert.match(severityLine(judged(moving(2), 100))!, /^No zone: at 100 r\/min/);
  assert.match(severityLine(judged(moving(2)))!, /zone B/);
  const own = new SeverityJudge(plan(), parseSeverity('limits:1,2,3')).judge(moving(2.5), 1480).severity!;
  assert.is(severityText(own), 'own limits: zone C, 2.5 mm/s; D begins at 3');
});

severity('is parsed as the command line writes it, whatever the case', () => {
  assert.equal(parseSeverity(' ISO20816-3:2:Rigid '), rule);
  assert.equal(parseSeverity('iso10816-1:ii'), severityRule({ standard: 'iso10816-1', class: 'II' }));
  assert.equal(parseSeverity('limits:1.4,2.8,4.5').limits, { ab: 1.4, bc: 2.8, cd: 4.5 });
});

severity('that nobody can mean is refused with what is wanted', () => {
  const refused = (text: string, code: string): void =>
    assert.throws(
      () => parseSeverity(text),
      (error: unknown) => error instanceof InputError && error.code === code && /wanted/.test(error.message),
      text,
    );
  for (const text of ['', 'iso20816-3', 'iso20816-3:3:rigid', 'iso20816-3:2', 'iso20816-3:2:soft', 'iso10816-1:V'])
    refused(text, 'SEVERITY_UNKNOWN');
  for (const text of ['iso20816-1:II', 'iso10816-1:2:rigid', 'iso20816-3:2:rigid:x', 'limits:1,2', 'limits:1,2,3:4'])
    refused(text, 'SEVERITY_UNKNOWN');
  for (const text of [
    'limits:3,2,1',
    'limits:0,1,2',
    'limits:1,1,2',
    'limits:a,b,c',
    'limits:1,,3',
    'limits:1,2,1e999',
  ])
    refused(text, 'SEVERITY_LIMITS');
});

severity('holds for lines from lowestLineHz on: there the core gives their velocity within 10 %', () => {
  for (const [sampleRateHz, windowLength] of [
    [25_600, 4096],
    [25_600, 1024],
    [48_000, 4096],
    [12_000, 4096],
    [2560, 2048],
    [3200, 1024],
  ]) {
    const changes = { sampleRateHz, windowLength };
    const lowestHz = lowestLineHz(changes);
    for (const hz of [lowestHz, lowestHz * 1.1, lowestHz * 1.37, 160, 900].filter((f) => f >= lowestHz)) {
      // 64 windows, so that the line meets them at many phases
      const samples = 64 * windowLength;
      const cycles = (hz * samples) / sampleRateHz;
      const records = analyse(pointPlan({ ...changes, windowsPerDecision: 100 }), [sineWave(samples, cycles)]);
      const wanted = 9806.65 / (2 * Math.PI * hz) / Math.SQRT2;
      const got = plainValueOf(records[0], layout.VALUE_VELOCITY) / wanted;
      assert.ok(Math.abs(got - 1) <= 0.1, `${sampleRateHz} Hz, ${windowLength}: ${hz} Hz is ${got} of what it is`);
    }
  }
});

severity.run();

/**
 * The simulated machine without its sensor: acceleration in g at the bearing housing, scan by scan, for ever, in fixed
 * memory. Speed and load wander; the shaft angle is the integral of the speed and everything that turns follows it.
 */
import { Gaussian } from './gaussian.ts';
import { Impacts } from './impacts.ts';
import { Random } from './random.ts';
import { RingingMode } from './resonance.ts';
import { addRotorFault } from './rotor-fault.ts';
import {
  BEARING_FAULTS,
  type BearingFault,
  type Resonance,
  ROTOR_FAULTS,
  type RotorFault,
  type SimulatorSettings,
} from './simulator-settings.ts';
import { Wander } from './wander.ts';

/** Scans between two new values of speed and load, straight lines between: fixed, so that blocks never matter. */
const CONTROL_SCANS = 256;
const TURN = 2 * Math.PI;
/** How strongly shaft and gear forces reach x, y, z. */
const SHAFT_PATH = [1, 0.8, 0.3];
const GEAR_PATH = [1, 0.7, 0.4];

interface HeardMode {
  mode: RingingMode;
  /** g per unit of the mode's real and imaginary part, an axis. */
  gain: readonly number[];
}

/** Resonances that a sensor with an anti-alias filter at 0.45 fs still passes. */
export function isHeard(resonance: Resonance, sampleRateHz: number): boolean {
  return resonance.hz <= 0.45 * sampleRateHz;
}

export class Machine {
  private readonly settings: SimulatorSettings;
  private readonly noise: Gaussian;
  private readonly structure: HeardMode[];
  private readonly bearing: HeardMode[];
  private readonly impacts: Impacts | null;
  private readonly speedWander: Wander;
  private readonly loadWander: Wander;
  private scan = 0;
  /** Shaft angle in rad, kept below one turn. */
  private theta = 0;
  // At the current scan, and their change a scan until the next control point. Speed as a share of nominal.
  private speed = 1;
  private speedStep = 0;
  private load = 1;
  private loadStep = 0;
  private faultG = 0;
  private readonly rotorFault: RotorFault | null;
  private readonly added = new Float64Array(3);
  /** 0 or 1: which of two turns the shaft is in. */
  private oddTurn = 0;

  constructor(settings: SimulatorSettings) {
    this.settings = settings;
    const { sampleRateHz, seed } = settings;
    const stepS = CONTROL_SCANS / sampleRateHz;
    const normal = (stream: string): Gaussian => new Gaussian(Random.stream(seed, stream));
    const heard = (resonances: readonly Resonance[], ofRms: boolean): HeardMode[] =>
      resonances
        .filter((resonance) => isHeard(resonance, sampleRateHz))
        .map(({ hz, zeta, gain }) => {
          const mode = new RingingMode(hz, zeta, sampleRateHz);
          return { mode, gain: ofRms ? gain.map((g) => g / mode.noiseGain) : gain };
        });
    this.noise = normal('noise');
    this.structure = heard(settings.structure, true);
    this.bearing = heard(settings.impactResponse, false);
    this.speedWander = new Wander(settings.speedWander, settings.speedWanderS, stepS, normal('speed'));
    this.loadWander = new Wander(settings.loadWander, settings.loadWanderS, stepS, normal('load'));
    const { fault } = settings;
    this.rotorFault = ROTOR_FAULTS.find((name) => name === fault) ?? null;
    const part: BearingFault | undefined = BEARING_FAULTS.find((name) => name === fault);
    this.impacts =
      part === undefined
        ? null
        : new Impacts(
            part,
            settings.faultOrder,
            settings.slipJitter,
            settings.slip,
            settings.impactSpread,
            normal('impacts'),
          );
    this.speed = 1 + this.speedWander.next();
    this.load = 1 + this.loadWander.next();
  }

  /** What a tachometer and a load cell would read now. Load 1 is nominal. */
  get inputs(): { rpm: number; load: number } {
    return { rpm: this.settings.rpm * this.speed, load: this.load };
  }

  /** Writes the next `count` scans: out[axis][0..count). */
  render(out: readonly Float64Array[], count: number): void {
    for (let at = 0; at < count; ) {
      const phase = this.scan % CONTROL_SCANS;
      if (phase === 0) this.control();
      const scans = Math.min(count - at, CONTROL_SCANS - phase);
      this.renderStretch(out, at, at + scans);
      this.scan += scans;
      at += scans;
    }
  }

  /** New aims for speed and load, and the state of the fault. */
  private control(): void {
    const { settings } = this;
    const nowS = this.scan / settings.sampleRateHz;
    const nextS = nowS + CONTROL_SCANS / settings.sampleRateHz;
    this.speedStep = ((1 + this.speedWander.next()) * this.running(nextS) - this.speed) / CONTROL_SCANS;
    this.loadStep = (1 + this.loadWander.next() - this.load) / CONTROL_SCANS;
    const growth = 2 ** ((nowS - settings.faultStartS) / settings.faultDoublingS);
    this.faultG = nowS < settings.faultStartS ? 0 : settings.faultG * Math.min(settings.faultLimit, growth);
  }

  /** Share of speed left by the switch-off: an exponential run-down to 5 %, where dry friction holds the shaft. */
  private running(timeS: number): number {
    const { switchOffS, runDownS } = this.settings;
    if (switchOffS === null || timeS < switchOffS) return 1;
    const left = Math.exp((-3 * (timeS - switchOffS)) / runDownS);
    return left < 0.05 ? 0 : left;
  }

  private renderStretch(out: readonly Float64Array[], from: number, to: number): void {
    const { settings, noise, structure, bearing, impacts } = this;
    const { shaftG, gear, noiseG, offsetG } = settings;
    const axes = settings.axes;
    const nominalStep = (TURN * settings.rpm) / 60 / settings.sampleRateHz;
    const rotorFault = this.faultG > 0 ? this.rotorFault : null;
    const supplyStep = (2 * TURN * settings.lineFrequencyHz) / settings.sampleRateHz;
    const impactG = impacts === null ? 0 : this.faultG;
    for (let i = from; i < to; i++) {
      this.speed += this.speedStep;
      this.load += this.loadStep;
      const speed = this.speed > 0 ? this.speed : 0;
      const turned = nominalStep * speed;
      this.theta += turned;
      if (this.theta > TURN) {
        this.theta -= TURN;
        this.oddTurn = 1 - this.oddTurn;
      }
      // Centrifugal force goes with speed squared, meshing and friction about with speed.
      const level = this.load * speed;
      const turning = level * speed;
      const cos1 = Math.cos(this.theta);
      const sin1 = Math.sin(this.theta);
      const cos2 = 2 * cos1 * cos1 - 1;
      const sin2 = 2 * sin1 * cos1;
      const cosMesh = Math.cos(gear.teeth * this.theta);
      const sinMesh = Math.sin(gear.teeth * this.theta);
      const meshing = level * (1 + gear.modulation * cos1);
      const unbalance = turning * shaftG[0];
      const misfit2 = turning * shaftG[1];
      const misfit3 = turning * shaftG[2];
      // The two radial axes see turning forces a quarter turn apart; the axial one sees a weak copy.
      const alongX = unbalance * cos1 + misfit2 * cos2 + misfit3 * (cos1 * cos2 - sin1 * sin2);
      const alongY = unbalance * sin1 + misfit2 * sin2 + misfit3 * (sin1 * cos2 + cos1 * sin2);
      const meshX = meshing * (gear.g[0] * cosMesh + gear.g[1] * (2 * cosMesh * cosMesh - 1));
      const meshY = meshing * (gear.g[0] * sinMesh + gear.g[1] * 2 * sinMesh * cosMesh);

      if (rotorFault !== null) {
        this.added.fill(0);
        const turns = this.theta + this.oddTurn * TURN;
        addRotorFault(this.added, rotorFault, turns, gear.teeth, ((this.scan + i - from) * supplyStep) % TURN);
      }
      const faultLevel = this.faultG * (rotorFault === 'electrical' ? this.load : turning);

      for (const { mode } of structure) mode.step(level * noise.next());
      for (const { mode } of bearing) mode.step(0);
      if (impacts?.advance(turned) && impactG > 0)
        for (const { mode } of bearing) mode.strike(impactG * level * impacts.strength, impacts.ago);

      for (let axis = 0; axis < axes; axis++) {
        let g = level * noiseG[axis] * noise.next();
        g += SHAFT_PATH[axis] * (axis === 1 ? alongY : alongX);
        g += GEAR_PATH[axis] * (axis === 1 ? meshY : meshX);
        // Odd axes hear a mode's imaginary part: the same ringing a quarter period apart.
        for (const { mode, gain } of structure) g += gain[axis] * (axis === 1 ? mode.im : mode.re);
        for (const { mode, gain } of bearing) g += gain[axis] * (axis === 1 ? mode.im : mode.re);
        if (rotorFault !== null) g += faultLevel * this.added[axis];
        out[axis][i] = offsetG[axis] + g;
      }
    }
  }
}

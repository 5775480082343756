// Which bearing part, from the averaged envelope spectra: a comb of the part's harmonics with the sidebands that physics
// predicts, one common slip searched, as a share of all modulation. What a part does not explain speaks against it: its
// lines are taken out, and neither another part nor any other order may stand out nearly as much in what remains. No
// training, no data set: geometry and speed only.
import { DEMOD_BANDS, STATE } from './map';
import { DIAGNOSIS_NONE, DIAGNOSIS_OUTER_RACE } from './memory';
import { envelopeRateHz } from './demodulate';
import { copyRow, measureModulation, MODULATION_END, near, nearNarrowly, openRest, openRow, takeOut, topNear, total } from './modulation';
import { State } from './state';

const PARTS: i32 = 3;
const OUTER: i32 = 0;
const INNER: i32 = 1;
const BALL: i32 = 2;
const HARMONICS: i32 = 4;
const SLIPS: i32 = 17; // -2 %..+2 %: rolling elements slide a little, and the speed is seldom exact
const SLIP_STEP: f32 = 0.0025;
const SLIP_PENALTY: f32 = 0.3; // nepers at 1 %, growing with its square: a line far from where it should be is a worse proof
const SIDEBAND_WEIGHT: f32 = 0.8;
const INNER_CAP: f32 = 1; // sidebands count up to this many times the line they stand beside
const BALL_CAP: f32 = 2; // a ball hits twice a turn of its own, and the cage carries it through the load zone
const CAGE_WEIGHT: f32 = 0.5; // lines of the cage itself, which a worn ball shows as well
const FLOOR: f32 = 0.01; // share added before the logarithm: a comb of nothing scores ln 0.01
/**
 * Nepers by which a part must lead what remains without it, where much has been averaged: docs/adr/0009. From few turns
 * chance reaches farther: twice this at EARLY turns.
 */
const MARGIN: f32 = 0.5;
const EARLY: f32 = 10;
const CONFIDENCE_SLOPE: f32 = 2.3;
/** What one part may cause: harmonics up to this, each with this many sidebands. */
const FAMILY: i32 = 8;
const INNER_SIDEBANDS: i32 = 4; // it passes the load zone once a turn
const OUTER_SIDEBANDS: i32 = 1; // it stands still: unbalance shakes its lines, no more
const CAGE_SIDEBANDS: i32 = 2;
const BALL_CAGE_LINES: i32 = 12;
const CAGE_LINES: i32 = 4;
/** Orders searched for what no part explains, each SCAN_STEP above the one before: to where two harmonics are left below 25. */
const SCAN_STEP: f32 = 1.0025031; // exp 0.0025, as fine as the slips
const SCAN_FROM: f32 = 1.2;
const SCAN: i32 = 938; // to 12.5
const CAGE_SCAN_FROM: f32 = 0.25;
const CAGE_SCAN: i32 = 535; // to 0.95
/**
 * Turns behind each spectrum. The closest lines that must be told apart are sidebands at the cage order, 0.4: Hann needs
 * four bins of 1/turns for that.
 */
const LEAST_TURNS: f32 = 10;

const SUMS: usize = MODULATION_END; // log shares of each part at each slip
const SCANNED: usize = SUMS + <usize>(PARTS * SLIPS) * 4; // the same of each order searched

let outerOrder: f32 = 0, innerOrder: f32 = 0, ballOrder: f32 = 0, cageOrder: f32 = 0;
let rows: i32 = 0;
/** Slip of the part that `best` found last. */
let bestSlip: f32 = 1;

@inline function orderOf(part: i32): f32 {
  return part == OUTER ? outerOrder : part == INNER ? innerOrder : ballOrder;
}

@inline function stretch(slip: i32): f32 {
  return 1 + SLIP_STEP * <f32>(slip - SLIPS / 2);
}

@inline function addLog(at: usize, sum: f32): void {
  const share: f32 = total > 0 ? sum / total : 0;
  store<f32>(at, load<f32>(at) + NativeMathf.log(share + FLOOR));
}

function cageLines(order: f32): f32 {
  let sum: f32 = 0;
  for (let h = 1; h <= HARMONICS; h++) sum += nearNarrowly(order * <f32>h);
  return sum;
}

function combOf(part: i32, slip: f32): f32 {
  const order = orderOf(part) * slip, cage = cageOrder * slip;
  const side: f32 = part == INNER ? 1 : cage, cap = part == INNER ? INNER_CAP : BALL_CAP;
  let sum: f32 = 0;
  for (let h = 1; h <= HARMONICS; h++) {
    const line = order * <f32>h, centre = near(line);
    sum += centre;
    if (part == OUTER) continue; // it stands still in the load zone
    sum += NativeMathf.min(SIDEBAND_WEIGHT * (near(line - side) + near(line + side)), cap * centre);
  }
  return part == BALL ? sum + CAGE_WEIGHT * cageLines(cage) : sum;
}

/** Adds what the open row says of a part at every slip. */
function addPart(part: i32): void {
  for (let i = 0; i < SLIPS; i++) addLog(SUMS + (<usize>(part * SLIPS + i) << 2), combOf(part, stretch(i)));
}

/** Evidence in nepers, mean over the rows, at the slip that makes most of it after the penalty; `bestSlip` is where its lines are. */
function best(part: i32): f32 {
  let highest: f32 = -100, lines: f32 = -100;
  for (let i = 0; i < SLIPS; i++) {
    const evidence = load<f32>(SUMS + (<usize>(part * SLIPS + i) << 2)) / <f32>rows;
    const off = (stretch(i) - 1) * 100;
    highest = NativeMathf.max(highest, evidence - SLIP_PENALTY * off * off);
    if (evidence <= lines) continue;
    lines = evidence;
    bestSlip = stretch(i);
  }
  return highest;
}

/** Takes everything out of the copy of a row that a part at this slip may have caused. */
function takeFamilyOut(row: i32, part: i32, slip: f32): void {
  const order = orderOf(part) * slip, cage = cageOrder * slip;
  const sides = part == BALL ? CAGE_SIDEBANDS : part == INNER ? INNER_SIDEBANDS : OUTER_SIDEBANDS, apart: f32 = part == BALL ? cage : 1;
  for (let k = 1; k <= FAMILY; k++)
    for (let m = -sides; m <= sides; m++) takeOut(row, <f32>k * order + <f32>m * apart);
  const lines = part == BALL ? BALL_CAGE_LINES : CAGE_LINES;
  for (let k = 1; k <= lines; k++) takeOut(row, <f32>k * cage);
  if (part == BALL)
    for (let k = 1; k <= 2; k++) {
      takeOut(row, <f32>k - cage);
      takeOut(row, <f32>k + cage);
    }
}

/** Adds what the open row says of every order. */
function addScan(): void {
  let at = SCANNED, order = SCAN_FROM;
  for (let i = 0; i < SCAN; i++, at += 4, order *= SCAN_STEP) {
    let sum: f32 = 0;
    for (let h = 1; h <= HARMONICS; h++) sum += near(order * <f32>h);
    addLog(at, sum);
  }
  order = CAGE_SCAN_FROM;
  for (let i = 0; i < CAGE_SCAN; i++, at += 4, order *= SCAN_STEP) addLog(at, CAGE_WEIGHT * cageLines(order));
}

/** Evidence of the strongest order of all in what a part leaves, and at `rival` that of the strongest other part. */
let rival: f32 = 0;
function strongestBeside(part: i32, slip: f32): f32 {
  memory.fill(SUMS, 0, <usize>(PARTS * SLIPS + SCAN + CAGE_SCAN) * 4);
  for (let row = 0; row < rows; row++) {
    copyRow(row);
    takeFamilyOut(row, part, slip);
    openRest(row);
    for (let other = 0; other < PARTS; other++) if (other != part) addPart(other);
    addScan();
  }
  rival = -100;
  for (let other = 0; other < PARTS; other++) if (other != part) rival = NativeMathf.max(rival, best(other));
  let highest: f32 = load<f32>(SCANNED);
  for (let i = 1; i < SCAN + CAGE_SCAN; i++) highest = NativeMathf.max(highest, load<f32>(SCANNED + (<usize>i << 2)));
  return highest / <f32>rows;
}

/**
 * Orders at which harmonics of a part hold at least FLOOR of the modulation of some row, 0 where none does; and the slip
 * that they show, finer than the one that was searched.
 */
function findLines(s: State, part: i32): void {
  const lines = STATE + offsetof<State>('faultLine0');
  memory.fill(lines, 0, HARMONICS * 4);
  const order = orderOf(part) * (1 + s.slip);
  let measured: f32 = 0, nominal: f32 = 0;
  for (let h = 0; h < HARMONICS; h++) {
    const line = order * <f32>(h + 1);
    let most: f32 = FLOOR;
    for (let row = 0; row < rows; row++) {
      openRow(row);
      const sum = near(line);
      if (total <= 0 || sum / total < most) continue;
      most = sum / total;
      store<f32>(lines + (<usize>h << 2), topNear(row, line));
    }
    const found = load<f32>(lines + (<usize>h << 2));
    if (found == 0) continue;
    measured += found;
    nominal += orderOf(part) * <f32>(h + 1);
  }
  if (nominal > 0) s.slip = measured / nominal - 1;
}

/** Weighs the evidence of all axes and bands into State: outer, inner, ball, cage, decoy in nepers, diagnosis, confidence. */
export function diagnose(axes: i32, sampleRateHz: f32, bpfo: f32, bpfi: f32, bsf: f32, ftf: f32): void {
  const s = changetype<State>(STATE);
  if (s.spectrumLength == 0) return;
  const shaftHz = s.shaftRpm / 60;
  const binOrder = envelopeRateHz(sampleRateHz) / <f32>s.spectrumLength / shaftHz;
  const resolution = <f32>s.spectrumLength / <f32>s.spectrumPoints;
  const turns: f32 = 1 / (resolution * binOrder);
  if (turns < LEAST_TURNS) return;
  outerOrder = bpfo;
  innerOrder = bpfi;
  ballOrder = 2 * bsf;
  cageOrder = ftf;
  rows = axes * DEMOD_BANDS;
  measureModulation(axes, s.spectrumLength, binOrder, resolution);
  memory.fill(SUMS, 0, <usize>(PARTS * SLIPS + 1) * 4);
  for (let row = 0; row < rows; row++) {
    openRow(row);
    for (let part = 0; part < PARTS; part++) addPart(part);
    addLog(SCANNED, cageLines(ftf));
  }
  s.cage = load<f32>(SCANNED) / <f32>rows;
  s.outer = best(OUTER);
  const outerSlip = bestSlip;
  s.inner = best(INNER);
  const innerSlip = bestSlip;
  s.ball = best(BALL);
  const ballSlip = bestSlip;
  let margin: f32 = -100, named = OUTER;
  for (let part = 0; part < PARTS; part++) {
    const slip = part == OUTER ? outerSlip : part == INNER ? innerSlip : ballSlip;
    const evidence = part == OUTER ? s.outer : part == INNER ? s.inner : s.ball;
    const other = strongestBeside(part, slip);
    const lead = evidence - NativeMathf.max(other, rival);
    if (lead <= margin) continue;
    margin = lead;
    named = part;
    s.decoy = other;
    s.slip = slip - 1;
  }
  // spectra overlap by half
  const limit = MARGIN * (1 + EARLY / (turns * 0.5 * <f32>(s.averaged + 1)));
  s.confidence = confidenceOf(margin / limit);
  s.diagnosis = margin > limit ? DIAGNOSIS_OUTER_RACE + named : DIAGNOSIS_NONE;
  findLines(s, named);
}

/** Share of right names among those that lead by as many limits, half at one: fitted with rigs left out, docs/adr/0009. */
function confidenceOf(limits: f32): f32 {
  return 1 / (1 + NativeMathf.exp(CONFIDENCE_SLOPE * (1 - limits)));
}

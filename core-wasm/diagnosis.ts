// One cause from all evidence: bearing parts (fault.ts) and rotor (rotor.ts) each say what they found and how sure they are.
import { STATE } from './map';
import { DIAGNOSIS_NONE, ROTOR_WORDS, RES_ORDER_LEVEL, RES_ORDER_RISE, RES_ORDER_TURNS, RES_ROTOR, RES_SPEED_CONFIDENCE, RES_SPEED_HZ } from './memory';
import { lineNoise, linePower, orderTurns } from './orders';
import { lineRise } from './rotor';
import { isElsewhere } from './speed';
import { State } from './state';

/**
 * Names the surer of the two in State: `named`, `namedConfidence`. A bearing part that only one envelope spectrum shows yet
 * gives way to the rotor: what shakes a sound bearing hard enough makes its lines as well. At a speed that is not the one
 * believed, no order is what it says: nothing is named.
 */
export function nameCause(): void {
  const s = changetype<State>(STATE);
  if (isElsewhere()) {
    s.named = DIAGNOSIS_NONE;
    s.namedConfidence = 0;
    return;
  }
  const rotor = s.rotor != DIAGNOSIS_NONE && (s.diagnosis == DIAGNOSIS_NONE || s.averaged < 2 || s.rotorConfidence > s.confidence);
  s.named = rotor ? s.rotor : s.diagnosis;
  s.namedConfidence = rotor ? s.rotorConfidence : s.confidence;
}

@inline function put(record: usize, word: i32, value: f32): void {
  store<f32>(record + (<usize>word << 2), value);
}

/** What the rotor evidence rests on, into a result record. */
export function writeRotor(record: usize, axes: i32): void {
  const s = changetype<State>(STATE);
  const from = STATE + offsetof<State>('unbalance');
  for (let i = 0; i < ROTOR_WORDS; i++) put(record, RES_ROTOR + i, load<f32>(from + (<usize>i << 2)));
  put(record, RES_ORDER_TURNS, orderTurns());
  if (orderTurns() == 0) return;
  put(record, RES_SPEED_HZ, (s.shaftRpm / 60) * s.orderSpeed);
  put(record, RES_SPEED_CONFIDENCE, s.speedConfidence);
  for (let order = 1; order <= 3; order++) {
    let power: f32 = 0;
    for (let axis = 0; axis < axes; axis++) power += NativeMathf.max(0, linePower(axis, 2 * order - 1) - lineNoise(axis, 2 * order - 1));
    put(record, RES_ORDER_LEVEL + order - 1, NativeMathf.sqrt(power));
  }
  if (s.orderReference > 0) for (let axis = 0; axis < axes; axis++) put(record, RES_ORDER_RISE + axis, lineRise(axis, 1));
}

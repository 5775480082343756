// A scalar point: temperature, current, pressure, ready-made RMS ... One decision a scan, the channels are the features.
import { INPUT, RESULTS, ROW, SCALAR_INPUT_STRIDE, STATE } from './map';
import { FLAG_RANGE, RES_AXES, RESULT_BYTES, SENSOR_OK, SET_AXES, BOUNDARY_END } from './memory';
import { resetSmoothing } from './baseline';
import { resetOperation } from './operation';
import { State } from './state';
import { limited } from './limit';
import { settingU32 } from './setting';
import { judge, resetPersistence, setDefaultScore, writeDiagnosis } from './verdict';

/** Consumes count scans at INPUT, one row a channel. Returns the number of decisions at RESULTS, which is count. */
export function pushScalars(count: i32): i32 {
  const s = changetype<State>(STATE);
  const channels = <i32>settingU32(SET_AXES);
  setDefaultScore(0);
  for (let i = 0; i < count; i++) {
    const record = RESULTS + <usize>i * RESULT_BYTES;
    memory.fill(record, 0, RESULT_BYTES);
    s.flags = 0;
    for (let c = 0; c < channels; c++) {
      const given = load<f32>(INPUT + <usize>c * SCALAR_INPUT_STRIDE + (<usize>i << 2));
      const v = limited(given);
      if (v != given) s.flags |= FLAG_RANGE;
      store<f32>(ROW + (<usize>c << 2), v);
      store<f32>(record + (<usize>(RES_AXES + c) << 2), v);
    }
    s.start = s.pushed;
    s.pushed++;
    s.end = s.pushed;
    s.windows = 1;
    s.sensor = SENSOR_OK;
    judge(record, channels, 0);
    writeDiagnosis(record, false);
  }
  s.windows = 0;
  return count;
}

/** Nothing is open between scans; the end of the stream forgets the smoothing. */
export function endScalars(kind: i32): i32 {
  const s = changetype<State>(STATE);
  if (kind == BOUNDARY_END) {
    resetSmoothing();
    resetOperation();
    resetPersistence();
  }
  return 0;
}

// Everything a point remembers that is not an array: one record at STATE, so that a snapshot is a copy of memory.
// Whoever adds a field raises LAYOUT_VERSION; the record may grow to 512 bytes.
@unmanaged export class State {
  layout: u32;
  mode: u32;
  /** Samples pushed since configure, of one axis. */
  pushed: u64;

  // vibration.ts
  fill: i32; // samples in HISTORY
  pending: i32; // new samples since the last window
  stretch: i32; // windows of this stretch so far

  // open decision
  windows: i32;
  length: u32;
  start: u64;
  end: u64;
  flags: u32;
  sensor: u32;
  kurtosis: f32; // highest of its windows

  // baseline
  learned: i32; // rows kept to learn from
  taken: i32; // rows ever kept
  fitted: i32; // of any regime: NOT_YET, FITTED or NEVER of regime.ts
  finished: i32; // 1: nothing more may be learned
  regime: i32; // operating state of the decision judged last
  regimes: i32; // of them that there are
  tick: u32; // decisions judged or learned

  // alarm persistence
  above: i32;
  aboveDanger: i32;
  below: i32;
  belowDanger: i32;
  broken: i32; // decisions in a row without a working sensor
  state: u32;

  // demodulation
  shaftRpm: f32;
  spectraRpm: f32; // at which the envelope points and spectra began
  decimation: i32;
  primed: i32; // a frame precedes: the overlap can be completed
  frames: i32; // frames in the whitening average
  points: i32; // envelope points collected in each demodulator
  decimated: i32; // input points in the open decimation cell
  cell0: f32; cell1: f32; cell2: f32; cell3: f32; cell4: f32; cell5: f32; cell6: f32; cell7: f32; cell8: f32;
  spectrumLength: i32; // transform length of the averaged spectra; 0: none yet
  spectrumPoints: i32; // envelope points behind each
  averaged: i32; // spectra averaged
  updates: i32; // spectra since configure

  // height of each fault line in the newest spectra, FAULT_LINES an axis
  line0: f32; line1: f32; line2: f32; line3: f32; line4: f32; line5: f32; line6: f32; line7: f32;
  line8: f32; line9: f32; line10: f32; line11: f32; line12: f32; line13: f32; line14: f32;

  // evidence
  outer: f32; inner: f32; ball: f32; cage: f32; decoy: f32;
  diagnosis: u32;
  confidence: f32;
  diagnosed: i32; // `updates` at the last diagnosis

  // order-points.ts
  orderGroup: i32; // samples that the first stage makes one of: 1 or 4
  orderBlock: i32; // of those in a block of the second
  orderRatio: i32; // blocks a point: 1, 2 or 4
  orderUngrouped: i32; // newest samples that no group has taken yet
  orderInBlock: i32;
  orderWaiting: i32; // values before the low-pass
  orderPoints: i32; // collected of each axis; -1 before the first, which is not kept
  // orders.ts
  orderSegment: i32; // points behind the newest lines; 0: none yet
  orderAveraged: i32; // segments averaged in the lines
  orderUpdates: i32; // segments since configure
  orderReference: i32; // segments learned from
  orderReferenceSegment: i32; // points behind each
  referenceRpm: f32; // speed at which they were learned
  orderSpeed: f32; // shaft speed found over the nominal one
  speedConfidence: f32;
  // gear.ts
  meshAveraged: i32; // decisions in the sidebands
  meshReference: i32; // decisions learned from
  // rotor.ts
  unbalance: f32; misalignment: f32; bent: f32; loose: f32; gear: f32; electrical: f32;
  turned: i32; // the direction of 1x has changed, which load and gain do not do
  rotor: u32; // DIAGNOSIS_*
  rotorConfidence: f32;
  rotorJudged: i32; // `orderUpdates` when it was last judged
  // mounting.ts
  mean0: f32; mean1: f32; mean2: f32; // sum of the means of the learned decisions
  // diagnosis.ts
  named: u32; // DIAGNOSIS_* of all evidence together
  namedConfidence: f32;

  // operating state
  given: i32; // 1: speed or load are given by inputs
  inputRpm: f32;
  inputLoad: f32;
  loadSpan: f32; // largest load given so far
  changed: i32; // 1: the speed given has changed within the open decision
  grace: i32; // decisions that a start may still take
  moving: i32; // decisions in a row in which every level moved the same way
  level0: f32; level1: f32; level2: f32; // of each axis in the decision before, nepers

  // fault.ts, of the part that leads
  slip: f32; // measured order over the nominal one, less 1
  faultLine0: f32; faultLine1: f32; faultLine2: f32; faultLine3: f32; // orders of its harmonics; 0: does not stand out

  // silence.ts
  silences: i32; // rows behind it; 0: none was met, below: what was quietest was no silence
  silence0: f32; silence1: f32; silence2: f32; // level of each axis while the machine stood, nepers
}

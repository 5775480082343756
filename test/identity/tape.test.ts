/** Tapes and their player: what is taped is played, and a damaged tape says where it is damaged. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { analyse, pointPlan, uniformNoise } from '../core-wasm/point.ts';
import { coreModule } from './builds.ts';
import { answersOf, difference, recordsOf } from './difference.ts';
import { OP, play, TapeError } from './play.ts';
import { settings } from './points.ts';
import { Tape } from './tape.ts';

const scalar = coreModule('scalar');
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const answersTo = (tape: Uint8Array): number[] => [...new Int32Array(play(scalar, tape).buffer)];

function refusal(tape: Uint8Array): TapeError {
  try {
    play(scalar, tape);
  } catch (error) {
    assert.instance(error, TapeError);
    return error as TapeError;
  }
  return assert.unreachable('the tape was played') as never;
}

const tapes = suite('identity.tape');

tapes('of a point gives the records that the host gets from the same samples', () => {
  const plan = pointPlan({ channels: [0, 1], windowLength: 512 });
  const samples = [uniformNoise(3000, 1), uniformNoise(3000, 2)];
  const changes = { sampleRateHz: plan.sampleRateHz, shaftRpm: null, faultOrder: null };
  const tape = new Tape()
    .configure(settings(512, 2, changes))
    .push(samples)
    .boundary(layout.BOUNDARY_END);
  const bytes = tape.end();
  const records = [...recordsOf(bytes, play(scalar, bytes))];
  const wanted = analyse(plan, samples, 'scalar');
  assert.is(tape.windows, wanted.length);
  assert.equal(
    records.map((record) => record.words),
    wanted.map((record) => record.words),
  );
});

tapes('counts the windows that the core will make, whatever the pushes, lengths and boundaries', () => {
  for (const [length, block] of [
    [63, 4096],
    [64, 1],
    [65, 64],
    [96, 7],
    [1000, 33],
  ]) {
    const tape = new Tape().configure(settings(64, 1));
    for (const kind of [layout.BOUNDARY_SNAPSHOT, layout.BOUNDARY_GAP, layout.BOUNDARY_END])
      tape.push([uniformNoise(length, 1)], 0, length, block).boundary(kind);
    const bytes = tape.end();
    assert.is([...recordsOf(bytes, play(scalar, bytes))].length, tape.windows, `${length} samples in ${block}`);
  }
});

tapes('of a transform gives the bins that the host gets', () => {
  const samples = uniformNoise(128, 3);
  const core = new Core('scalar');
  const { input, output } = core.planFft(128);
  input.set(samples);
  core.fft(128);
  const answers = play(scalar, new Tape().fft(samples).end());
  assert.equal(new Float32Array(answers.buffer, 8), output);
});

tapes('are answered by statuses where the core declines, and play on', () => {
  const tape = new Tape().boundary(layout.BOUNDARY_GAP).inputs(1, 1).configure(settings(100, 1));
  tape.configure(settings(64, 1)).fft(new Float32Array(64)).boundary(9);
  const { STATUS_NOT_CONFIGURED, STATUS_WINDOW, OK, STATUS_BUSY, STATUS_BOUNDARY } = layout;
  assert.equal(answersTo(tape.end()), [
    STATUS_NOT_CONFIGURED,
    STATUS_NOT_CONFIGURED,
    STATUS_WINDOW,
    OK,
    STATUS_BUSY,
    STATUS_BOUNDARY,
  ]);
});

tapes('start every instance afresh after RESET, with nothing of the one before', () => {
  const once = new Tape()
    .configure(settings(64, 1))
    .push([uniformNoise(500, 1)])
    .state();
  const alone = play(scalar, once.end());
  const twice = play(
    scalar,
    once
      .reset()
      .configure(settings(64, 1))
      .push([uniformNoise(500, 1)])
      .state()
      .end(),
  );
  assert.equal(twice, new Uint8Array([...alone, ...alone]));
});

tapes('keep the bits of samples that are no numbers all the way into the core', () => {
  const tape = new Tape().push([new Float32Array(Uint32Array.of(0x7f800001, 0xffc12345).buffer)]).end();
  assert.equal([...new Uint32Array(tape.buffer)], [OP.PUSH, 2, 1, 0x7f800001, 0xffc12345, OP.END]);
});

tapes('name the word of a step that is none', () => {
  const error = refusal(words(OP.BOUNDARY, layout.BOUNDARY_END, 77, OP.END));
  assert.is(error.message, 'TAPE_OP: tape word 2: got op 77, wanted 0 to 11');
});

tapes('name the word of a step that is cut off, and the end that is missing', () => {
  assert.is(
    refusal(words(OP.RESET, OP.PUSH, 100, 1, 0)).message,
    'TAPE_SHORT: tape word 1: the step wants 100 words at word 4, the tape has 1 left',
  );
  assert.match(refusal(words(OP.CONFIGURE, 1, 2)).message, 'tape word 0: the step wants 32 words at word 1');
  assert.match(refusal(words(OP.RESET)).message, 'tape word 1: the step wants 1 words at word 1, the tape has 0 left');
  assert.match(refusal(new Uint8Array()).message, 'TAPE_SHORT');
});

tapes('that would leave the memory of the core are refused', () => {
  assert.match(refusal(words(OP.STATE, 1, 1 << 30, OP.END)).message, /^TAPE_RANGE: tape word 0: op 5/);
  assert.match(refusal(words(OP.STATE, 1, 0xffff_fff0, OP.END)).message, /^TAPE_RANGE: tape word 0: op 5/);
  const far = new Uint32Array(1 << 20); // samples of 4 MiB into a memory of 3
  far.set([OP.PUSH, far.length - 3, 1]);
  assert.match(refusal(new Uint8Array(far.buffer)).message, /^TAPE_RANGE: tape word 0: op 2/);
});

tapes('refuse to hide windows in averages', () => {
  assert.throws(() => new Tape().configure(settings(64, 1, { windowsPerDecision: 4 })), /average 4 windows a decision/);
});

tapes('of every kind of step are walked to the last word of their answers', () => {
  const tape = new Tape().configure(settings(256, 2)).push([uniformNoise(2000, 1), uniformNoise(2000, 2)]);
  tape.inputs(900, 1).boundary(layout.BOUNDARY_GAP).state().fft(uniformNoise(64, 1)).reset().fft(uniformNoise(64, 1));
  const bytes = tape.end();
  const answers = play(scalar, bytes);
  const walked = [...answersOf(bytes, answers)];
  assert.is(
    walked.reduce((sum, answer) => sum + answer.words, 0),
    answers.length / 4,
  );
});

tapes('that were answered differently say where: step, decision, word and both values', () => {
  const tape = new Tape()
    .configure(settings(64, 1))
    .push([uniformNoise(500, 1)])
    .boundary(layout.BOUNDARY_END)
    .end();
  const left = play(scalar, tape);
  const right = left.slice();
  // status, number of decisions, then the records
  const at = (2 + 3 * layout.RESULT_WORDS + layout.RES_SCORE) * 4;
  right[at] ^= 1;
  right[right.length - 1] ^= 128;
  const found = difference('here', tape, { by: 'a', answers: left }, { by: 'b', answers: right });
  assert.is(found?.words, 2);
  assert.match(
    found?.place ?? '',
    /^here: tape word 33 PUSH: decision 3, word 6 \(RES_SCORE\): a 0x[0-9a-f]{8} \(.*\), b 0x[0-9a-f]{8} \(.*\); 2 words differ$/,
  );
  assert.is(difference('here', tape, { by: 'a', answers: left }, { by: 'b', answers: left.slice() }), null);
  const short = difference('here', tape, { by: 'a', answers: left }, { by: 'b', answers: left.slice(0, -4) });
  assert.match(short?.place ?? '', /b nothing; 1 words differ/);
});

tapes.run();

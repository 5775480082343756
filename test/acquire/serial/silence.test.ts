/** Silence is told from a host that did not listen. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SILENCE_MS, SilenceWatch } from '../../../host/acquire/serial/silence.ts';

const silence = suite('acquire.serial.silence');

function watched(run: (tick: (ms: number) => void, heard: () => void, told: () => number) => void): void {
  let nowMs = 0;
  let told = 0;
  const watch = new SilenceWatch(
    () => told++,
    SILENCE_MS,
    () => nowMs,
  );
  try {
    run(
      (ms) => {
        nowMs += ms;
        watch.tick();
      },
      () => watch.heard(),
      () => told,
    );
  } finally {
    watch.end();
  }
}

silence('a line that says nothing for 750 ms is told, once for each such time', () =>
  watched((tick, _, told) => {
    for (let i = 0; i < 15; i++) tick(50);
    assert.is(told(), 0);
    tick(50);
    assert.is(told(), 1);
    for (let i = 0; i < 16; i++) tick(50);
    assert.is(told(), 2);
  }),
);

silence('a node that says something every 500 ms is not silent', () =>
  watched((tick, heard, told) => {
    for (let i = 1; i <= 1000; i++) {
      tick(50);
      if (i % 10 === 0) heard();
    }
    assert.is(told(), 0);
  }),
);

silence('on a host whose turns are late it is told after four of them, not after twice the time', () =>
  watched((tick, heard, told) => {
    heard();
    for (let i = 0; i < 3; i++) tick(400);
    assert.is(told(), 0);
    tick(400);
    assert.is(told(), 1);
  }),
);

silence('a host that stood still for 5 s has not heard, which is no silence of the line', () =>
  watched((tick, heard, told) => {
    heard();
    for (const ms of [5000, 50, 50]) tick(ms);
    assert.is(told(), 0);
    heard();
    tick(50);
    assert.is(told(), 0);
  }),
);

silence.run();

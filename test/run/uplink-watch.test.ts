/** What a person hears of an uplink, and how often. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UplinkWatch, uplinkBalance } from '../../host/run/uplink-watch.ts';
import { wellUplink } from '../support/host-status.ts';

const watch = suite('run.UplinkWatch');

watch('an outage is told once with its first cause, and its end once', () => {
  const one = new UplinkWatch();
  const texts = [
    wellUplink(),
    wellUplink({ state: 'waiting', lastError: 'gone' }),
    wellUplink({ state: 'connecting', lastError: 'still gone' }),
    wellUplink({ behind: 9 }),
    wellUplink(),
  ].map((uplink) => one.take([uplink]).map(({ text }) => text));
  assert.equal(texts, [[], ['gone'], [], ['uplink up is up again; 9 frames follow'], []]);
});

watch('what is wrong although the uplink is up is told once for each that it is', () => {
  const one = new UplinkWatch();
  const wrong = (lastError: string | null) => one.take([wellUplink({ lastError })]).map(({ level }) => level);
  assert.equal(
    [wrong(null), wrong('frame 7'), wrong('frame 7'), wrong('frame 9'), wrong(null)],
    [...[[], ['warn'], [], ['warn'], []]],
  );
});

watch('at the end it is said by what frames were counted', () => {
  const [signed] = uplinkBalance([wellUplink({ delivered: 5, behind: 0 })]);
  assert.is(signed, 'up: 5 frames delivered; by signed receipts');
  const [weak] = uplinkBalance([wellUplink({ delivered: 5, behind: 2, receipts: 'puback' })]);
  assert.match(weak, /^up: 5 frames delivered, 2 wait for the next run; by PUBACK, which is weaker than a receipt/);
});

watch.run();

/** What goes next: frames that were given back, whatever became of some of them meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lanes } from '../../host/forward/lanes.ts';
import { Progress } from '../../host/forward/progress.ts';
import { newFolder } from '../support/folder.ts';
import { featureDraft } from '../support/frames.ts';
import { dropFrames, open } from '../support/store.ts';

const lanes = suite('forward.lanes');

lanes('give again what was given back behind a frame that was dropped meanwhile', () => {
  const store = open(newFolder('lanes'));
  for (let n = 1; n < 10; n++) store.append(featureDraft(n));
  store.commit();
  const queues = new Lanes(store.database, new Progress(store, 'up', false), store.epochId);
  while (queues.next('live'));
  queues.giveBack(store.epochId, [3, 7]);
  dropFrames(store.database, 3, 3);
  assert.equal(queues.next('again')?.seqs, [7]);
  assert.is(queues.next('again'), null);
  store.close();
});

lanes.run();

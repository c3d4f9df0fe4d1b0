import assert from 'node:assert/strict';
import { SlowAnswers } from '../../../../nodes/opendata/sharing/slow-answers.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { openSkiTrail, type SkiTrail } from '../ski-trail.ts';

describe('slow answers', () => {
  let trail: SkiTrail;
  let entry: Entry;
  const at = (now: number) => ({ now, lifetime: 1000 });

  beforeEach(async () => {
    trail = await openSkiTrail();
    [entry] = trail.site.list() as [Entry];
  });
  afterEach(() => trail.close());

  it('are made once while they last, and again when the dataset has other places', async () => {
    const answers = new SlowAnswers(10);
    let made = 0;
    const make = async () => ++made;
    assert.equal(await answers.get(entry, 'a', at(0), make), 1);
    assert.equal(await answers.get(entry, 'a', at(999), make), 1);
    assert.equal(await answers.get(entry, 'a', at(1000), make), 2);
    trail.devices.pop();
    assert.equal(await answers.get(entry, 'a', at(1001), make), 3, 'nothing of a withdrawn place is kept');
  });

  it('are made again when one of several devices of a place is taken away', async () => {
    const answers = new SlowAnswers(10);
    for (const [index, device] of trail.devices.entries())
      trail.devices[index] = { ...device, site: 'Start' };
    let made = 0;
    const make = async () => ++made;
    await answers.get(entry, 'a', at(0), make);
    trail.devices.pop();
    assert.equal(await answers.get(entry, 'a', at(1), make), 2);
  });

  it('are made one at a time, whoever asks', async () => {
    const answers = new SlowAnswers(10);
    let [running, most] = [0, 0];
    const make = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await Promise.all(['a', 'b', 'c'].map((name) => answers.get(entry, name, at(0), make)));
    assert.equal(most, 1);
  });

  it('are not kept when they failed, and do not stop the next', async () => {
    const answers = new SlowAnswers(10);
    await assert.rejects(
      answers.get(entry, 'a', at(0), () => Promise.reject(new Error('away'))),
      /away/,
    );
    assert.equal(await answers.get(entry, 'a', at(1), async () => 'back'), 'back');
  });

  it('take no more room than they may', async () => {
    const answers = new SlowAnswers(2);
    let made = 0;
    const make = async () => ++made;
    for (const name of ['a', 'b', 'c', 'a']) await answers.get(entry, name, at(0), make);
    assert.equal(made, 4);
  });
});

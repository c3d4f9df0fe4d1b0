import assert from 'node:assert/strict';
import { setImmediate as later } from 'node:timers/promises';
import { Guard } from '../../../nodes/opendata/guard.ts';
import { RateLimit } from '../../../nodes/opendata/rate-limit.ts';
import { Sightings } from '../../../nodes/opendata/sightings.ts';
import { Slots } from '../../../nodes/opendata/slots.ts';

describe('rates', () => {
  it('allow a burst, and then so much a second', () => {
    const rate = new RateLimit(3, 2);
    const waits = [0, 0, 0, 0, 500, 500, 1000].map((now) => rate.wait('a', 1, now));
    assert.deepEqual(waits, [0, 0, 0, 1, 0, 1, 0]);
  });

  it('are kept per client, and never saved up beyond the burst', () => {
    const rate = new RateLimit(2, 1);
    assert.equal(rate.wait('a', 2, 0), 0);
    assert.equal(rate.wait('b', 2, 0), 0);
    assert.equal(rate.wait('a', 2, 3_600_000), 0);
    assert.equal(rate.wait('a', 1, 3_600_000), 1);
  });

  it('remember so many clients and no more, those first that came last', () => {
    const rate = new RateLimit(1, 1);
    for (const client of ['busy', 'quiet']) assert.equal(rate.wait(client, 1, 0), 0);
    for (let other = 0; other < 19_998; other++) rate.wait(`${other}`, 1, 0);
    assert.equal(rate.wait('busy', 1, 0), 1);
    rate.wait('one more', 1, 0);
    assert.deepEqual([rate.wait('busy', 1, 0), rate.wait('quiet', 1, 0)], [1, 0]);
  });

  it('are not fooled by a clock that is set back', () => {
    const rate = new RateLimit(1, 1);
    assert.equal(rate.wait('a', 1, 10_000), 0);
    assert.equal(rate.wait('a', 1, 0), 1);
    assert.equal(rate.wait('a', 1, 1000), 0);
  });
});

describe('slots', () => {
  it('go to those who wait, in order, and not to more than may wait', async () => {
    const slots = new Slots(1, 2);
    const order: string[] = [];
    const first = await slots.take();
    const waiting = ['second', 'third'].map(async (name) => {
      const end = await slots.take();
      order.push(name);
      end?.();
    });
    assert.equal(await slots.take(), undefined);
    first?.();
    first?.();
    await Promise.all(waiting);
    assert.deepEqual(order, ['second', 'third']);
    assert.ok(await slots.take());
    assert.equal(await Promise.race([slots.take(), later('none is free')]), 'none is free');
  });
});

describe('guard of the public side', () => {
  it('lets one client have two long files at once, and all together six', async () => {
    const guard = new Guard();
    const ends = [await guard.stream('a'), await guard.stream('a')];
    await assert.rejects(guard.stream('a'), { status: 429 });
    for (const client of ['b', 'b', 'c', 'c']) ends.push(await guard.stream(client));
    await assert.rejects(guard.stream('d'), { status: 503, retryAfter: 5 });
    ends[0]?.();
    ends[0]?.();
    ends.push(await guard.stream('a'));
    await assert.rejects(guard.stream('a'), { status: 429 });
    ends[1]?.();
    await guard.stream('d');
    await assert.rejects(guard.stream('d'), { status: 503 });
    await assert.rejects(guard.stream('b'), { status: 429 });
  });
});

describe('times of change', () => {
  it('are when an answer was first given so, to the second, and never those of another answer', () => {
    const sightings = new Sightings();
    assert.equal(sightings.since('/a', 'one', 1500), 1000);
    assert.equal(sightings.since('/a', 'one', 9000), 1000);
    assert.equal(sightings.since('/a', 'two', 9700), 9000);
    assert.equal(sightings.since('/a', 'three', 9800), 10_000);
    assert.equal(sightings.since('/b', 'one', 9800), 9000);
  });

  it('are forgotten for what was not asked for longest', () => {
    const sightings = new Sightings();
    sightings.since('/kept', 'one', 0);
    sightings.since('/forgotten', 'one', 0);
    for (let index = 0; index < 4999; index++) {
      sightings.since(`/${index}`, 'one', 0);
      sightings.since('/kept', 'one', 0);
    }
    assert.equal(sightings.since('/kept', 'one', 5000), 0);
    assert.equal(sightings.since('/forgotten', 'one', 5000), 5000);
  });
});

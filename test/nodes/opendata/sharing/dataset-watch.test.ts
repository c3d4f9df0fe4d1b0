import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { DatasetWatch, type WatchOptions } from '../../../../nodes/opendata/sharing/dataset-watch.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';

const ENTRY = {} as Entry;

describe('watching a published dataset', () => {
  let published: Entry | undefined;
  let looks: (Entry | undefined)[];
  let problems: unknown[];
  let watch: DatasetWatch;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
    [published, looks, problems] = [ENTRY, [], []];
  });
  afterEach(async () => {
    await watch.close();
    mock.timers.reset();
  });

  const start = (options: Partial<WatchOptions> = {}) => {
    watch = new DatasetWatch({
      site: () => ({ get: () => published }),
      dataset: 'air',
      every: 600_000,
      look: async (entry) => void looks.push(entry),
      onProblem: (error) => problems.push(error),
      ...options,
    });
  };
  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    // What a timer began goes on in microtasks.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  it('looks once for many messages, and now and then without any', async () => {
    start();
    for (let message = 0; message < 5; message++) watch.changed();
    await pass(2000);
    assert.equal(looks.length, 1);
    await pass(600_000);
    assert.equal(looks.length, 2);
  });

  it('takes a dataset for withdrawn only when it was away for a minute, not during a deploy', async () => {
    start();
    published = undefined;
    await pass(2000);
    published = ENTRY;
    await pass(60_000);
    assert.ok(!looks.includes(undefined));
    published = undefined;
    watch.changed();
    await pass(2000);
    await pass(60_000);
    assert.equal(looks.at(-1), undefined);
    assert.ok(looks.length >= 1 && looks.includes(undefined));
  });

  it('leaves time between looks where that is asked for', async () => {
    start({ leastGap: 300_000 });
    await pass(2000);
    watch.changed();
    await pass(100_000);
    assert.equal(looks.length, 1);
    await pass(200_000);
    assert.equal(looks.length, 2);
  });

  it('tries again soon after a failure, and says what it was', async () => {
    let fails = true;
    start({
      look: async (entry) => {
        looks.push(entry);
        if (fails) throw new Error('away');
      },
    });
    await pass(2000);
    fails = false;
    await pass(30_000);
    assert.equal(looks.length, 2);
    assert.equal(problems.length, 1);
  });

  it('never looks twice at a time', async () => {
    let [running, most] = [0, 0];
    const ends: (() => void)[] = [];
    start({
      look: async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running--;
      },
    });
    const both = [watch.now(), watch.now(), watch.now()];
    await pass(0);
    for (let turn = 0; turn < 3; turn++) {
      ends.shift()?.();
      await pass(0);
    }
    await Promise.all(both);
    assert.equal(most, 1);
  });
});

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Publications } from '../../../../nodes/opendata/publications.ts';
import { DatasetWatch, type WatchOptions } from '../../../../nodes/opendata/sharing/dataset-watch.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';

const ENTRY = {} as Entry;

describe('watching a published dataset', () => {
  let published: Entry | undefined;
  let tombstone: object | undefined;
  let looks: (Entry | undefined)[];
  let problems: unknown[];
  let watch: DatasetWatch;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
    [published, tombstone, looks, problems] = [ENTRY, undefined, [], []];
  });
  afterEach(async () => {
    await watch.close();
    mock.timers.reset();
  });

  const start = (options: Partial<WatchOptions> = {}) => {
    watch = new DatasetWatch({
      site: () => ({
        get: () => published,
        publications: { tombstone: () => tombstone } as unknown as Publications,
      }),
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

  it('takes a dataset for gone only when it was away for long, not during a deploy, and says so once', async () => {
    start({ every: 3_600_000 });
    published = undefined;
    await pass(2000);
    published = ENTRY;
    await pass(600_000);
    assert.ok(looks.length > 0 && !looks.includes(undefined));
    published = undefined;
    await pass(30_000);
    await pass(599_000);
    assert.ok(!looks.includes(undefined));
    await pass(1000);
    await pass(3_600_000);
    assert.equal(looks.filter((entry) => entry === undefined).length, 1);
    published = ENTRY;
    await pass(30_000);
    assert.equal(looks.at(-1), ENTRY, 'it is back');
  });

  it('takes a dataset that somebody withdrew for gone at once', async () => {
    start({ every: 3_600_000 });
    await pass(2000);
    [published, tombstone] = [undefined, {}];
    await pass(30_000);
    assert.deepEqual(looks, [ENTRY, undefined]);
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

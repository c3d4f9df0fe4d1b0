import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Retention } from '../../../nodes/timeseries/sqlite-retention.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import { type Point, PointsRefusedError, type StoreQuery } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Math.floor(Date.now() / DAY);
const DAYS = 400;
const DEVICES = ['a', 'b', 'c', 'd', 'e'];
const YEAR: StoreQuery = {
  measurement: 'm',
  fields: ['t', 'text', 'open'],
  from: (TODAY - DAYS) * DAY,
  to: TODAY * DAY,
  every: DAY,
  timeZone: 'Asia/Kolkata',
  aggregate: 'last',
};

/** A reading per hour and device, until midnight. */
function history(days: number): Point[] {
  return DEVICES.flatMap((device) =>
    Array.from({ length: days * 24 }, (_, hour) => ({
      measurement: 'm',
      tags: { device },
      fields: { t: hour / 4, text: `state ${hour % 5}`, open: hour % 2 === 0 },
      time: (TODAY - days) * DAY + hour * HOUR,
    })),
  );
}

function pointAt(day: number, t: number): Point {
  return { measurement: 'm', tags: { device: 'a' }, fields: { t }, time: day * DAY + 5 };
}

async function reasonOf(written: Promise<void>): Promise<string | undefined> {
  try {
    await written;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PointsRefusedError);
    return error.refused[0]?.reason;
  }
}

describe('SQLite retention', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder, 'measurements.db');
    const store = new SqliteStore(path);
    await store.write(history(DAYS));
    await store.maintain();
    await store.close();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function within<T>(retention: Retention, work: (store: SqliteStore) => Promise<T>): Promise<T> {
    const store = new SqliteStore(path, retention);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  const oldest = async (store: SqliteStore, query: Partial<StoreQuery> = {}) =>
    (await store.query({ measurement: 'm', fields: ['t'], limit: 1, ...query }))[0]?.time;

  it('keeps everything for ever unless it is told otherwise', async () => {
    const bytes = statSync(path).size;
    await within({}, async (store) => {
      await store.maintain();
      assert.equal(await oldest(store), (TODAY - DAYS) * DAY);
    });
    assert.equal(statSync(path).size, bytes);
  });

  it('lets go what is older than the days it keeps, refuses older points, and makes the file smaller', async () => {
    const bytes = statSync(path).size;
    await within({ retentionDays: 30 }, async (store) => {
      await store.maintain();
      assert.equal(await oldest(store), (TODAY - 30) * DAY);
      assert.equal((await store.query(YEAR)).length, DEVICES.length * 31);
      assert.match((await reasonOf(store.write([pointAt(TODAY - 31, 1)]))) ?? '', /older than the 30 days/);
      assert.equal(await reasonOf(store.write([pointAt(TODAY - 30, 1)])), undefined);
      await store.verify();
    });
    assert.ok(statSync(path).size < bytes / 5, `${statSync(path).size} of ${bytes} bytes`);
  });

  it('keeps the roll-ups longer than the points, and answers charts from them as before', async () => {
    const before = await within({}, (store) => store.query(YEAR));
    const bytes = statSync(path).size;
    await within({ rawDays: 30, retentionDays: 1000 }, async (store) => {
      await store.maintain();
      assert.equal(await oldest(store), (TODAY - 30) * DAY);
      const hourly: StoreQuery = { ...YEAR, timeZone: 'Europe/Oslo', every: HOUR, aggregate: 'count' };
      assert.equal((await store.query(hourly)).length, DEVICES.length * DAYS * 24);
      assert.deepEqual(
        (await store.query({ ...YEAR, timeZone: 'UTC' })).map(({ time }) => time).slice(0, 1),
        [(TODAY - DAYS) * DAY],
      );
      const recent = (row: { time: number }) => row.time >= (TODAY - 29) * DAY;
      assert.deepEqual((await store.query(YEAR)).filter(recent), before.filter(recent));
      await store.verify();
    });
    assert.ok(statSync(path).size < bytes);
  });

  it('refuses a point of a day that only its summary is left of, and takes one of a day without any', async () => {
    await within({ rawDays: 30 }, async (store) => {
      await store.maintain();
      assert.match((await reasonOf(store.write([pointAt(TODAY - 50, 1)]))) ?? '', /only their summary/);
      const unheardOf = [
        pointAt(TODAY - DAYS - 50, 7),
        { ...pointAt(TODAY - DAYS - 50, 9), time: (TODAY - DAYS - 50) * DAY + 9 },
      ];
      for (const point of unheardOf) assert.equal(await reasonOf(store.write([point])), undefined);
      const mean = { ...YEAR, from: 0, every: DAY, timeZone: 'UTC', aggregate: 'mean', limit: 1 } as const;
      assert.deepEqual((await store.query(mean))[0]?.values, { t: 8 });
    });
    await within({ rawDays: 30 }, async (store) => {
      await store.maintain();
      const mean = { ...YEAR, from: 0, every: DAY, timeZone: 'UTC', aggregate: 'mean', limit: 1 } as const;
      assert.deepEqual((await store.query(mean))[0]?.values, { t: 8 });
      assert.match(
        (await reasonOf(store.write([pointAt(TODAY - DAYS - 50, 7)]))) ?? '',
        /only their summary/,
      );
    });
  });

  it('still knows the latest value of a device that has been silent for longer than points are kept', async () => {
    const silent = {
      measurement: 'm',
      tags: { device: 'silent' },
      fields: { t: 42, open: true },
      time: (TODAY - 200) * DAY + 77,
    };
    await within({ rawDays: 30 }, async (store) => {
      await store.write([silent]);
      await store.maintain();
      const where = { device: 'silent' };
      assert.deepEqual(await store.query({ measurement: 'm', fields: ['t'], where }), []);
      assert.deepEqual(await store.latest({ measurement: 'm', fields: ['t', 'open', 'text'], where }), [
        {
          time: silent.time,
          tags: silent.tags,
          values: silent.fields,
          times: { t: silent.time, open: silent.time },
        },
      ]);
    });
  });

  it('lets others have their turn while it works', async () => {
    await within({ retentionDays: 30 }, async (store) => {
      let longest = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      await store.maintain();
      clearInterval(timer);
      assert.ok(longest < 1000, `${longest} ms`);
    });
  });
});

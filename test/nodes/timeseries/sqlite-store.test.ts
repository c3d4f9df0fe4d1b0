import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openEmbeddedStore } from '../../../nodes/timeseries/embedded-store.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { StoreQuery } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';
import { describeStore } from './describe-store.ts';

let folder: string;
before(async () => {
  folder = await tempFolder();
});
after(() => rm(folder, { recursive: true }));

describeStore('SQLite', async () => new SqliteStore(join(folder, 'suite.db')));
describeStore('SQLite in a thread of its own', async () => openEmbeddedStore(join(folder, 'thread.db')));

describe('SqliteStore', () => {
  it('reads what an earlier run wrote, and keeps the types of its fields', async () => {
    const path = join(folder, 'again.db');
    const point = { measurement: 'm', tags: { device: 'a' }, fields: { t: 1, on: true }, time: 5 };
    const first = new SqliteStore(path);
    await first.write([point]);
    await first.close();
    const second = new SqliteStore(path);
    assert.deepEqual(await second.query({ measurement: 'm', fields: ['t', 'on'] }), [
      { time: 5, tags: { device: 'a' }, values: { t: 1, on: true } },
    ]);
    await assert.rejects(second.write([{ ...point, fields: { t: 'text' } }]), /already exists as number/);
    await second.write([{ ...point, fields: { h: 2 } }]);
    assert.deepEqual((await second.latest({ measurement: 'm', fields: ['t', 'h'] }))[0]?.values, {
      t: 1,
      h: 2,
    });
    await second.close();
  });

  it('keeps the order of time, whether readings come once a year or thousands in a second', async () => {
    const store = new SqliteStore(join(folder, 'uneven.db'));
    const burst = Date.UTC(2020, 5, 1);
    const points = Array.from({ length: 60 }, (_, device) => `d${device}`).flatMap((device, number) => [
      ...Array.from({ length: 500 }, (_, i) => ({ device, time: burst + i })),
      { device, time: burst + 5000 },
      ...Array.from({ length: 20 }, (_, i) => ({
        device,
        time: burst + (i - 10) * (100 + number) * 86_400_000 - 7,
      })),
    ]);
    await store.write(
      points.map(({ device, time }) => ({
        measurement: 'm',
        tags: { device },
        fields: { t: time % 97 },
        time,
      })),
    );
    const sorted = points.toSorted((a, b) => a.time - b.time || (a.device < b.device ? -1 : 1));
    const backwards = points.toSorted((a, b) => b.time - a.time || (a.device < b.device ? -1 : 1));
    const ask = async (query: Partial<StoreQuery>) =>
      (await store.query({ measurement: 'm', fields: ['t'], ...query })).map(({ time, tags }) => ({
        device: tags.device,
        time,
      }));
    assert.deepEqual(await ask({}), sorted);
    assert.deepEqual(await ask({ order: 'descending' }), backwards);
    assert.deepEqual(await ask({ offset: 29_000, limit: 700 }), sorted.slice(29_000, 29_700));
    assert.deepEqual(await ask({ order: 'descending', limit: 9000 }), backwards.slice(0, 9000));
    const [from, to] = [burst + 100, burst + 200];
    assert.deepEqual(
      await ask({ from, to }),
      sorted.filter(({ time }) => time >= from && time < to),
    );
    await store.close();
  });

  it('answers without reading the rows of other series, for whatever it is asked', async () => {
    const path = join(folder, 'plan.db');
    const store = new SqliteStore(path);
    const devices = ['a', 'b', 'c'];
    await store.write(
      devices.map((device) => ({ measurement: 'm', tags: { device }, fields: { t: 1 }, time: 5 })),
    );
    const statements = await preparedDuring(async () => {
      for (const device of [['a'], ['a', 'b']]) {
        const query = { measurement: 'm', fields: ['t'], where: { device }, from: 0, to: 9 };
        await store.query(query);
        await store.query({ ...query, limit: 1, order: 'descending' });
        await store.query({ ...query, aggregate: 'mean', every: 3 });
        await store.query({ ...query, aggregate: 'last' });
        await store.latest(query);
      }
    });
    await store.close();
    const database = new DatabaseSync(path);
    const plans = statements.map((sql) => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    database.close();
    assert.ok(plans.length >= 10);
    for (const plan of plans) {
      const steps = plan.map(({ detail }) => String(detail));
      assert.ok(
        steps.some((step) => /SEARCH m1 USING PRIMARY KEY \(series=\?/.test(step)),
        steps.join('; '),
      );
    }
  });
});

/** The SQL that is prepared while `work` runs. */
async function preparedDuring(work: () => Promise<void>): Promise<string[]> {
  const { prepare } = DatabaseSync.prototype;
  const statements: string[] = [];
  DatabaseSync.prototype.prepare = function (sql) {
    statements.push(sql);
    return prepare.call(this, sql);
  };
  try {
    await work();
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  return statements;
}

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import { tempFolder } from '../../support/servers.ts';
import { describeStore } from './describe-store.ts';

let folder: string;
before(async () => {
  folder = await tempFolder();
});
after(() => rm(folder, { recursive: true }));

describeStore('SQLite', async () => new SqliteStore(join(folder, 'suite.db')));

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

  it('answers for one series without reading the rows of others', async () => {
    const path = join(folder, 'plan.db');
    const store = new SqliteStore(path);
    await store.write([{ measurement: 'm', tags: { device: 'a' }, fields: { t: 1 }, time: 5 }]);
    await store.close();
    const database = new DatabaseSync(path);
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN SELECT series, time, f1 FROM json_each('[1]') AS wanted
        CROSS JOIN m1 ON series = wanted.value WHERE time >= 0 AND time < 9 ORDER BY time, wanted.key`)
      .all()
      .map(({ detail }) => String(detail));
    database.close();
    assert.ok(
      plan.some((step) => /SEARCH m1 USING PRIMARY KEY \(series=\? AND time>\? AND time<\?\)/.test(step)),
      plan.join('\n'),
    );
  });
});

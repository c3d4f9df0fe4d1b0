import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { latestUsable } from '../../../nodes/timeseries/latest-usable.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';

const START = Date.parse('2026-01-10T00:00:00Z');

describe('newest usable values', () => {
  let folder: string;
  let store: SqliteStore;
  beforeEach(async () => {
    folder = await tempFolder();
    store = new SqliteStore(join(folder, 'measurements.db'));
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const point = (time: number, fields: Point['fields'], tags: Point['tags'] = { device: 'a' }): Point => ({
    measurement: 'waste',
    tags,
    fields,
    time: START + time,
  });
  const found = async () => {
    const rows = await latestUsable(store, { measurement: 'waste', quantities: ['level', 'tilt'] });
    return rows.map(({ time, tags, values }) => ({ time: time - START, ...tags, ...values }));
  };

  it('are the newest if they passed, or were never checked', async () => {
    await store.write([point(0, { level: 1, level_qc: 1 }), point(1, { level: 2, level_qc: 3, tilt: true })]);
    assert.deepEqual(await found(), [{ time: 1, device: 'a', level: 2, tilt: true }]);
  });

  it('are those before, each at its own time, when the newest failed', async () => {
    await store.write([
      point(0, { level: 1, level_qc: 1 }),
      point(1, { level: 2, level_qc: 2 }),
      point(2, { level: 99, level_qc: 4, tilt: false }),
    ]);
    assert.deepEqual(await found(), [{ time: 2, device: 'a', level: 2, tilt: false }]);
  });

  it('do not take a flag for that of another reading', async () => {
    await store.write([
      point(0, { level: 1, level_qc: 4 }),
      point(1, { level: 2 }),
      point(2, { level_qc: 9 }),
    ]);
    assert.deepEqual(await found(), [{ time: 1, device: 'a', level: 2 }]);
  });

  it('are absent where nothing passed, and of their own series only', async () => {
    const place = { device: 'a', site: 'Torget' };
    await store.write([point(0, { level: 7, level_qc: 1 }, place), point(1, { level: 99, level_qc: 4 })]);
    assert.deepEqual(await found(), [{ time: 0, ...place, level: 7 }]);
  });
});

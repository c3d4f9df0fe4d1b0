import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import {
  type CopiedMeasurement,
  type CopyBookmarks,
  type CopyOptions,
  type CopyProgress,
  copyStore,
} from '../../../nodes/timeseries/copy-store.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { seriesKey } from '../../../nodes/timeseries/series.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point, Store, StoreQuery } from '../../../nodes/timeseries/store.ts';
import { freePort, type Server, startInfluxdb, tempFolder } from '../../support/servers.ts';

const START = 1_768_435_200_000;
/** More than one chunk, a millisecond apart: no reading may be lost where one chunk ends. */
const MANY = 12_345;

describe('copyStore', () => {
  let influxdb: Server;
  let folder: string;
  let source: Store;
  let target: Store;
  let number = 0;

  before(async () => {
    influxdb = await startInfluxdb();
  });
  after(() => influxdb.stop());
  beforeEach(async () => {
    folder = await tempFolder();
    source = new SqliteStore(join(folder, 'measurements.db'));
    target = new InfluxdbStore({ url: influxdb.url, bucket: `copy_${++number}` });
  });
  afterEach(async () => {
    await source.close();
    await target.close();
    await rm(folder, { recursive: true });
  });

  async function copy(to = target, options: CopyOptions = {}): Promise<CopiedMeasurement[]> {
    const copied: CopiedMeasurement[] = [];
    for await (const measurement of copyStore(source, to, options)) copied.push(measurement);
    return copied;
  }

  function bookmarksInMemory(): CopyBookmarks {
    const known = new Map<string, number>();
    return {
      get: (measurement, tags) => known.get(`${measurement} ${seriesKey(tags)}`),
      set: (measurement, tags, from) => known.set(`${measurement} ${seriesKey(tags)}`, from),
    };
  }

  it('brings every series, field and type to InfluxDB, however long, and again without doubling', async () => {
    const points: Point[] = Array.from({ length: MANY }, (_, i) => ({
      measurement: 'waste',
      tags: { device: 'bin-1', site: 'Torget' },
      fields: { fill_level: i / 100, fill_level_qc: 1 },
      time: START + i,
    }));
    points.push(
      { measurement: 'waste', tags: { device: 'bin-1' }, fields: { fill_level: 7 }, time: START },
      { measurement: 'waste', tags: { device: 'bin-2', site: 'Kai' }, fields: { lid: true }, time: -5 },
      { measurement: 'alarm', tags: { device: 'bin-1' }, fields: { state: 'raised', score: 1 }, time: START },
    );
    await source.write(points);
    const expected = [
      { measurement: 'waste', values: 2 * MANY + 2, found: 2 * MANY + 2, written: 2 * MANY + 2 },
      { measurement: 'alarm', values: 2, found: 2, written: 2 },
    ];
    assert.deepEqual(await copy(), expected);
    assert.deepEqual(await copy(), expected);
    for (const [measurement, fields] of await source.measurements()) {
      const all = { measurement, fields };
      assert.deepEqual(await target.query(all), await source.query(all));
    }
  });

  it('counts what the target has refused as not found, says why, and copies the rest', async () => {
    const point = { measurement: 'waste', tags: { device: 'bin-1' }, time: START };
    await target.write([{ ...point, time: START - 1, fields: { fill_level: 'full' } }]);
    await source.write([
      { ...point, fields: { fill_level: 80 } },
      { ...point, time: START + 1, fields: { distance: 1.2 } },
    ]);
    const [waste] = await copy();
    assert.deepEqual([waste?.values, waste?.refused?.point.time], [2, START]);
    assert.match(waste?.refused?.reason ?? '', /fill_level/);
    assert.equal((await target.query({ measurement: 'waste', fields: ['distance'] })).length, 1);
  });

  it('takes only what is new after a bookmark, but all of a series in which a reading came late', async () => {
    const reading = (device: string, time: number): Point => ({
      measurement: 'waste',
      tags: { device },
      fields: { fill_level: 1 },
      time,
    });
    const bookmarks = bookmarksInMemory();
    await source.write([reading('a', START), reading('a', START + 10), reading('b', START)]);
    await copy(target, { bookmarks });
    await source.write([reading('a', START + 5), reading('a', START + 20), reading('b', START + 10)]);
    const [waste] = await copy(target, { bookmarks });
    assert.deepEqual([waste?.values, waste?.found], [6, 6]);
    assert.equal(waste?.written, 1 + 4 + 1);
    assert.equal((await copy(target, { bookmarks }))[0]?.written, 0);
  });

  it('copies while the source grows and while the target is locked for a moment', async () => {
    const reading = (time: number): Point[] => [
      { measurement: 'waste', tags: { device: 'a' }, fields: { fill_level: time % 100 }, time },
    ];
    await source.write(Array.from({ length: MANY }, (_, i) => reading(START + i)).flat());
    let failures = 1;
    const shaky: Store = Object.assign(Object.create(target) as Store, {
      query: (query: StoreQuery) => target.query(query),
      measurements: () => target.measurements(),
      write: async (points: readonly Point[]) => {
        await source.write(reading(START + MANY + points.length));
        if (failures-- > 0)
          throw new ConnectionError({ key: 'timeseries.error.away', parameters: { url: '' } });
        await target.write(points);
      },
    });
    const [waste] = await copy(shaky);
    assert.deepEqual([waste?.values, waste?.found], [MANY, MANY]);
  });

  it('tells how far it is', async () => {
    await source.write([
      { measurement: 'waste', tags: { device: 'a' }, fields: { x: 1, y: 2 }, time: START },
      { measurement: 'waste', tags: { device: 'b' }, fields: { x: 1 }, time: START },
    ]);
    const heard: CopyProgress[] = [];
    await copy(target, { onProgress: (progress) => heard.push(progress) });
    assert.deepEqual(heard.at(0), { measurement: 'waste', done: 2, total: 3 });
    assert.deepEqual(heard.at(-1), { measurement: 'waste', done: 3, total: 3 });
  });

  it('ends with an error if the target is away', async () => {
    await source.write([{ measurement: 'waste', tags: { device: 'a' }, fields: { x: 1 }, time: START }]);
    const away = new InfluxdbStore({ url: `http://127.0.0.1:${await freePort()}`, bucket: 'b' });
    await assert.rejects(copy(away), ConnectionError);
    await away.close();
  });

  it('has nothing to say about an empty store', async () => {
    assert.deepEqual(await copy(), []);
  });
});

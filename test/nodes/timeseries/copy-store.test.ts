import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import { type CopiedMeasurement, copyStore } from '../../../nodes/timeseries/copy-store.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point, Store } from '../../../nodes/timeseries/store.ts';
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

  async function copy(to = target): Promise<CopiedMeasurement[]> {
    const copied: CopiedMeasurement[] = [];
    for await (const measurement of copyStore(source, to)) copied.push(measurement);
    return copied;
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
      { measurement: 'waste', values: 2 * MANY + 2, found: 2 * MANY + 2 },
      { measurement: 'alarm', values: 2, found: 2 },
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

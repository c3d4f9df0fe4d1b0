import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../../../nodes/devices/device.ts';
import { datasetFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import type { PublicRow } from '../../../nodes/opendata/privacy.ts';
import { type Cursor, readHistory } from '../../../nodes/opendata/reader.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Store } from '../../../nodes/timeseries/store.ts';
import { type Server, startInfluxdb, tempFolder } from '../../support/servers.ts';
import { CONFIG, START } from './ski-trail.ts';

const MIDNIGHT = Date.parse('2026-01-10T00:00:00Z');
const PLACES = ['Dalen', 'Elva', 'Start', 'Toppen', 'Vika'];

/** Each place measures at the same times, as devices do that report on the hour. */
const POINTS = [0, 1, 2].flatMap((hour) =>
  PLACES.map((site, index) => ({
    measurement: 'ski_trail',
    tags: { device: `ski-${index}`, site },
    fields: { snow_temperature: -hour - index / 10, snow_temperature_qc: 1 },
    time: MIDNIGHT + hour * 3_600_000,
  })),
);

function describePaging(name: string, open: () => Promise<Store>, close: () => Promise<void>): void {
  describe(`pages of a history with equal times, from ${name}`, () => {
    let store: Store;
    before(async () => {
      store = await open();
      await store.write(POINTS);
    });
    after(async () => {
      await store?.close();
      await close();
    });

    async function pagesOf(limit: number): Promise<PublicRow[][]> {
      const dataset = datasetFromConfig({ ...CONFIG, quantities: ['snow_temperature'] });
      const devices = PLACES.map((site, index): Device => ({ ...START, id: `ski-${index}`, site }));
      const sources = { store: () => store, devices: () => devices };
      const pages: PublicRow[][] = [];
      let cursor: Cursor | undefined;
      do {
        const page = await readHistory(dataset, sources, { limit, ...(cursor && { cursor }) });
        pages.push(page.rows);
        cursor = page.next;
      } while (cursor);
      return pages;
    }

    for (const limit of [1, 2, 3, 5, 7, 14]) {
      it(`have each row once, ${limit} at a time`, async () => {
        const pages = await pagesOf(limit);
        const [whole = []] = await pagesOf(1000);
        assert.equal(whole.length, POINTS.length);
        assert.deepEqual(pages.flat(), whole);
        assert.ok(pages.every(({ length }) => length <= limit));
      });
    }

    it('stay what they were when a reading arrives after they were read', async () => {
      const before = await pagesOf(4);
      const time = MIDNIGHT + 5 * 3_600_000;
      await store.write([
        {
          measurement: 'ski_trail',
          tags: { device: 'ski-0', site: 'Dalen' },
          fields: { snow_temperature: 1 },
          time,
        },
      ]);
      const after = await pagesOf(4);
      assert.deepEqual(after.flat().slice(0, -1), before.flat());
    });
  });
}

let server: Server | undefined;
describePaging(
  'a real InfluxDB',
  async () => {
    server = await startInfluxdb();
    return new InfluxdbStore({ url: server.url, bucket: 'byflyt' });
  },
  async () => server?.stop(),
);

let folder = '';
describePaging(
  'the embedded database',
  async () => {
    folder = await tempFolder();
    return new SqliteStore(join(folder, 'measurements.db'));
  },
  () => rm(folder, { recursive: true }),
);

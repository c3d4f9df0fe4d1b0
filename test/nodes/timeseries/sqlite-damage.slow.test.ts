import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ConnectionError, type Problem } from '../../../nodes/observation/errors.ts';
import { openEmbeddedStore } from '../../../nodes/timeseries/embedded-store.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point, Store } from '../../../nodes/timeseries/store.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/servers.ts';

const PAGE = 4096;
const HOUR = 3_600_000;
const BEGIN = Date.UTC(2020, 0, 1);
const DEVICES = 30;
const ROWS = 2000;
const COUNT = { measurement: 'm', fields: ['t'], aggregate: 'count' } as const;

function points(device: number, count = ROWS): Point[] {
  return Array.from({ length: count }, (_, i) => ({
    measurement: 'm',
    tags: { device: `device-${device}` },
    time: BEGIN + i * HOUR,
    fields: { t: i / 4, open: i % 2 === 0, text: i % 100 === 0 ? 'started' : 'running' },
  }));
}

describe('SQLite store with a damaged file', () => {
  let folder: string;
  let path: string;
  let intact: string;
  const damaged: Problem[] = [];
  const recovered: Problem[] = [];
  const stores: Store[] = [];
  let isRefilled = true;

  before(async () => {
    folder = await tempFolder();
    intact = join(folder, 'intact.db');
    const store = new SqliteStore(intact);
    for (let device = 0; device < DEVICES; device++) await store.write(points(device));
    await store.maintain();
    await store.close();
  });
  after(() => rm(folder, { recursive: true }));

  beforeEach(() => {
    path = join(folder, `${stores.length}-measurements.db`);
    damaged.length = 0;
    recovered.length = 0;
    isRefilled = true;
    copyFileSync(intact, path);
  });
  afterEach(() => stores.at(-1)?.close());

  function opened(): Store {
    const store = openEmbeddedStore(path, {
      onDamaged: (problem) => damaged.push(problem),
      onRecovered: async (problem) => {
        recovered.push(problem);
        if (!isRefilled) throw new Error('not now');
      },
      retention: {},
    });
    stores.push(store);
    return store;
  }

  async function overwrite(firstPage: number, pages: number): Promise<void> {
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(pages * PAGE, 0xa5), 0, pages * PAGE, firstPage * PAGE);
    await file.close();
  }

  async function countIn(store: Store): Promise<number> {
    return (await store.query(COUNT)).reduce((total, { values }) => total + Number(values.t), 0);
  }

  const asides = () =>
    readdirSync(folder).filter(
      (name) => name.startsWith(`${basename(path)}.damaged-`) && /Z(-\d+)?$/.test(name),
    );

  /** The file was put aside as it was, people were told, and the store takes points. */
  async function assertReplaced(store: Store): Promise<number> {
    await eventually(() => assert.equal(recovered.length, 1));
    assert.equal(damaged[0]?.key, 'timeseries.error.put_aside');
    const [aside, ...others] = asides();
    assert.deepEqual([aside, others], [damaged[0]?.parameters?.file, []]);
    await store.write(points(DEVICES + 1, 5));
    const saved = await countIn(store);
    assert.equal(saved - 5, recovered[0]?.parameters?.count);
    return (saved - 5) / (DEVICES * ROWS);
  }

  const HOPELESS: Record<string, () => unknown> = {
    'whose first pages are overwritten': () => overwrite(0, 3),
    'that is a text': () => writeFileSync(path, 'Dear Sir or Madam,\n'.repeat(2000)),
    'of no bytes': () => truncateSync(path),
  };
  for (const [what, damage] of Object.entries(HOPELESS)) {
    it(`puts aside one ${what}, and begins anew`, async () => {
      await damage();
      const before = readFileSync(path);
      const store = opened();
      assert.equal(await countIn(store), 0);
      assert.equal(await assertReplaced(store), 0);
      assert.deepEqual(readFileSync(join(folder, asides()[0] ?? '')), before);
    });
  }

  it('saves what a truncated file has left', async () => {
    truncateSync(path, Math.floor(statSync(path).size / PAGE / 2) * PAGE);
    const store = opened();
    await countIn(store);
    await assertReplaced(store);
  });

  it('saves all but the pages that are overwritten in the middle, met by a query', async () => {
    const pages = statSync(path).size / PAGE;
    for (const part of [0.3, 0.5, 0.7]) await overwrite(Math.floor(pages * part), 2);
    const store = opened();
    await countIn(store);
    for (let device = 0; device < DEVICES && damaged.length === 0; device++) {
      await store.query({ measurement: 'm', fields: ['t'], where: { device: `device-${device}` } });
    }
    const share = await assertReplaced(store);
    assert.ok(share > 0.95 && share < 1, `${share}`);
    const rows = await store.query({
      measurement: 'm',
      fields: ['t', 'open', 'text'],
      where: { device: 'device-0' },
    });
    const written = new Map(points(0).map(({ time, fields }) => [time, fields]));
    for (const { time, values } of rows) assert.deepEqual(values, written.get(time));
  });

  it('saves the points of the write that meets the damage', async () => {
    const pages = statSync(path).size / PAGE;
    await overwrite(Math.floor(pages * 0.2), Math.floor(pages * 0.6));
    const store = opened();
    for (let device = 0; device < DEVICES; device++) {
      await store.write([{ ...(points(device, 1)[0] as Point), time: BEGIN + ROWS * HOUR }]);
    }
    assert.equal(damaged.length, 1);
    await eventually(() => assert.equal(recovered.length, 1));
    const rows = await store.query({ measurement: 'm', fields: ['t'], from: BEGIN + ROWS * HOUR });
    assert.equal(rows.length, DEVICES);
  });

  it('keeps what was written since, where the damaged file has another value', async () => {
    await overwrite(Math.floor((statSync(path).size / PAGE) * 0.9), 1);
    writeFileSync(`${path}-wal`, '');
    const store = opened();
    const [point] = points(3, 1);
    assert.ok(point);
    for (let device = 0; damaged.length === 0; device++) {
      await store.query({
        measurement: 'm',
        fields: ['text'],
        where: { device: `device-${device % DEVICES}` },
      });
    }
    await store.write([{ ...point, fields: { t: -1 } }]);
    await eventually(() => assert.equal(recovered.length, 1));
    const [row] = await store.query({ measurement: 'm', fields: ['t', 'text'], where: point.tags, limit: 1 });
    assert.deepEqual(row?.values, { t: -1, text: 'started' });
  });

  it('finds damage by itself after an end that was not clean', async () => {
    await overwrite(Math.floor((statSync(path).size / PAGE) * 0.6), 1);
    writeFileSync(`${path}-wal`, '');
    const store = opened();
    await store.measurements();
    await eventually(() => assert.equal(damaged.length, 1));
    const share = await assertReplaced(store);
    assert.ok(share > 0.95, `${share}`);
  });

  it('leaves a sound file alone after an end that was not clean', async () => {
    const writing = new SqliteStore(path);
    await writing.write(points(DEVICES, 10));
    for (const ending of ['', '-wal']) copyFileSync(`${path}${ending}`, `${path}.copy${ending}`);
    await writing.close();
    path = `${path}.copy`;
    assert.ok(statSync(`${path}-wal`).size > 0);
    const store = opened();
    assert.equal(await countIn(store), DEVICES * ROWS + 10);
    await store.close();
    assert.deepEqual([damaged, asides(), existsSync(`${path}-wal`)], [[], [], false]);
  });

  it('goes on saving after a restart in the middle of it', async () => {
    await rm(path);
    const aside = `${path}.damaged-20200101T000000Z`;
    copyFileSync(intact, aside);
    writeFileSync(`${path}.to-salvage-20200101T000000Z`, '');
    const store = opened();
    await eventually(() => assert.equal(recovered.length, 1));
    assert.equal(await countIn(store), DEVICES * ROWS);
    await eventually(() => assert.equal(existsSync(`${path}.to-salvage-20200101T000000Z`), false));
    assert.ok(existsSync(aside));
  });

  it('begins again after a restart if what was lost could not be written again', async () => {
    isRefilled = false;
    writeFileSync(path, 'no database');
    const store = opened();
    await eventually(() => assert.equal(recovered.length, 1));
    await store.close();
    isRefilled = true;
    const again = opened();
    await eventually(() => assert.equal(recovered.length, 2));
    await eventually(() =>
      assert.ok(!readdirSync(folder).some((name) => name.startsWith(`${basename(path)}.to-salvage`))),
    );
    assert.equal(damaged.length, 1);
    await again.close();
  });

  it('saves the roll-ups of days whose points are no longer kept', async () => {
    const aging = new SqliteStore(path, { rawDays: 30 });
    await aging.maintain();
    assert.deepEqual(await aging.query({ measurement: 'm', fields: ['t'] }), []);
    await aging.close();
    copyFileSync(path, `${path}.damaged-20200101T000000Z`);
    writeFileSync(`${path}.to-salvage-20200101T000000Z`, '');
    await rm(path);
    const store = opened();
    await eventually(() => assert.equal(recovered.length, 1));
    assert.equal(await countIn(store), DEVICES * ROWS);
  });

  it('is only reported by a process that the file does not belong to', async () => {
    writeFileSync(path, 'no database');
    const guest = openEmbeddedStore(path);
    stores.push(guest);
    await assert.rejects(guest.query(COUNT), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.key, 'timeseries.error.damaged');
      return true;
    });
    assert.deepEqual(asides(), []);
    assert.equal(readFileSync(path, 'utf8'), 'no database');
  });
});

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { bucketRuns, bucketStarts } from '../../../nodes/timeseries/buckets.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point, Row, StoreQuery } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The week in which Oslo's clock goes forward: 2020-03-29, 01:00 UTC. */
const BEGIN = Date.UTC(2020, 2, 26);
const DAYS = 6;
const DEVICES = ['a', 'b'];
const FIELDS = ['t', 't_qc', 'open', 'text'];

type Aggregate = NonNullable<StoreQuery['aggregate']>;

/** Quarters, so that any order of adding gives the same sum. */
const reading = fc.record({
  device: fc.constantFrom(...DEVICES),
  time: fc.integer({ min: 0, max: DAYS * 96 - 1 }).map((quarter) => BEGIN + quarter * (HOUR / 4)),
  fields: fc.record(
    {
      t: fc.integer({ min: -80, max: 80 }).map((value) => value / 4),
      t_qc: fc.integer({ min: 1, max: 4 }),
      open: fc.boolean(),
      text: fc.constantFrom('ok', 'low', 'åpen "igjen"'),
    },
    { requiredKeys: ['t'] },
  ),
});

/** Readings in any order of time, the same time again with other values, and rounds of rolling up in between. */
const history = fc.array(
  fc.oneof(
    { arbitrary: fc.array(reading, { minLength: 1, maxLength: 40 }), weight: 3 },
    { arbitrary: fc.constant('round' as const), weight: 1 },
  ),
  { minLength: 1, maxLength: 12 },
);

const question = fc.record({
  aggregate: fc.constantFrom<Aggregate>('mean', 'min', 'max', 'sum', 'count', 'first', 'last'),
  every: fc.constantFrom<number | { months: number }>(HOUR / 3, HOUR, 1.5 * HOUR, 6 * HOUR, DAY, {
    months: 1,
  }),
  timeZone: fc.constantFrom('UTC', 'Europe/Oslo', 'Asia/Kolkata', 'Australia/Lord_Howe'),
  from: fc.integer({ min: -2 * 96, max: DAYS * 96 }).map((quarter) => BEGIN + quarter * (HOUR / 4)),
  length: fc.integer({ min: 1, max: (DAYS + 2) * 96 }).map((quarters) => quarters * (HOUR / 4) - 1),
  order: fc.constantFrom<'ascending' | 'descending'>('ascending', 'descending'),
});

describe('SQLite roll-ups', () => {
  let folder: string;
  let number = 0;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const newPath = () => join(folder, `${++number}.db`);

  it('give what the points give, whatever came late, twice or with another value', async () => {
    const property = fc.asyncProperty(
      history,
      fc.array(question, { minLength: 5, maxLength: 5 }),
      async (steps, questions) => {
        const store = new SqliteStore(newPath());
        for (const step of steps) await (step === 'round' ? store.maintain() : store.write(pointsOf(step)));
        for (const asked of questions) await assertSame(store, queryOf(asked));
        await assertSame(store, { measurement: 'm', fields: FIELDS, aggregate: 'last' });
        await store.close();
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('never drift: they are those of a file that got each point once', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const [path, freshPath] = [newPath(), newPath()];
      const [store, fresh] = [new SqliteStore(path), new SqliteStore(freshPath)];
      for (const step of steps) await (step === 'round' ? store.maintain() : store.write(pointsOf(step)));
      await store.maintain();
      const rows = await store.query({ measurement: 'm', fields: FIELDS });
      await fresh.write(
        rows.map(({ tags, time, values }) => ({ measurement: 'm', tags, time, fields: values })),
      );
      await fresh.maintain();
      await store.close();
      await fresh.close();
      assert.deepEqual(rollupsIn(path), rollupsIn(freshPath));
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('stay right when another process writes, makes fields and rolls up as well', async () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom(0, 1), fc.option(fc.array(reading, { minLength: 1, maxLength: 20 }))),
      {
        minLength: 2,
        maxLength: 12,
      },
    );
    const property = fc.asyncProperty(steps, question, async (turns, asked) => {
      const path = newPath();
      const stores = [new SqliteStore(path), new SqliteStore(path)];
      for (const [index, readings] of turns) {
        await (readings ? stores[index]?.write(pointsOf(readings)) : stores[index]?.maintain());
      }
      for (const store of stores) await assertSame(store, queryOf(asked));
      for (const store of stores) await store.close();
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('are built for a file that has none, in slices, while it is read and written', async () => {
    const path = newPath();
    makeOldFile(path);
    const store = new SqliteStore(path);
    const chart: StoreQuery = {
      measurement: 'm',
      fields: ['t'],
      from: BEGIN - DAY,
      to: BEGIN + 750 * DAY,
      every: DAY,
      timeZone: 'Europe/Oslo',
      aggregate: 'mean',
    };
    await assertSame(store, chart);
    let slices = 0;
    for (let isDone = false; !isDone; slices++) {
      let steps = 0;
      await store.maintain(() => ++steps > 1);
      isDone = steps <= 1;
      await store.write(pointsOf([{ device: 'a', time: BEGIN + slices * DAY, fields: { t: slices } }]));
      await assertSame(store, chart);
    }
    await store.maintain();
    await assertSame(store, chart);
    await store.close();
    assert.ok(slices >= 2, `${slices} slices`);
    assert.ok(rollupsIn(path).length >= 2 * 730);
    const database = new DatabaseSync(path);
    assert.equal(
      database.prepare('SELECT count(*) AS n FROM series WHERE rolled_before IS NOT NULL').get()?.n,
      0,
    );
    database.close();
  });

  it('keep the sum of many decimals exact to the last digit', async () => {
    const store = new SqliteStore(newPath());
    const readings = Array.from({ length: DAYS * 96 }, (_, i) => ({
      device: 'a',
      time: BEGIN + i * (HOUR / 4),
      fields: { t: 0.1 },
    }));
    await store.write(pointsOf(readings));
    await store.maintain();
    const [row] = await store.query({ measurement: 'm', fields: ['t'], aggregate: 'sum' });
    await store.close();
    assert.equal(row?.values.t, 57.6);
  });

  it('answer without the points, so that a year is a few hundred rows', async () => {
    const path = newPath();
    const store = new SqliteStore(path);
    await store.write(
      pointsOf(
        Array.from({ length: DAYS * 96 }, (_, i) => ({
          device: 'a',
          time: BEGIN + i * (HOUR / 4),
          fields: { t: i },
        })),
      ),
    );
    await store.maintain();
    // Only a test can see where an answer comes from: the points go behind the store's back.
    const database = new DatabaseSync(path);
    database.exec('DELETE FROM m1');
    database.close();
    const rows = await store.query({
      measurement: 'm',
      fields: ['t'],
      from: BEGIN,
      to: BEGIN + DAYS * DAY,
      every: DAY,
      aggregate: 'max',
    });
    assert.deepEqual(
      rows.map(({ values }) => values.t),
      [95, 191, 287, 383, 479, 575],
    );
    const [latest] = await store.latest({ measurement: 'm', fields: ['t'] });
    assert.deepEqual([latest?.values, latest?.times], [{ t: 575 }, { t: BEGIN + 575 * (HOUR / 4) }]);
    await store.close();
  });
});

interface Reading {
  device: string;
  time: number;
  fields: Point['fields'];
}

function pointsOf(readings: readonly Reading[]): Point[] {
  return readings.map(({ device, time, fields }) => ({ measurement: 'm', tags: { device }, time, fields }));
}

function queryOf({
  from,
  length,
  ...rest
}: { from: number; length: number } & Partial<StoreQuery>): StoreQuery {
  return { measurement: 'm', fields: FIELDS, ...rest, from, to: from + length };
}

/** The answer is what comes of the points themselves, one by one. */
async function assertSame(store: SqliteStore, query: StoreQuery): Promise<void> {
  const { measurement, fields, from, to } = query;
  const period = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const points = await store.query({ measurement, fields, ...period });
  assert.deepEqual(await store.query(query), expected(points, query), JSON.stringify(query));
}

function expected(points: readonly Row[], query: StoreQuery): Row[] {
  const starts = query.every === undefined ? [query.from ?? 0] : [...bucketStarts(bucketRuns(query))];
  let index = 0;
  const bucketOf = new Map<number, number>();
  for (const { time } of points) {
    while ((starts[index + 1] ?? Number.POSITIVE_INFINITY) <= time) index++;
    bucketOf.set(time, starts[index] ?? 0);
  }
  const groups = Map.groupBy(points, ({ time, tags }) => `${tags.device} ${bucketOf.get(time)}`);
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const row: Row = { time: bucketOf.get(first.time) ?? 0, tags: first.tags, values: {} };
    for (const field of query.fields) {
      const values = group.flatMap(({ values }) => values[field] ?? []);
      const value = values.length > 0 ? aggregateOf(values, query.aggregate) : undefined;
      if (value !== undefined) row.values[field] = value;
    }
    return Object.keys(row.values).length > 0 ? [row] : [];
  });
  const direction = query.order === 'descending' ? -1 : 1;
  return rows.sort(
    (a, b) => direction * (a.time - b.time) || (`${a.tags.device}` < `${b.tags.device}` ? -1 : 1),
  );
}

function aggregateOf(values: Point['fields'][string][], aggregate: Aggregate | undefined) {
  if (aggregate === 'count') return values.length;
  if (aggregate === 'first') return values[0];
  if (aggregate === 'last') return values.at(-1);
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, value) => total + value, 0);
  const results = { mean: sum / numbers.length, sum, min: Math.min(...numbers), max: Math.max(...numbers) };
  return aggregate && results[aggregate];
}

/** Series, field, day and hours by their names: their numbers depend on the order in which they came. */
function rollupsIn(path: string): unknown[] {
  const database = new DatabaseSync(path);
  const rows = database
    .prepare(`
      SELECT tags, name, day, last, hours FROM rollup
      JOIN series ON series.id = rollup.series JOIN field ON field.id = rollup.field ORDER BY tags, name, day`)
    .all();
  database.close();
  return rows;
}

/** A file as Byflyt 0.1 made it: the tables of its time, and points of two years. */
function makeOldFile(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE measurement (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE series (id INTEGER PRIMARY KEY, measurement INTEGER, tags TEXT, UNIQUE (measurement, tags));
    CREATE TABLE field (
      id INTEGER PRIMARY KEY, measurement INTEGER, name TEXT, type TEXT, UNIQUE (measurement, name)
    );
    INSERT INTO measurement VALUES (1, 'm');
    INSERT INTO field VALUES (1, 1, 't', 'number');
    INSERT INTO series VALUES (1, 1, '[["device","a"]]'), (2, 1, '[["device","b"]]');
    CREATE TABLE m1 (series INTEGER, time INTEGER, PRIMARY KEY (series, time)) WITHOUT ROWID;
    ALTER TABLE m1 ADD COLUMN f1 REAL;
    WITH RECURSIVE point (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM point WHERE n < 24 * 730)
    INSERT INTO m1 SELECT id, ${BEGIN} + n * ${HOUR}, (n * 7 + id) % 40 / 4.0 FROM series, point;`);
  database.close();
}

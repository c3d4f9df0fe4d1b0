/** What every Store must do, run for each adapter against its real database. */
import assert from 'node:assert/strict';
import { type Point, PointsRefusedError, type Row, type Store } from '../../../nodes/timeseries/store.ts';
import { describeSummaries } from './describe-summaries.ts';

const HOUR = 3_600_000;
/** 2026-01-15T00:00:00Z, a multiple of an hour. */
const START = 1_768_435_200_000;

function point(measurement: string, device: string, time: number, fields: Point['fields']): Point {
  return { measurement, tags: { device, site: `at ${device}` }, fields, time };
}

/** Time and values only: what most questions are about. */
function plain(rows: readonly Row[]): unknown[] {
  return rows.map(({ time, values }) => ({ time, ...values }));
}

/** `open` gives a store; each test writes to measurements of its own. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`Store: ${name}`, () => {
    let store: Store;
    let number = 0;
    let m = '';

    before(async () => {
      store = await open();
    });
    after(() => store.close());
    beforeEach(() => {
      m = `measurement_${++number}`;
    });

    describe('write and query', () => {
      it('returns every kind of value as it was written', async () => {
        const fields = { t: 21.5, whole: 20, t_qc: 1, negative: -0.001, on: true, off: false, text: 'åpen' };
        await store.write([point(m, 'a', START, fields)]);
        assert.deepEqual(await store.query({ measurement: m, fields: Object.keys(fields) }), [
          { time: START, tags: { device: 'a', site: 'at a' }, values: fields },
        ]);
      });

      it('keeps the same point once, the last value of a field wins', async () => {
        await store.write([point(m, 'a', START, { t: 1 }), point(m, 'a', START, { t: 1 })]);
        await store.write([point(m, 'a', START, { t: 2 })]);
        assert.deepEqual(plain(await store.query({ measurement: m, fields: ['t'] })), [
          { time: START, t: 2 },
        ]);
      });

      it('merges fields that arrive one after the other', async () => {
        await store.write([point(m, 'a', START, { t: 1 })]);
        await store.write([point(m, 'a', START, { h: 55, t_qc: 3 })]);
        assert.deepEqual(plain(await store.query({ measurement: m, fields: ['t', 'h', 't_qc'] })), [
          { time: START, t: 1, h: 55, t_qc: 3 },
        ]);
      });

      it('takes a whole number and a fraction in the same field, in either order', async () => {
        await store.write([point(m, 'a', START, { t: 20 }), point(m, 'a', START + 1, { t: 20.5 })]);
        assert.deepEqual(plain(await store.query({ measurement: m, fields: ['t'] })), [
          { time: START, t: 20 },
          { time: START + 1, t: 20.5 },
        ]);
      });

      it('keeps quotes, commas, equal signs, line ends and all alphabets in text and tags', async () => {
        const text = 'line one\nline "two", a=b \\ c:\\d \'quoted\' 雪 ❄';
        const tags = { device: `o'hara "x", y=z ❄`, site: 'Storgata 1, hjørnet' };
        await store.write([{ measurement: m, tags, fields: { text }, time: START }]);
        const rows = await store.query({ measurement: m, fields: ['text'], where: { device: tags.device } });
        assert.deepEqual(rows, [{ time: START, tags, values: { text } }]);
      });

      it('leaves out empty tags and tidies what no database takes at the end of one', async () => {
        await store.write([
          { measurement: m, tags: { device: 'a', site: '' }, fields: { t: 1 }, time: START },
          { measurement: m, tags: { device: 'b', site: 'north\nhall\\' }, fields: { t: 2 }, time: START + 1 },
        ]);
        const rows = await store.query({ measurement: m, fields: ['t'] });
        assert.deepEqual(
          rows.map(({ tags }) => tags),
          [{ device: 'a' }, { device: 'b', site: 'north hall' }],
        );
        const found = await store.query({ measurement: m, fields: ['t'], where: { site: 'north\nhall\\' } });
        assert.deepEqual(plain(found), [{ time: START + 1, t: 2 }]);
      });

      it('takes names with any characters and runs nothing that is written in them', async () => {
        const evil = `x"; DROP MEASUREMENT "${m}"; --`;
        await store.write([point(m, 'a', START, { t: 1 })]);
        await store.write([
          { measurement: evil, tags: { 'de"vice': "' OR 1=1" }, fields: { [evil]: 5 }, time: START },
        ]);
        const rows = await store.query({
          measurement: evil,
          fields: [evil],
          where: { 'de"vice': "' OR 1=1" },
        });
        assert.deepEqual(plain(rows), [{ time: START, [evil]: 5 }]);
        const none = { measurement: m, fields: ['t'], where: { device: "' OR '1'='1" } };
        assert.deepEqual(await store.query(none), []);
        assert.deepEqual(await store.latest(none), []);
        assert.equal((await store.query({ measurement: m, fields: ['t'] })).length, 1);
      });

      it('gives nothing, and no error, for what it does not know', async () => {
        assert.deepEqual(await store.query({ measurement: 'never_written', fields: ['t'] }), []);
        assert.deepEqual(await store.latest({ measurement: 'never_written', fields: ['t'] }), []);
        await store.write([point(m, 'a', START, { t: 1 })]);
        assert.deepEqual(await store.query({ measurement: m, fields: ['unknown'] }), []);
        assert.deepEqual(
          await store.query({ measurement: m, fields: ['unknown'], aggregate: 'mean', from: 0 }),
          [],
        );
        assert.deepEqual(await store.query({ measurement: m, fields: [] }), []);
        assert.deepEqual(await store.query({ measurement: m, fields: ['t'], where: { device: [] } }), []);
        assert.deepEqual(
          await store.query({ measurement: m, fields: ['t'], where: { device: 'other' } }),
          [],
        );
        await store.write([]);
      });

      it('includes the beginning of a period and excludes its end', async () => {
        await store.write([0, 1, 2, 3].map((i) => point(m, 'a', START + i, { t: i })));
        const rows = await store.query({ measurement: m, fields: ['t'], from: START + 1, to: START + 3 });
        assert.deepEqual(plain(rows), [
          { time: START + 1, t: 1 },
          { time: START + 2, t: 2 },
        ]);
        const empty = { measurement: m, fields: ['t'], from: START + 10, to: START + 20 };
        assert.deepEqual(await store.query(empty), []);
        assert.deepEqual(await store.query({ ...empty, aggregate: 'mean', every: 5 }), []);
      });

      it('finds several values of a tag', async () => {
        await store.write(['a', 'b', 'c'].map((device, i) => point(m, device, START + i, { t: i })));
        const rows = await store.query({
          measurement: m,
          fields: ['t'],
          where: { device: ['a', 'c'], site: 'at c' },
        });
        assert.deepEqual(plain(rows), [{ time: START + 2, t: 2 }]);
        const both = await store.query({ measurement: m, fields: ['t'], where: { device: ['a', 'c'] } });
        assert.deepEqual(plain(both), [
          { time: START, t: 0 },
          { time: START + 2, t: 2 },
        ]);
      });

      it('orders by time across series, then by tags, and cuts after that', async () => {
        await store.write(
          ['c', 'a', 'b'].flatMap((device, d) => [0, 1].map((i) => point(m, device, START + i, { t: d }))),
        );
        const all = { measurement: m, fields: ['t'] };
        const names = async (query: object) =>
          (await store.query({ ...all, ...query }))
            .map(({ time, tags }) => `${tags.device}${time - START}`)
            .join(' ');
        assert.equal(await names({}), 'a0 b0 c0 a1 b1 c1');
        assert.equal(await names({ order: 'descending' }), 'a1 b1 c1 a0 b0 c0');
        assert.equal(await names({ limit: 2 }), 'a0 b0');
        assert.equal(await names({ limit: 2, offset: 2 }), 'c0 a1');
        assert.equal(await names({ order: 'descending', limit: 1, offset: 5 }), 'c0');
        assert.equal(await names({ offset: 4 }), 'b1 c1');
        assert.equal(await names({ limit: 0 }), '');
        assert.equal(await names({ limit: 1000, offset: 1 }), 'b0 c0 a1 b1 c1');
        assert.equal(await names({ limit: 1000, order: 'descending' }), 'a1 b1 c1 a0 b0 c0');
      });
    });

    describe('aggregates', () => {
      beforeEach(async () => {
        // Values 0..5 every 20 minutes from 00:00, and 10 at 02:10; a state and a text beside them.
        const times = [0, 20, 40, 60, 80, 100].map((minutes) => START + minutes * 60_000);
        await store.write([
          ...times.map((time, i) =>
            point(m, 'a', time, { t: i, open: i % 2 === 0, text: `n${i}`, t_qc: i < 5 ? 1 : 4 }),
          ),
          point(m, 'a', START + 130 * 60_000, { t: 10 }),
          point(m, 'b', START, { t: 100 }),
        ]);
      });

      const hourly = (
        aggregate: 'mean' | 'min' | 'max' | 'sum' | 'count' | 'first' | 'last',
        fields = ['t'],
      ) =>
        store.query({
          measurement: m,
          fields,
          where: { device: 'a' },
          from: START,
          to: START + 3 * HOUR,
          every: HOUR,
          aggregate,
        });

      const EXPECTED = {
        mean: [1, 4, 10],
        min: [0, 3, 10],
        max: [2, 5, 10],
        sum: [3, 12, 10],
        count: [3, 3, 1],
        first: [0, 3, 10],
        last: [2, 5, 10],
      } as const;
      for (const [aggregate, expected] of Object.entries(EXPECTED)) {
        it(`${aggregate} per bucket, buckets begin at whole hours`, async () => {
          const rows = await hourly(aggregate as keyof typeof EXPECTED);
          assert.deepEqual(
            plain(rows),
            expected.map((t, i) => ({ time: START + i * HOUR, t })),
          );
        });
      }

      it('gives the first and last of states and text, counts them, and leaves them out of numeric aggregates', async () => {
        assert.deepEqual(plain(await hourly('last', ['open', 'text', 't'])), [
          { time: START, open: true, text: 'n2', t: 2 },
          { time: START + HOUR, open: false, text: 'n5', t: 5 },
          { time: START + 2 * HOUR, t: 10 },
        ]);
        assert.deepEqual(plain(await hourly('count', ['open', 't'])), [
          { time: START, open: 3, t: 3 },
          { time: START + HOUR, open: 3, t: 3 },
          { time: START + 2 * HOUR, t: 1 },
        ]);
        assert.deepEqual(plain(await hourly('mean', ['open', 'text'])), []);
        assert.deepEqual(plain(await hourly('max', ['t_qc', 'text'])), [
          { time: START, t_qc: 1 },
          { time: START + HOUR, t_qc: 4 },
        ]);
      });

      it('keeps series apart, orders and cuts buckets', async () => {
        const query = {
          measurement: m,
          fields: ['t'],
          from: START,
          to: START + 3 * HOUR,
          every: HOUR,
        } as const;
        const rows = await store.query({
          ...query,
          aggregate: 'sum',
          order: 'descending',
          limit: 3,
          offset: 1,
        });
        assert.deepEqual(
          rows.map(({ time, tags, values }) => [(time - START) / HOUR, tags.device, values.t]),
          [
            [1, 'a', 12],
            [0, 'a', 3],
            [0, 'b', 100],
          ],
        );
      });

      it('without a bucket width gives one row per series, at the beginning of the period', async () => {
        const query = {
          measurement: m,
          fields: ['t'],
          from: START + 1,
          to: START + HOUR,
          aggregate: 'max',
        } as const;
        assert.deepEqual(plain(await store.query(query)), [{ time: START + 1, t: 2 }]);
      });

      it('counts only what lies in the period when a bucket begins before it', async () => {
        const query = {
          measurement: m,
          fields: ['t'],
          where: { device: 'a' },
          every: HOUR,
          aggregate: 'count',
        } as const;
        const rows = await store.query({ ...query, from: START + 20 * 60_000, to: START + HOUR });
        assert.deepEqual(plain(rows), [{ time: START, t: 2 }]);
      });

      it('puts times before 1970 into buckets that begin before them', async () => {
        const old = -90 * 60_000;
        await store.write([point(m, 'old', old, { t: 7 })]);
        const query = { measurement: m, fields: ['t'], where: { device: 'old' }, every: HOUR } as const;
        const rows = await store.query({ ...query, aggregate: 'mean', from: -3 * HOUR, to: 0 });
        assert.deepEqual(plain(rows), [{ time: -2 * HOUR, t: 7 }]);
      });
    });

    describeSummaries({ store: () => store, measurement: () => m });

    describe('latest', () => {
      it('gives the newest value of each field, although fields come at different times', async () => {
        await store.write([
          point(m, 'a', START, { t: 1, door: true, h: 40 }),
          point(m, 'a', START + 1000, { t: 2 }),
          point(m, 'a', START + 2000, { h: 50, h_qc: 1 }),
          point(m, 'b', START + 9000, { t: 9 }),
        ]);
        assert.deepEqual(await store.latest({ measurement: m, fields: ['t', 'h', 'h_qc', 'door', 'none'] }), [
          {
            time: START + 9000,
            tags: { device: 'b', site: 'at b' },
            values: { t: 9 },
            times: { t: START + 9000 },
          },
          {
            time: START + 2000,
            tags: { device: 'a', site: 'at a' },
            values: { t: 2, h: 50, h_qc: 1, door: true },
            times: { t: START + 1000, h: START + 2000, h_qc: START + 2000, door: START },
          },
        ]);
        const one = await store.latest({ measurement: m, fields: ['t'], where: { device: ['a'] } });
        assert.deepEqual(plain(one), [{ time: START + 1000, t: 2 }]);
      });

      it('is not fooled by a late arrival of an older reading', async () => {
        await store.write([point(m, 'a', START, { t: 2 })]);
        await store.write([point(m, 'a', START - HOUR, { t: 1 })]);
        assert.deepEqual(plain(await store.latest({ measurement: m, fields: ['t'] })), [
          { time: START, t: 2 },
        ]);
      });
    });

    it('names its measurements with their fields', async () => {
      await store.write([point(m, 'a', START, { t: 1, t_qc: 1 }), point(m, 'b', START, { state: 'open' })]);
      const fields = (await store.measurements()).get(m);
      assert.deepEqual(fields?.sort(), ['state', 't', 't_qc']);
      assert.equal((await store.measurements()).has('nothing'), false);
      const types = (await store.fieldTypes()).get(m);
      assert.deepEqual(
        [types?.get('t'), types?.get('t_qc'), types?.get('state')],
        ['number', 'integer', 'string'],
      );
    });

    describe('points that the database will never take', () => {
      it('are named with the reason; all others are there', async () => {
        await store.write([point(m, 'a', START, { t: 1 })]);
        const good = [1, 2, 3, 4, 5].map((i) => point(m, 'a', START + i, { t: i }));
        const text = point(m, 'a', START + 10, { t: 'warm' });
        const nan = point(m, 'a', START + 11, { t: Number.NaN });
        const empty = point(m, 'a', START + 12, {});
        const timeless = point(m, 'a', Number.NaN, { t: 1 });
        const failure = await store
          .write([...good.slice(0, 2), text, nan, empty, timeless, ...good.slice(2)])
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        assert.ok(failure instanceof PointsRefusedError);
        assert.deepEqual(
          new Set(failure.refused.map((one) => one.point)),
          new Set([text, nan, empty, timeless]),
        );
        assert.match(failure.refused.find((one) => one.point === text)?.reason ?? '', /already exists as/);
        assert.equal((await store.query({ measurement: m, fields: ['t'] })).length, 6);
      });
    });

    it('writes and reads ten thousand points at once', async () => {
      const points = Array.from({ length: 10_000 }, (_, i) =>
        point(m, `d${i % 10}`, START + i * 1000, { t: i / 10 }),
      );
      await store.write(points);
      const rows = await store.query({ measurement: m, fields: ['t'], where: { device: 'd3' } });
      assert.equal(rows.length, 1000);
      assert.equal(rows.at(-1)?.values.t, 999.3);
    });
  });
}

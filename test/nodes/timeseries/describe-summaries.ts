/** The part of the suite for every Store that is about summaries over time and about long answers. */
import assert from 'node:assert/strict';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import type { Fill, Point, Row, Store, StoreQuery } from '../../../nodes/timeseries/store.ts';

const HOUR = 3_600_000;
/** 2026-01-15T00:00:00Z, a multiple of an hour. */
const START = 1_768_435_200_000;

async function allOf(portions: AsyncIterable<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const portion of portions) rows.push(...portion);
  return rows;
}

/** What is tested, known when a test runs: each has a measurement of its own. */
interface Tested {
  store(): Store;
  measurement(): string;
}

export function describeSummaries(tested: Tested): void {
  const point = (device: string, time: number, fields: Point['fields']): Point => ({
    measurement: tested.measurement(),
    tags: { device, site: `at ${device}` },
    fields,
    time,
  });

  describe('time zones, months and what fills a gap', () => {
    const at = Date.parse;
    const days = { fields: ['t'], every: 24 * HOUR, timeZone: 'Europe/Oslo' } as const;
    const shown = (rows: readonly Row[]) =>
      rows.map(({ time, values }) => [new Date(time).toISOString().slice(0, 16), values.t]);

    it('begins days at local midnight, also on those of 23 and 25 hours', async () => {
      // One value an hour.
      const hours = (from: string, to: string) =>
        Array.from({ length: (at(to) - at(from)) / HOUR }, (_, i) =>
          point('a', at(from) + i * HOUR, { t: i }),
        );
      await tested
        .store()
        .write([
          ...hours('2026-03-27T23:00Z', '2026-03-30T22:00Z'),
          ...hours('2026-10-23T22:00Z', '2026-10-26T23:00Z'),
        ]);
      const count = { ...days, measurement: tested.measurement(), aggregate: 'count' } as const;
      const spring = { from: at('2026-03-27T23:00Z'), to: at('2026-03-30T22:00Z') };
      assert.deepEqual(shown(await tested.store().query({ ...count, ...spring })), [
        ['2026-03-27T23:00', 24],
        ['2026-03-28T23:00', 23],
        ['2026-03-29T22:00', 24],
      ]);
      const autumn = { from: at('2026-10-24T12:00Z'), to: at('2026-10-26T12:00Z') };
      assert.deepEqual(shown(await tested.store().query({ ...count, ...autumn, order: 'descending' })), [
        ['2026-10-25T23:00', 13],
        ['2026-10-24T22:00', 25],
        ['2026-10-23T22:00', 10],
      ]);
      assert.deepEqual(shown(await tested.store().query({ ...count, ...autumn, limit: 1, offset: 1 })), [
        ['2026-10-24T22:00', 25],
      ]);
    });

    it('sums up months, quarters and weeks', async () => {
      const times = ['2025-12-31T23:30Z', '2026-01-31T22:59Z', '2026-01-31T23:00Z', '2026-03-31T21:00Z'];
      await tested.store().write(times.map((time, i) => point('a', at(time), { t: 10 ** i })));
      const sum = { ...days, measurement: tested.measurement(), aggregate: 'sum' } as const;
      const year = { from: at('2025-12-31T23:00Z'), to: at('2026-12-31T23:00Z') };
      assert.deepEqual(shown(await tested.store().query({ ...sum, ...year, every: { months: 1 } })), [
        ['2025-12-31T23:00', 11],
        ['2026-01-31T23:00', 100],
        ['2026-02-28T23:00', 1000],
      ]);
      assert.deepEqual(shown(await tested.store().query({ ...sum, ...year, every: { months: 3 } })), [
        ['2025-12-31T23:00', 1111],
      ]);
      const weeks = await tested.store().query({ ...sum, ...year, every: 7 * 24 * HOUR, timeZone: 'UTC' });
      assert.deepEqual(shown(weeks), [
        ['2025-12-29T00:00', 1],
        ['2026-01-26T00:00', 110],
        ['2026-03-30T00:00', 1000],
      ]);
    });

    it('refuses a time zone that does not exist', async () => {
      await tested.store().write([point('a', START, { t: 1 })]);
      const query = {
        ...days,
        measurement: tested.measurement(),
        aggregate: 'mean',
        from: START,
        to: START + HOUR,
      } as const;
      await assert.rejects(tested.store().query({ ...query, timeZone: 'Oslo' }), ConfigurationError);
    });

    const FILLED = {
      none: [
        [1, 10, true],
        [4, 40, undefined],
      ],
      null: [
        [0, undefined, undefined],
        [1, 10, true],
        [2, undefined, undefined],
        [3, undefined, undefined],
        [4, 40, undefined],
        [5, undefined, undefined],
      ],
      previous: [
        [0, undefined, undefined],
        [1, 10, true],
        [2, 10, true],
        [3, 10, true],
        [4, 40, true],
        [5, 40, true],
      ],
      linear: [
        [0, undefined, undefined],
        [1, 10, true],
        [2, 20, undefined],
        [3, 30, undefined],
        [4, 40, undefined],
        [5, undefined, undefined],
      ],
      0: [
        [0, 0, undefined],
        [1, 10, true],
        [2, 0, undefined],
        [3, 0, undefined],
        [4, 40, undefined],
        [5, 0, undefined],
      ],
    } as const;
    for (const [name, expected] of Object.entries(FILLED)) {
      it(`fills an empty bucket with ${name}, from the first of the period to the last`, async () => {
        await tested
          .store()
          .write([
            point('a', START + HOUR, { t: 10, open: true }),
            point('a', START + 4 * HOUR, { t: 40 }),
            point('before', START - HOUR, { t: 1 }),
          ]);
        const fill = name === '0' ? 0 : (name as Fill);
        const query = {
          measurement: tested.measurement(),
          fields: ['t', 'open', 'never'],
          from: START,
          to: START + 6 * HOUR,
          every: HOUR,
          aggregate: 'last',
          fill,
        } as const;
        const found = (rows: readonly Row[]) =>
          rows.map(({ time, tags, values }) => [(time - START) / HOUR, values.t, values.open, tags.device]);
        const rows = expected.map((row) => [...row, 'a']);
        assert.deepEqual(found(await tested.store().query(query)), rows);
        assert.deepEqual(found(await allOf(tested.store().stream(query))), rows);
        assert.deepEqual(
          found(await tested.store().query({ ...query, limit: 2, offset: 1 })),
          rows.slice(1, 3),
        );
      });
    }
  });

  describe('stream', () => {
    const devices = ['c', 'a', 'b'];
    beforeEach(() =>
      tested
        .store()
        .write(
          devices.flatMap((device, d) =>
            Array.from({ length: 400 }, (_, i) => point(device, START + i * 60_000, { t: i + d / 10, n: 1 })),
          ),
        ),
    );

    const QUERIES: Record<string, Omit<StoreQuery, 'measurement'>> = {
      'all values': { fields: ['t', 'n'] },
      'those of one series, newest first': { fields: ['t'], where: { device: 'b' }, order: 'descending' },
      'those of a period, newest first': {
        fields: ['t'],
        from: START + 5,
        to: START + HOUR,
        order: 'descending',
      },
      'a cut out of them': { fields: ['t'], offset: 7, limit: 500 },
      'none of them': { fields: ['t'], limit: 0 },
      'unknown fields': { fields: ['x'] },
      means: {
        fields: ['t', 'n'],
        from: START,
        to: START + 7 * HOUR,
        every: 60_000 * 7,
        aggregate: 'mean',
      },
      'the newest means': {
        fields: ['t'],
        from: START + 1,
        to: START + 7 * HOUR,
        every: 60_000 * 7,
        aggregate: 'mean',
        order: 'descending',
        limit: 10,
        offset: 1,
      },
      'one mean': { fields: ['t'], from: START, to: START + HOUR, aggregate: 'mean' },
    };
    for (const [name, query] of Object.entries(QUERIES)) {
      it(`gives the rows of the query: ${name}`, async () => {
        const whole = { measurement: tested.measurement(), ...query };
        assert.deepEqual(await allOf(tested.store().stream(whole)), await tested.store().query(whole));
      });
    }

    it('may be left in the middle', async () => {
      for await (const rows of tested.store().stream({ measurement: tested.measurement(), fields: ['t'] })) {
        assert.ok(rows.length > 0);
        break;
      }
      assert.equal(
        (await tested.store().query({ measurement: tested.measurement(), fields: ['t'], limit: 1 })).length,
        1,
      );
    });
  });
}

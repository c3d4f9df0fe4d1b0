import assert from 'node:assert/strict';
import { amountOf, type PeriodId, readKeptPeriod, readPeriod } from '../../../nodes/opendata/history.ts';
import { readPlaces } from '../../../nodes/opendata/reader.ts';
import { openSkiTrail, type SkiTrail } from './ski-trail.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Half a day after clocks were put forward in Sweden. */
const NOW = Date.parse('2018-03-25T14:00:00+02:00');

describe('history of a place', () => {
  let trail: SkiTrail;
  beforeEach(async () => {
    trail = await openSkiTrail();
  });
  afterEach(() => trail.close());

  const write = (values: Record<string, number>) =>
    trail.real.write(
      Object.entries(values).map(([time, snow_temperature]) => ({
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start' },
        fields: { snow_temperature, snow_temperature_qc: 1 },
        time: Date.parse(time),
      })),
    );

  const asked = (period: PeriodId, now = NOW) =>
    ({ period, quantities: ['snow_temperature'], now, timeZone: 'Europe/Stockholm' }) as const;

  const start = () => readPlaces(trail.dataset, trail.sources).filter(({ id }) => id === 'start');

  it('has days from midnight to midnight on the wall, also when clocks change', async () => {
    await write({
      '2018-03-24T22:59:00Z': -1,
      '2018-03-24T23:01:00Z': -2,
      '2018-03-25T00:30:00Z': -4,
      '2018-03-25T01:30:00Z': -6,
    });
    const { quantities } = await readPeriod(trail.dataset, trail.sources, start(), asked('month'));
    const [history] = quantities;
    const days = history?.rows.slice(0, 2).map(({ start: begin, parts: [part] }) => {
      assert.ok(part);
      const mean = amountOf(part, 'snow_temperature');
      return [new Date(begin).toISOString(), part.lowest, mean, part.highest, part.count];
    });
    assert.deepEqual(days, [
      ['2018-03-24T23:00:00.000Z', -6, -4, -2, 3],
      ['2018-03-23T23:00:00.000Z', -1, -1, -1, 1],
    ]);
  });

  it('draws each point of a longer time in the middle of what it stands for, from its lowest to its highest', async () => {
    await write({ '2018-03-20T05:00:00Z': 2, '2018-03-20T09:00:00Z': 6 });
    const { quantities } = await readPeriod(trail.dataset, trail.sources, start(), asked('year'));
    const time = Date.parse('2018-03-20T07:00:00Z');
    assert.deepEqual(quantities[0]?.series[0]?.points.at(-1), { time, value: 4 });
    assert.deepEqual(quantities[0]?.band.at(-1), { time, lowest: 2, highest: 6 });
  });

  it('leaves out what lies before, after, and elsewhere', async () => {
    await write({ '2018-03-23T11:59:00Z': -9, '2018-03-23T12:01:00Z': -3, '2018-03-25T12:00:00Z': -5 });
    await write({ '2018-03-25T12:00:01Z': -9 });
    const { quantities } = await readPeriod(trail.dataset, trail.sources, start(), asked('two_days'));
    assert.deepEqual(
      quantities[0]?.series.map(({ label, points }) => [label, points.map(({ value }) => value)]),
      [['Start', [-3, -5]]],
    );
  });

  it('is read once in a while if it is long, and each time if it is short', async () => {
    const [entry] = trail.site.list();
    assert.ok(entry);
    let questions = 0;
    const store = (sandbox: boolean) => {
      questions += 1;
      return trail.sources.store(sandbox);
    };
    const counted = { ...entry, sources: { ...entry.sources, store } };
    const read = async (period: PeriodId, now: number) => {
      questions = 0;
      await readKeptPeriod(counted, start(), asked(period, now));
      return questions > 0;
    };
    assert.deepEqual(
      [await read('year', NOW), await read('year', NOW + 29 * MINUTE), await read('year', NOW + 31 * MINUTE)],
      [true, false, true],
    );
    assert.deepEqual([await read('month', NOW), await read('month', NOW + HOUR)], [true, true]);
    assert.deepEqual([await read('two_days', NOW), await read('two_days', NOW)], [true, true]);
  });
});

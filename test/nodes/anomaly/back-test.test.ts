import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AnomalyDetector } from '../../../nodes/anomaly/anomaly-detector.ts';
import { backTest } from '../../../nodes/anomaly/back-test.ts';
import {
  type BackTestSources,
  deviceChoices,
  quantityChoices,
  runBackTest,
} from '../../../nodes/anomaly/back-test-service.ts';
import { addFeedback, type Feedback } from '../../../nodes/anomaly/feedback.ts';
import type { Device } from '../../../nodes/devices/device.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';
import { startInfluxdb, tempFolder } from '../../support/servers.ts';
import { DAY, MINUTE, START, temperatures } from './series.ts';

const TRAIL: Device = { id: 'start', name: 'Trail sensor A', area: 'ski_trail', site: 'Start', model: 'x' };
const DAYS = 40;

describe('back-test', () => {
  let folder: string;
  let store: SqliteStore;
  let sources: BackTestSources;
  /** Leaps now and then, as a sensor in the sun has them. */
  const samples = temperatures(DAYS).map(([time, value], at): [number, number] => [
    Math.round(time),
    at % 173 === 172 ? value + 3 : value,
  ]);

  before(async () => {
    folder = await tempFolder();
    store = new SqliteStore(join(folder, 'measurements.db'));
    const tags = { device: 'start', site: 'Start' };
    await store.write(
      samples.map(([time, snow_temperature]) => ({
        measurement: 'ski_trail',
        tags,
        fields: { snow_temperature },
        time,
      })),
    );
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    sources = {
      registry: { list: () => [TRAIL], get: (id) => (id === 'start' ? TRAIL : undefined) },
      state: new MemoryState(),
      store: () => store,
      timeZone: 'UTC',
    };
  });

  const day = (number: number) => new Date(START + number * DAY).toISOString().slice(0, 10);
  const run = (from: number, to: number) =>
    runBackTest(
      sources,
      { device: 'start', quantity: 'snow_temperature', from: day(from), to: day(to) },
      'en-US',
    );

  it('finds what the node would have found, with the same sentences', async () => {
    const detector = new AnomalyDetector({
      state: new MemoryState(),
      language: 'en-US',
      timeZone: 'UTC',
      sensitivity: 50,
    });
    const expected = samples.flatMap(([time, snow_temperature]) => {
      const { snow_temperature: found } = detector.detect(observation(time, { snow_temperature }));
      return found?.sentence ? [[time, found.sentence]] : [];
    });
    const { candidates, thresholds } = await run(0, DAYS);
    const middle = candidates.filter(({ score }) => score >= (thresholds[10] ?? 1));
    assert.ok(expected.length > 0);
    assert.deepEqual(
      middle.map(({ time, sentence }) => [time, sentence]),
      expected,
    );
  });

  it('has learned before the period begins', async () => {
    const [whole, end] = [await run(0, DAYS), await run(20, DAYS)];
    const from = Date.parse(day(20));
    assert.deepEqual(
      end.candidates,
      whole.candidates.filter(({ time }) => time >= from),
    );
    assert.equal(end.readings, samples.filter(([time]) => time >= from).length);
    assert.equal(end.unit, '°C');
  });

  it('gives more alarms the further the slider is to the right, and shows what people said', async () => {
    const count = ({ candidates, thresholds }: Awaited<ReturnType<typeof run>>, at: number) =>
      candidates.filter(({ score }) => score >= (thresholds[at] ?? 1)).length;
    const before = await run(0, DAYS);
    assert.ok(count(before, 0) < count(before, 20));
    assert.deepEqual(before.thresholds, before.thresholdsWithoutAnswers);
    for (let at = 0; at < 4; at++) {
      addFeedback(sources.state, 'start', 'snow_temperature', {
        alarm: day(at),
        answer: 'false',
        given: START,
      });
    }
    const after = await run(0, DAYS);
    assert.ok(count(after, 20) < count(before, 20));
    assert.equal(after.answers.length, 4);
  });

  it('tells faults as at a lower position of the slider if people called earlier ones false', async () => {
    const still = samples.map(([time, value], at) => ({
      measurement: 'ski_trail',
      tags: {},
      time,
      values: {
        snow_temperature: at > 2000 && at < 2400 ? 4.2 : value + (at % 97 === 96 ? 0.5 * (at % 7) : 0),
      },
    }));
    const faultsWith = async (...answers: Feedback['answer'][]) => {
      const feedback = answers.map((answer, at) => ({ alarm: day(at), answer, given: START }));
      const period = { from: START, to: START + DAYS * DAY, language: 'en-US', timeZone: 'UTC' } as const;
      const { faults } = await backTest(
        {
          async *stream() {
            yield still;
          },
        },
        { device: TRAIL, quantity: 'snow_temperature', ...period, feedback },
      );
      return faults;
    };
    const plain = await faultsWith();
    const stricter = await faultsWith('false', 'false', 'right', 'false', 'right');
    assert.ok(plain[2]?.some(({ sentence }) => sentence.startsWith('No change for')));
    assert.ok((plain[0]?.length ?? 0) < (plain[4]?.length ?? 0), 'the position matters');
    assert.deepEqual(stricter.slice(1), plain.slice(0, -1));
  });

  it('draws a band around nearly all values, in no more columns than a screen has', async () => {
    const { columns } = await run(10, DAYS);
    assert.ok(columns.length > 300 && columns.length <= 901, String(columns.length));
    const inside = columns.filter(
      ([, low, high, lower, upper]) =>
        lower !== null && upper !== null && low >= lower - 0.5 && high <= upper + 0.5,
    );
    assert.ok(inside.length > 0.9 * columns.length, `${inside.length} of ${columns.length}`);
  });

  it('offers devices, and what is stored of each', async () => {
    assert.deepEqual(deviceChoices(sources, 'nb'), [{ id: 'start', label: 'Trail sensor A (Start)' }]);
    assert.deepEqual(await quantityChoices(sources, { device: 'start' }, 'nb'), [
      { id: 'snow_temperature', label: 'Snøtemperatur' },
    ]);
  });

  it('finds the same in InfluxDB', async function () {
    this.timeout(30_000);
    const server = await startInfluxdb();
    const influxdb = new InfluxdbStore({ url: server.url, bucket: 'back_test' });
    try {
      await influxdb.write(
        samples.map(([time, snow_temperature]) => ({
          measurement: 'ski_trail',
          tags: { device: 'start', site: 'Start' },
          fields: { snow_temperature },
          time,
        })),
      );
      const embedded = await run(10, DAYS);
      sources.store = () => influxdb;
      assert.deepEqual(await run(10, DAYS), embedded);
      const choices = await quantityChoices(sources, { device: 'start' }, 'en-US');
      assert.deepEqual(choices, [{ id: 'snow_temperature', label: 'Snow temperature' }]);
    } finally {
      await influxdb.close();
      await server.stop();
    }
  });

  it('says what to choose, and that nothing is stored', async () => {
    const ask = (query: object) =>
      runBackTest(
        sources,
        { device: 'start', quantity: 'snow_temperature', from: day(0), to: day(1), ...query },
        'en-US',
      );
    await assert.rejects(ask({ device: 'gone' }), { message: /back_test_device/ });
    await assert.rejects(ask({ quantity: 'happiness' }), { message: /back_test_quantity/ });
    for (const period of [{ from: '' }, { to: 'soon' }, { from: day(9), to: day(1) }, { to: day(900) }]) {
      await assert.rejects(ask(period), { message: /back_test_period/ }, JSON.stringify(period));
    }
    const { readings, columns } = await ask({ from: day(100), to: day(110) });
    assert.deepEqual([readings, columns], [0, []]);
  });

  it('judges a year of readings every ten minutes while others get their turns', async () => {
    const year = temperatures(365).flatMap(([time, value]) => [
      { measurement: 'ski_trail', tags: {}, time, values: { snow_temperature: value } },
      { measurement: 'ski_trail', tags: {}, time: time + 10 * MINUTE, values: { snow_temperature: value } },
    ]);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const result = await backTest(
      {
        async *stream() {
          yield year;
        },
      },
      {
        device: TRAIL,
        quantity: 'snow_temperature',
        from: START - DAY,
        to: START + 365 * DAY,
        language: 'nb',
        timeZone: 'UTC',
        feedback: [],
      },
    );
    clearInterval(timer);
    assert.equal(result.readings, year.length);
    assert.ok(turns > 20, `${turns} turns`);
  });
});

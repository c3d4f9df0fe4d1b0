import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../../../nodes/devices/device.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { runFlowQuery } from '../../../nodes/timeseries/flow-query.ts';
import { flowQueryOf, migrateQueryForm, type QueryOverrides } from '../../../nodes/timeseries/query-form.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import { tempFolder } from '../../support/servers.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-15T12:30:00Z');
const AT = { now: NOW, town: 'Europe/Oslo' };
const FORM = migrateQueryForm({
  area: 'ski_trail',
  quantities: 'snow_temperature,snow_humidity',
  mode: 'values',
});

describe('flowQueryOf', () => {
  it('reads a form: the period ends now', () => {
    const form = migrateQueryForm({
      ...FORM,
      period: '1.5',
      periodUnit: 'hours',
      devices: 'a, b',
      flags: true,
    });
    assert.deepEqual(flowQueryOf(form, {}, AT), {
      area: 'ski_trail',
      quantities: ['snow_temperature', 'snow_humidity'],
      devices: ['a', 'b'],
      mode: 'values',
      flags: true,
      source: 'automatic',
      from: NOW - 1.5 * HOUR,
      to: NOW,
      every: HOUR,
      aggregate: 'mean',
      timeZone: 'Europe/Oslo',
      fill: 'none',
      order: 'ascending',
    });
  });

  it('reads weeks and months, and what stands in empty rows', () => {
    const form = { ...FORM, bucket: '2', bucketUnit: 'weeks', period: 3, periodUnit: 'months', fill: '0' };
    const query = flowQueryOf(form, {}, AT);
    assert.deepEqual([query.every, query.fill], [14 * 24 * HOUR, 0]);
    assert.equal(new Date(query.from).toISOString(), '2025-10-15T12:30:00.000Z');
    assert.deepEqual(flowQueryOf({ ...form, bucketUnit: 'months' }, {}, AT).every, { months: 2 });
    const overrides = { every: { months: 12 }, timeZone: 'Europe/Helsinki', fill: 'linear' };
    const { every, timeZone, fill } = flowQueryOf(form, overrides, AT);
    assert.deepEqual([every, timeZone, fill], [{ months: 12 }, 'Europe/Helsinki', 'linear']);
  });

  it('has a node of before there was a choice follow UTC', () => {
    const { timeZone: _unknown, ...old } = FORM;
    assert.equal(flowQueryOf(migrateQueryForm({ ...old, version: 1 }), {}, AT).timeZone, 'UTC');
  });

  it('lets a message replace each part by itself', () => {
    const overrides: QueryOverrides = {
      quantities: ['fill_level'],
      area: 'waste',
      devices: [],
      mode: 'summary',
      from: '2026-01-01T00:00:00+01:00',
      to: new Date(NOW),
      every: 30,
      aggregate: 'max',
      order: 'descending',
      limit: 7,
      source: 'sandbox',
    };
    const query = flowQueryOf(FORM, overrides, AT);
    assert.deepEqual([query.area, query.quantities, query.devices], ['waste', ['fill_level'], []]);
    assert.deepEqual(
      [query.from, query.to, query.every],
      [Date.parse('2025-12-31T23:00:00Z'), NOW, 30 * 60_000],
    );
    assert.deepEqual([query.mode, query.aggregate, query.source], ['summary', 'max', 'sandbox']);
    assert.deepEqual([query.order, query.limit], ['descending', 7]);
  });

  const wrong: [QueryOverrides, string][] = [
    [{ area: 'moon' }, 'timeseries.query.unknown_area'],
    [{ quantities: '' }, 'timeseries.query.no_quantities'],
    [{ aggregate: 'median' }, 'timeseries.query.choice'],
    [{ mode: 'all' }, 'timeseries.query.choice'],
    [{ source: 'both' }, 'timeseries.query.choice'],
    [{ from: 'yesterday' }, 'timeseries.query.time'],
    [{ every: 0 }, 'timeseries.query.number'],
    [{ limit: -1 }, 'timeseries.query.number'],
  ];
  for (const [overrides, key] of wrong) {
    it(`says what is wrong with ${JSON.stringify(overrides)}`, () => {
      assert.throws(
        () => flowQueryOf(FORM, overrides, AT),
        (error) => error instanceof ConfigurationError && error.key === key,
      );
    });
  }
});

describe('runFlowQuery', () => {
  let folder: string;
  let real: SqliteStore;
  let sandbox: SqliteStore;
  const database = { store: (wantsSandbox: boolean) => (wantsSandbox ? sandbox : real) };
  const device = (id: string, more: Partial<Device> = {}): Device => ({
    id,
    name: `Sensor ${id}`,
    area: 'ski_trail',
    model: 'm',
    ...more,
  });
  const point = (id: string, hour: number, fields: Record<string, number>) => ({
    measurement: 'ski_trail',
    tags: { device: id, site: 'Start' },
    fields,
    time: NOW - hour * HOUR,
  });
  const ask = (overrides: QueryOverrides, devices?: Device[]) =>
    runFlowQuery(flowQueryOf(FORM, overrides, AT), database, devices);

  beforeEach(async () => {
    folder = await tempFolder();
    real = new SqliteStore(join(folder, 'real.db'));
    sandbox = new SqliteStore(join(folder, 'sandbox.db'));
    await sandbox.write([point('test', 1, { snow_temperature: -9 })]);
  });
  afterEach(async () => {
    await Promise.all([real.close(), sandbox.close()]);
    await rm(folder, { recursive: true });
  });

  it('gives rows with time, device, name, place and a property per quantity', async () => {
    await real.write([
      point('a', 2, { snow_temperature: -4.2, snow_temperature_qc: 1, snow_humidity: 30 }),
      point('a', 1, { snow_temperature: -4 }),
      point('b', 1, { snow_temperature: -5 }),
    ]);
    const answer = await ask({ devices: 'a', flags: true }, [device('a')]);
    const common = { device: 'a', name: 'Sensor a', site: 'Start' };
    assert.deepEqual(answer, {
      sandbox: false,
      rows: [
        {
          time: '2026-01-15T10:30:00.000Z',
          ...common,
          snow_temperature: -4.2,
          snow_humidity: 30,
          snow_temperature_qc: 1,
        },
        { time: '2026-01-15T11:30:00.000Z', ...common, snow_temperature: -4 },
      ],
    });
    assert.deepEqual((await ask({ devices: 'b' })).rows, [
      { time: '2026-01-15T11:30:00.000Z', device: 'b', site: 'Start', snow_temperature: -5 },
    ]);
  });

  it('gives the latest values and summaries', async () => {
    await real.write([1, 2, 3].map((hour) => point('a', hour / 10, { snow_temperature: -hour })));
    const latest = await ask({ mode: 'latest' });
    assert.deepEqual(
      latest.rows.map(({ snow_temperature }) => snow_temperature),
      [-1],
    );
    const summary = await ask({ mode: 'summary', every: 60 });
    assert.deepEqual(summary.rows, [
      { time: '2026-01-15T12:00:00.000Z', device: 'a', site: 'Start', snow_temperature: -2 },
    ]);
  });

  it('takes test data only while the area has no real device, and says so', async () => {
    const sandboxOnly = [device('test', { sandbox: true }), device('bin', { area: 'waste' })];
    assert.equal((await ask({}, sandboxOnly)).sandbox, true);
    assert.equal((await ask({}, sandboxOnly)).rows.length, 1);
    const withReal = [...sandboxOnly, device('a')];
    assert.deepEqual(await ask({}, withReal), { sandbox: false, rows: [] });
    assert.equal((await ask({ source: 'sandbox' }, withReal)).rows.length, 1);
    assert.equal((await ask({ source: 'real' }, sandboxOnly)).rows.length, 0);
    assert.equal(
      (await ask({ area: 'device_health' }, sandboxOnly)).sandbox,
      false,
      'the bin is a real device',
    );
  });

  it('without a device list goes by what is stored', async () => {
    assert.equal((await ask({})).sandbox, true);
    await real.write([point('a', 1, { snow_temperature: -4 })]);
    const answer = await ask({});
    assert.deepEqual([answer.sandbox, answer.rows.map((row) => row.device)], [false, ['a']]);
  });
});

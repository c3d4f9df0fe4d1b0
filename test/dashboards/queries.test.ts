import assert from 'node:assert/strict';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboards } from '../../dashboards/index.ts';
import { InfluxdbStore } from '../../nodes/timeseries/influxdb-store.ts';
import { type Server, startInfluxdb } from '../support/servers.ts';
import { FILLED, fill } from './fill.ts';
import { type DashboardQuery, duration, expand, queriesOf } from './grafana.ts';

interface Series {
  columns: string[];
  tags?: Record<string, string>;
  values: (string | number | null)[][];
}

/** Rows of all series as objects, tags among them. */
function rowsOf(series: Series[]): Record<string, string | number | null>[] {
  return series.flatMap(({ columns, tags, values }) =>
    values.map((row) => ({
      ...tags,
      ...Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])),
    })),
  );
}

describe('dashboard queries on a real InfluxDB', function () {
  this.timeout(30_000);
  const now = Date.now();
  let server: Server;

  before(async () => {
    server = await startInfluxdb();
    await influxql('CREATE DATABASE "byflyt"');
    const store = new InfluxdbStore({ url: server.url, bucket: 'byflyt' });
    await fill(store, now);
    await store.close();
  });
  after(() => server?.stop());

  async function influxql(query: string): Promise<Series[]> {
    const body = new URLSearchParams({ q: query, db: 'byflyt', epoch: 'ms' });
    const response = await fetch(`${server.url}/query`, { method: 'POST', body });
    const answer = (await response.json()) as {
      error?: string;
      results?: { error?: string; series?: Series[] }[];
    };
    const [result] = answer.results ?? [];
    const error = answer.error ?? result?.error;
    if (error !== undefined) throw new Error(`${error}: ${query}`);
    return result?.series ?? [];
  }

  /** The values that a reader can choose, found as Grafana finds them; `all` chooses every device and place. */
  async function choices(dashboard: Dashboard): Promise<Record<string, string | string[]>> {
    const variables: Record<string, string | string[]> = {};
    for (const { name, type, query, current, allValue } of dashboard.templating.list ?? []) {
      if (type === 'custom') variables[name] = String(current?.value);
      if (type !== 'query') continue;
      const series = await influxql(expand(String(query), { from: 0, to: now, variables }));
      const values = rowsOf(series).map(({ value }) => String(value));
      assert.ok(values.length > 0, `no choice for ${name}`);
      variables[name] = allValue ?? [...new Set(values)];
    }
    return variables;
  }

  async function ask(
    dashboard: Dashboard,
    asked: DashboardQuery,
    chosen: Record<string, string | string[]> = {},
  ) {
    const range = duration((asked.timeFrom ?? dashboard.time?.from ?? '').replace('now-', ''));
    const variables = { ...(await choices(dashboard)), ...chosen };
    return influxql(expand(asked.query, { from: now - range, to: now, variables }));
  }

  /** Rows of the panel with that query. */
  async function rows(uid: string, contained: string, chosen: Record<string, string | string[]> = {}) {
    const dashboard = dashboards('en-US').find((candidate) => candidate.uid === uid);
    const asked = dashboard && queriesOf(dashboard).find(({ query }) => query.includes(contained));
    assert.ok(dashboard && asked, contained);
    return rowsOf(await ask(dashboard, asked, chosen));
  }

  for (const dashboard of dashboards('en-US')) {
    for (const [index, asked] of queriesOf(dashboard).entries()) {
      it(`${asked.where} (${index}) finds something to show`, async () => {
        const found = rowsOf(await ask(dashboard, asked));
        const values = found.flatMap(({ time: _time, ...others }) => Object.values(others));
        assert.ok(
          values.some((value) => value !== null),
          asked.query,
        );
        const columns = new Set(found.flatMap((row) => Object.keys(row)));
        for (const column of asked.columns) assert.ok(columns.has(column), `no column ${column}`);
      });
    }
  }

  it('show only devices of the own area when all are chosen', async () => {
    const unusual = await rows('byflyt-ski-trail', 'FROM "anomaly"');
    assert.deepEqual([...new Set(unusual.map(({ device }) => device))].sort(), FILLED.skiDevices);
    const alarms = await rows('byflyt-waste', `"state" = 'raised'`);
    assert.deepEqual(
      alarms.map(({ device, alarm }) => `${device} ${alarm}`).sort(),
      FILLED.bins.map((id) => `${id} level`),
    );
  });

  it('show only the chosen device and place, whatever signs its name has', async () => {
    const chosen = { device: ['bin-1', 'bin-2'], site: ['Storgata 2/B'] };
    const bins = await rows('byflyt-waste', 'LIMIT 1', chosen);
    assert.deepEqual(
      bins.map(({ device }) => device),
      ['bin-2'],
    );
  });

  it('keep doubted and rejected values out of the line and in the dots', async () => {
    const line = await rows('byflyt-ski-trail', 'SELECT mean("snow_temperature")');
    assert.ok(line.every(({ mean }) => Number(mean) < 0));
    const dots = await rows('byflyt-ski-trail', 'SELECT "snow_temperature" FROM');
    assert.ok(dots.some((row) => row.snow_temperature === 48));
    const newest = await rows('byflyt-ski-trail', 'SELECT last("snow_temperature")');
    assert.ok(newest.every(({ last }) => Number(last) < 0));
  });

  it('count the bins to empty, by level or by forecast', async () => {
    const [{ count } = {}] = await rows('byflyt-waste', 'SELECT count("fill")');
    assert.equal(count, FILLED.toEmpty);
  });

  it('see the emptyings', async () => {
    const emptied = await rows('byflyt-waste', 'difference("fill_level")');
    assert.deepEqual(
      emptied.map(({ device }) => device),
      FILLED.emptied,
    );
  });

  it('tell the days left for batteries that fall', async () => {
    const left = await rows('byflyt-device-health', '"then"');
    assert.deepEqual(
      left.map(({ device }) => device),
      Object.keys(FILLED.batteryDays),
    );
    assert.ok(Math.abs(Number(left[0]?.days) - FILLED.batteryDays['ski-1']) < 1, String(left[0]?.days));
  });

  it('count lost messages from gaps in the counter', async () => {
    const lost = await rows('byflyt-device-health', '"lost"');
    assert.equal(
      lost.reduce((sum, row) => sum + Number(row.sum), 0),
      FILLED.lost,
    );
  });
});

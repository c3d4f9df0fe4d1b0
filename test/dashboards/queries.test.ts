import assert from 'node:assert/strict';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboards } from '../../dashboards/index.ts';
import { COUNTING, untilSubscribed } from '../support/mqtt.ts';
import { freePort, type Server, startInfluxdb, startMosquitto } from '../support/servers.ts';
import { Installation } from '../system/installation.ts';
import { FILLED, fill } from './fill.ts';
import { type DashboardQuery, duration, expand, queriesOf } from './grafana.ts';

interface Series {
  columns: string[];
  tags?: Record<string, string>;
  values: (string | number | null)[][];
}

/** Keeps what comes faster than the flows can read it, as the stack's broker does. */
const PATIENT = [...COUNTING, 'max_queued_messages 0'];
/** Topics of the shipped flows. */
const SUBSCRIPTIONS = 10;

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
  this.timeout(60_000);
  const now = Date.now();
  let server: Server;
  let broker: Server;
  let installation: Installation;

  before(async () => {
    [server, broker] = await Promise.all([startInfluxdb(), startMosquitto({ lines: PATIENT })]);
    const coapPort = await freePort();
    installation = await Installation.prepare({
      BYFLYT_COAP_PORT: String(coapPort),
      BYFLYT_MQTT_URL: broker.url,
      BYFLYT_DATABASE_URL: server.url,
      BYFLYT_DATABASE_BUCKET: 'byflyt',
    });
    await installation.start();
    await untilSubscribed(broker.url, SUBSCRIPTIONS);
    await fill(installation, server.url, coapPort, now);
    // The last accounts are written when it stops.
    await installation.stop();
  });
  after(async () => {
    await installation?.remove();
    await Promise.all([server?.stop(), broker?.stop()]);
  });

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
    // What Byflyt tells of itself came in after its devices' readings.
    return influxql(expand(asked.query, { from: now - range, to: Date.now(), variables }));
  }

  /** Rows of the panel with that query. */
  async function rows(uid: string, contained: string, chosen: Record<string, string | string[]> = {}) {
    const dashboard = dashboards('en-US').find((candidate) => candidate.uid === uid);
    const asked = dashboard && queriesOf(dashboard).find(({ query }) => query.includes(contained));
    assert.ok(dashboard && asked, contained);
    return rowsOf(await ask(dashboard, asked, chosen));
  }

  for (const dashboard of dashboards('en-US')) {
    for (const [where, queries] of Map.groupBy(queriesOf(dashboard), (asked) => asked.where)) {
      it(`${where} finds something to show`, async () => {
        const found = await Promise.all(queries.map(async (asked) => rowsOf(await ask(dashboard, asked))));
        const values = found.flat().flatMap(({ time: _time, ...others }) => Object.values(others));
        assert.ok(
          values.some((value) => value !== null),
          queries.map(({ query }) => query).join('\n'),
        );
        const columns = new Set(found.flat().flatMap((row) => Object.keys(row)));
        for (const column of queries.flatMap((asked) => asked.columns)) {
          assert.ok(columns.has(column), `no column ${column}`);
        }
      });
    }
  }

  it('show only devices of the own area when all are chosen', async () => {
    const unusual = await rows('byflyt-ski-trail', 'FROM "anomaly"');
    assert.deepEqual([...new Set(unusual.map(({ device }) => device))].sort(), FILLED.skiDevices);
    const alarms = await rows('byflyt-waste', `"state" = 'raised'`);
    assert.deepEqual(
      alarms.map(({ device, alarm }) => `${device} ${alarm}`).sort(),
      FILLED.full.map((id) => `${id} Bin almost full`),
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
    const usual = (value: unknown) => Number(value) > -10 && Number(value) < 2;
    assert.ok(line.length > 100 && line.every(({ mean }) => usual(mean)));
    const dots = await rows('byflyt-ski-trail', 'SELECT "snow_temperature" FROM');
    for (const odd of [FILLED.failed, FILLED.unusual]) {
      assert.ok(
        dots.some((row) => row.snow_temperature === odd),
        `no dot at ${odd}`,
      );
    }
    const newest = await rows('byflyt-ski-trail', 'SELECT last("snow_temperature")');
    assert.ok(newest.length === 2 && newest.every(({ last }) => usual(last)));
  });

  it('show what was expected where a value is unusual, and say why', async () => {
    const [expected] = await rows('byflyt-ski-trail', 'SELECT "expected"');
    assert.ok(Math.abs(Number(expected?.expected) + 4) < 4, String(expected?.expected));
    const found = await rows('byflyt-ski-trail', 'LIMIT 200');
    const unusual = found.find(({ value }) => value === FILLED.unusual);
    // What is normal depends on the time of day at which the test runs.
    const [, below] = /(\d+) °C below/.exec(String(unusual?.sentence)) ?? [];
    assert.ok(
      Math.abs(Number(below) + FILLED.unusual - Number(unusual?.expected)) <= 1,
      String(unusual?.sentence),
    );
  });

  it('show the band of what was normal, once an hour, with most readings inside', async () => {
    const side = async (field: string) =>
      (await rows('byflyt-sensor', `mean("${field}") FROM "normal_band"`)).map(({ mean }) => Number(mean));
    const [values, lower, upper] = await Promise.all([side('value'), side('lower'), side('upper')]);
    assert.ok(values.length > 100 && lower.length === values.length && upper.length === values.length);
    const inside = values.filter((value, at) => value >= Number(lower[at]) && value <= Number(upper[at]));
    assert.ok(inside.length > 0.8 * values.length, `${inside.length} of ${values.length}`);
  });

  it('mark doubted readings where they are', async () => {
    const doubted = await rows('byflyt-ski-trail', 'LIMIT 300');
    assert.ok(doubted.some(({ device, snow_temperature_qc: flag }) => device === 'ski-1' && flag === 4));
    assert.ok(
      doubted.every(
        ({ snow_temperature_qc: one, snow_humidity_qc: other }) => Math.max(Number(one), Number(other)) >= 3,
      ),
    );
  });

  it('mark an alarm where it was raised and where it was cleared', async () => {
    const events = await rows('byflyt-ski-trail', 'SELECT "sentence", "site", "alarm"');
    const places = events.map(({ alarm, site }) => `${alarm} ${site}`).sort();
    assert.deepEqual(places, ['Thaw Start', 'Thaw Start', 'Thaw null']);
    const active = await rows('byflyt-ski-trail', `"state" = 'raised'`);
    assert.deepEqual(
      active.map(({ device }) => device),
      FILLED.thawing,
    );
  });

  it('count the bins to empty, by level or by forecast', async () => {
    const [{ count } = {}] = await rows('byflyt-waste', 'SELECT count("fill")');
    assert.equal(count, FILLED.toEmpty);
  });

  it('see the emptyings', async () => {
    const emptied = await rows('byflyt-waste', 'difference("fill_level")');
    assert.deepEqual([...new Set(emptied.map(({ device }) => device))].sort(), FILLED.emptied);
    assert.equal(emptied.filter(({ device }) => device === 'bin-2').length, 1);
  });

  it('account for every message', async () => {
    const total = async (field: string) => (await rows('byflyt-accounting', `sum("${field}")`))[0]?.sum;
    assert.deepEqual([await total('missing'), await total('unaccounted'), await total('lost')], [0, 0, 0]);
    const day = async (field: string) =>
      (await rows('byflyt-accounting', `SELECT "${field}" FROM`)).reduce(
        (sum, row) => sum + Number(row[field]),
        0,
      );
    const ends = ['stored', 'dropped', 'rejected', 'queued', 'in_flow', 'unaccounted'];
    const [received, ...sums] = await Promise.all(['received', ...ends].map(day));
    assert.ok((received ?? 0) > 500);
    assert.equal(
      sums.reduce((sum, count) => sum + count, 0),
      received,
    );
  });

  it('name the device with losses, and why', async () => {
    const lost = await rows('byflyt-accounting', 'byflyt_account_device');
    assert.deepEqual(
      lost.map(({ device, area, rejected }) => ({ device, area, rejected })),
      [{ ...FILLED.rejected, rejected: 1 }],
    );
    const [reason, ...more] = await rows('byflyt-accounting', 'byflyt_account_rejected');
    assert.deepEqual([reason?.area, reason?.count, more.length], ['waste', 1, 0]);
    assert.match(String(reason?.reason), /^\w+\.error\./);
  });

  it('tell the days left for batteries that fall', async () => {
    const left = await rows('byflyt-device-health', '"then"');
    assert.deepEqual(
      left.map(({ device }) => device),
      Object.keys(FILLED.batteryDays),
    );
    assert.ok(Math.abs(Number(left[0]?.days) - FILLED.batteryDays['bin-1']) < 2, String(left[0]?.days));
  });

  it('count lost messages from gaps in the counter', async () => {
    const lost = await rows('byflyt-device-health', '"lost"');
    assert.equal(
      lost.reduce((sum, row) => sum + Number(row.sum), 0),
      FILLED.lost,
    );
  });
});

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { checkDatabase } from '../../../nodes/timeseries/database-check.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { freePort, type Server, startInfluxdb, startVictoriaMetrics } from '../../support/servers.ts';
import { describeStore } from './describe-store.ts';

const POINT = { measurement: 'm', tags: { device: 'a' }, fields: { t: 1.5 }, time: 1_768_435_200_000 };

let influxdb: Server;
before(async () => {
  influxdb = await startInfluxdb();
});
after(() => influxdb.stop());

describeStore('InfluxDB', async () => new InfluxdbStore({ url: influxdb.url, bucket: 'suite "1"' }));

describe('InfluxdbStore', () => {
  it('says that the database is away, and writes when it is back', async () => {
    const port = await freePort();
    const store = new InfluxdbStore({ url: `http://127.0.0.1:${port}`, bucket: 'b' });
    await assert.rejects(store.write([POINT]), ConnectionError);
    await assert.rejects(store.query({ measurement: 'm', fields: ['t'] }), ConnectionError);
    const server = await startInfluxdb({ port });
    try {
      await store.write([POINT]);
      assert.equal((await store.query({ measurement: 'm', fields: ['t'] })).length, 1);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  it('reads an installation without any data as empty', async () => {
    const read = { measurement: 'm', fields: ['t', 'h'] };
    const months = { from: 0, to: 366 * 86_400_000, every: { months: 1 }, aggregate: 'mean' } as const;
    const READS: ((store: InfluxdbStore) => Promise<unknown[]>)[] = [
      (store) => store.query(read),
      (store) => store.latest(read),
      (store) => store.query({ ...read, ...months }),
      (store) => Readable.from(store.stream(read)).toArray(),
      async (store) => [...(await store.measurements())],
    ];
    for (const [index, attempt] of READS.entries()) {
      const store = new InfluxdbStore({ url: influxdb.url, bucket: `nothing_yet_${index}` });
      assert.deepEqual(await attempt(store), []);
      await store.close();
    }
  });

  it('asks with a longer question than fits in an address', async () => {
    const store = new InfluxdbStore({ url: influxdb.url, bucket: 'long' });
    await store.write([POINT]);
    const device = ['a', ...Array.from({ length: 500 }, (_, i) => `device-number-${i}`)];
    assert.equal((await store.query({ measurement: 'm', fields: ['t'], where: { device } })).length, 1);
    await store.close();
  });
});

describe('InfluxdbStore with users', () => {
  let server: Server;
  const user = { bucket: 'secured', username: 'byflyt', password: 'correct horse: 1' };
  before(async () => {
    server = await startInfluxdb({ auth: true });
    const q = `CREATE USER byflyt WITH PASSWORD '${user.password}' WITH ALL PRIVILEGES`;
    assert.ok((await fetch(`${server.url}/query`, { method: 'POST', body: new URLSearchParams({ q }) })).ok);
  });
  after(() => server.stop());

  it('writes and reads with user and password', async () => {
    const store = new InfluxdbStore({ url: server.url, ...user });
    await store.write([POINT]);
    assert.equal((await store.query({ measurement: 'm', fields: ['t'] })).length, 1);
    await store.close();
  });

  it('says that a setting is wrong, without the password, when they are not accepted', async () => {
    const store = new InfluxdbStore({ url: server.url, ...user, password: 'secret-and-wrong' });
    for (const attempt of [
      () => store.write([POINT]),
      () => store.query({ measurement: 'm', fields: ['t'] }),
    ]) {
      const error = await attempt().then(
        () => undefined,
        (failure: unknown) => failure,
      );
      assert.ok(error instanceof ConfigurationError);
      assert.equal(error.key, 'timeseries.error.credentials');
      assert.doesNotMatch(error.message, /secret-and-wrong/);
    }
    await store.close();
  });
});

describe('InfluxdbStore through the v2 write address', () => {
  it('writes to VictoriaMetrics, which gives the numbers back', async () => {
    const server = await startVictoriaMetrics();
    try {
      const settings = { url: server.url, bucket: 'byflyt', org: 'town', token: 'any' };
      const said = await checkDatabase({ kind: 'influxdb', ...settings }, 'en-US');
      assert.match(said, /^Connected to VictoriaMetrics at .*, bucket byflyt\. It takes measurements, but/);
      const store = new InfluxdbStore(settings);
      const points = Array.from({ length: 200 }, (_, i) => ({
        measurement: 'ski_trail',
        tags: { device: 'start', site: 'Start, nord' },
        fields: { snow_temperature: 1 - i / 8, snow_temperature_qc: 1 },
        time: POINT.time + i * 1_200_000,
      }));
      await store.write(points);
      await store.write(points.slice(0, 1));
      await assert.rejects(
        store.query({ measurement: 'ski_trail', fields: ['snow_temperature'] }),
        (error: unknown) =>
          error instanceof ConfigurationError && error.key === 'timeseries.error.write_only',
      );
      await store.close();
      const series = await exported(server.url, 'ski_trail_snow_temperature');
      assert.equal(series.metric.site, 'Start, nord');
      const values = new Map(series.timestamps.map((time, i) => [time, series.values[i]]));
      assert.deepEqual(values, new Map(points.map(({ time, fields }) => [time, fields.snow_temperature])));
      assert.ok(
        (await exported(server.url, 'ski_trail_snow_temperature_qc')).values.every((flag) => flag === 1),
      );
    } finally {
      await server.stop();
    }
  });
});

interface ExportedSeries {
  metric: Record<string, string>;
  timestamps: number[];
  values: number[];
}

/** Points become visible to a search a moment after they were written. */
async function exported(url: string, name: string): Promise<ExportedSeries> {
  await fetch(`${url}/internal/force_flush`);
  const query = new URLSearchParams({ 'match[]': name, start: '0' });
  const text = await (await fetch(`${url}/api/v1/export?${query}`)).text();
  assert.notEqual(text, '', `no series ${name}`);
  return JSON.parse(text.split('\n')[0] ?? '') as ExportedSeries;
}

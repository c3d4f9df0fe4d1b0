import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { loadSecrets } from '../../app/secrets.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import { freePort, type Server, startInfluxdb, tempFolder } from '../support/servers.ts';
import { byflyt } from './support.ts';

const TIME = Date.UTC(2026, 0, 10, 12);

describe('byflyt migrate', () => {
  let influxdb: Server;
  let folder: string;
  before(async () => {
    influxdb = await startInfluxdb();
  });
  after(() => influxdb.stop());
  beforeEach(async () => {
    folder = await tempFolder();
    loadSecrets(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const migrate = (environment: Record<string, string> = {}, ...args: string[]) =>
    byflyt(['migrate', '--data', folder, ...args], '', environment);

  /** As the pilot leaves its measurements. */
  async function fill(sandbox: boolean, fields: Record<string, number | string>): Promise<void> {
    const store = openStore({ kind: 'embedded' }, folder, sandbox);
    await store.write([{ measurement: 'waste', tags: { device: 'bin-1' }, fields, time: TIME }]);
    await store.close();
  }

  it('copies the readings, once however often it runs; those of the sandbox by themselves', async () => {
    await fill(false, { fill_level: 80, fill_level_qc: 1 });
    await fill(true, { fill_level: 20 });
    for (const [args, values] of [
      [[], 2],
      [[], 2],
      [['--sandbox'], 1],
    ] as const) {
      const { status, output, errors } = await migrate({}, '--to', influxdb.url, ...args);
      assert.equal(status, 0, errors);
      assert.deepEqual(JSON.parse(output), { measurement: 'waste', values, found: values });
    }
    for (const [sandbox, level] of [
      [false, 80],
      [true, 20],
    ] as const) {
      const store = openStore({ kind: 'influxdb', url: influxdb.url, bucket: 'byflyt' }, folder, sandbox);
      const rows = await store.query({ measurement: 'waste', fields: ['fill_level'] });
      await store.close();
      assert.deepEqual(
        rows.map(({ values }) => values.fill_level),
        [level],
      );
    }
  });

  it('fails, with the reason, when the database refuses a reading', async () => {
    const target = openStore({ kind: 'influxdb', url: influxdb.url, bucket: 'odd' }, folder, false);
    await target.write([
      { measurement: 'waste', tags: { device: 'x' }, fields: { fill_level: 'full' }, time: TIME },
    ]);
    await target.close();
    await fill(false, { fill_level: 80 });
    const environment = { BYFLYT_DATABASE_URL: influxdb.url, BYFLYT_DATABASE_BUCKET: 'odd' };
    const { status, lines, errors } = await migrate(environment);
    assert.equal(status, 1);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).found),
      [0],
    );
    assert.match(errors, /waste.*2026-01-10T12:00:00.000Z.*fill_level/);
    assert.match(errors, /1 of 1/);
  });

  it('says what is missing: the database to copy to, the measurements, the server', async () => {
    assert.match((await migrate()).errors, /--to/);
    const nothing = await migrate({}, '--to', influxdb.url);
    assert.equal(nothing.status, 1);
    assert.ok(nothing.errors.includes(folder));
    await fill(false, { fill_level: 80 });
    const url = `http://127.0.0.1:${await freePort()}`;
    const away = await migrate({}, '--to', url);
    assert.equal(away.status, 1);
    assert.ok(away.errors.includes(url));
    assert.match(away.errors, /not everything is copied/);
  });
});

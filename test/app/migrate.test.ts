import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSecrets } from '../../app/secrets.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import type { Point, Row } from '../../nodes/timeseries/store.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Server, startInfluxdb, tempFolder } from '../support/servers.ts';
import { byflyt, Program } from './support.ts';

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
      const { measurement, values: wanted, found } = JSON.parse(output);
      assert.deepEqual([measurement, wanted, found], ['waste', values, values]);
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

  describe('with a long history', () => {
    const SERIES = 30;
    const ROWS = 5000;

    beforeEach(async () => {
      const store = openStore({ kind: 'embedded' }, folder, false);
      for (let series = 0; series < SERIES; series++) await store.write(history(series));
      await store.close();
    }).timeout(120_000);

    it('goes on where it was after kill -9, there and back, and nothing is missing or there twice', async () => {
      const url = influxdb.url;
      const environment = { BYFLYT_DATABASE_BUCKET: 'moved' };
      await killedMidway(['--to', url], environment, join(folder, 'migrate/to-influxdb.jsonl'));
      const there = await migrate(environment, '--to', url);
      assert.equal(there.status, 0, there.errors);
      const [waste] = there.lines.map((line) => JSON.parse(line));
      assert.deepEqual([waste.values, waste.found], [2 * SERIES * ROWS, 2 * SERIES * ROWS]);
      assert.ok(
        waste.written > 0 && waste.written < waste.values,
        `${waste.written} values in the second run`,
      );
      assert.match(there.errors, /BYFLYT_DATABASE_URL/);
      const again = await migrate(environment, '--to', url);
      assert.equal(JSON.parse(again.output).written, 0);

      const expected = await everything(folder);
      await Promise.all(
        ['', '-wal', '-shm'].map((end) => rm(join(folder, `measurements.db${end}`), { force: true })),
      );
      await killedMidway(['--from', url], environment, join(folder, 'migrate/from-influxdb.jsonl'));
      const back = await migrate({ ...environment, BYFLYT_DATABASE_URL: url }, '--from-influxdb');
      assert.equal(back.status, 0, back.errors);
      assert.ok(JSON.parse(back.output).written < waste.values);
      assert.deepEqual(await everything(folder), expected);
    }).timeout(180_000);

    it('begins at the beginning when the database it copied to was emptied, and when asked to', async () => {
      const bucket = (name: string) => ({ BYFLYT_DATABASE_BUCKET: name });
      await migrate(bucket('emptied'), '--to', influxdb.url);
      await fetch(`${influxdb.url}/query?${new URLSearchParams({ q: 'DROP DATABASE emptied' })}`, {
        method: 'POST',
      });
      for (const anew of [[], ['--anew']]) {
        const { status, output } = await migrate(bucket('emptied'), '--to', influxdb.url, ...anew);
        assert.equal(status, 0);
        assert.equal(JSON.parse(output).written, 2 * SERIES * ROWS);
      }
    }).timeout(120_000);

    function history(series: number): Point[] {
      return Array.from({ length: ROWS }, (_, row) => ({
        measurement: 'waste',
        tags: { device: `bin-${series}`, ...(series % 2 === 0 && { site: 'Torget' }) },
        fields: { fill_level: (row % 100) + 0.5, fill_level_qc: 1 },
        time: TIME + row * 60_000,
      }));
    }

    /** Starts a copy and kills it when some of the series have arrived. */
    async function killedMidway(
      args: string[],
      environment: Record<string, string>,
      progress: string,
    ): Promise<void> {
      const program = new Program('app/cli.ts', ['migrate', '--data', folder, ...args], environment);
      await eventually(async () => {
        const lines = (await readFile(progress, 'utf8')).split('\n').length;
        assert.ok(lines > 5);
      });
      program.signal('SIGKILL');
      await program.ended;
      assert.equal(program.output, '', 'killed too late');
    }

    async function everything(path: string): Promise<Row[]> {
      const store = openStore({ kind: 'embedded' }, path, false);
      const rows = await store.query({ measurement: 'waste', fields: ['fill_level', 'fill_level_qc'] });
      await store.close();
      return rows;
    }
  });
});

/**
 * From the pilot's embedded database to InfluxDB and back while devices send: every uplink that was acknowledged on the
 * way is in the database that the town has in the end, also those that waited for the one before.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import { eventually } from '../support/eventually.ts';
import { type Server, startInfluxdb, tempFolder } from '../support/servers.ts';
import { Installation } from './installation.ts';
import { sendWhile, TRAIL, trailReading, trailReadings, withEmbedded } from './trail.ts';

describe('moving house', () => {
  let installation: Installation;
  let influxdbFolder: string;
  let influxdb: Server;
  /** Number of the next uplink. */
  let next = 0;

  before(async () => {
    influxdbFolder = await tempFolder();
    influxdb = await startInfluxdb({ folder: influxdbFolder });
    installation = await Installation.prepare();
    await installation.write('list.csv', ['id;name;area;site;devEui;model', TRAIL].join('\n'));
    await installation.start();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
  });
  after(async () => {
    await installation?.remove();
    await influxdb?.stop();
    await rm(influxdbFolder, { recursive: true });
  });

  it('to InfluxDB: a copy while devices send, the rest after the stop, and on from there', async () => {
    await send(200, () => migrate('--to', influxdb.url));
    await send(50);
    await eventually(async () => assert.deepEqual(await withEmbedded(installation, trailReadings), sent()));
    assert.equal(await installation.stop(), 0);
    const rest = await migrate('--to', influxdb.url);
    assert.ok(rest.written > 0 && rest.written < rest.values, JSON.stringify(rest));
    await installation.write('settings.json', JSON.stringify({ BYFLYT_DATABASE_URL: influxdb.url }));
    await installation.start();
    await send(50);
    const store = openStore({ kind: 'influxdb', url: influxdb.url, bucket: 'byflyt' }, '', false);
    await eventually(async () => assert.deepEqual(await trailReadings(store), sent()));
    await store.close();
  });

  it('and back: readings that waited for InfluxDB are stored in the embedded database', async () => {
    await influxdb.stop();
    await send(50);
    assert.equal(await installation.stop(), 0);
    influxdb = await startInfluxdb({ folder: influxdbFolder, port: influxdb.port });
    await migrate('--from-influxdb');
    await rm(join(installation.folder, 'settings.json'));
    await installation.start();
    await eventually(async () => assert.deepEqual(await withEmbedded(installation, trailReadings), sent()));
    await installation.command('account', '--verify');
  });

  /** Sends at least so many uplinks, and on until `work` is done. */
  async function send(atLeast: number, work: () => Promise<unknown> = async () => undefined): Promise<void> {
    const acknowledged = await sendWhile(installation, next, async (soFar) => {
      await eventually(() => assert.ok(soFar.size >= atLeast));
      await work();
      return soFar;
    });
    next += acknowledged.size;
  }

  function sent(): [time: number, temperature: number][] {
    return Array.from({ length: next }, (_, index) => trailReading(index));
  }

  async function migrate(...args: string[]): Promise<{ values: number; written: number }> {
    const lines = (await installation.command('migrate', ...args)).split('\n').filter(Boolean);
    const all = lines.map((line) => JSON.parse(line));
    return all.find(({ measurement }) => measurement === 'ski_trail');
  }
});

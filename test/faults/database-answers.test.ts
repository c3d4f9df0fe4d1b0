/** A database that answers, but not as it should. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { HttpProxy, type StandIn } from '../support/http-proxy.ts';
import { influxdbValues } from '../support/saved-values.ts';
import { freePort, type Server, startInfluxdb } from '../support/servers.ts';
import { Plant } from './plant.ts';

const always =
  (status: number, body: string): StandIn =>
  () => ({ status, body });

/** Readings wait until the database is itself again. */
const OUTAGES: Readonly<Record<string, { standIn: StandIn; told?: RegExp }>> = {
  '500': { standIn: always(500, '{"error":"timeout"}'), told: /cannot take requests now \(500/ },
  '503': { standIn: always(503, ''), told: /cannot take requests now \(503/ },
  '401': { standIn: always(401, '{"error":"unauthorized"}'), told: /does not accept the token/ },
  'a page': { standIn: always(200, '<!doctype html><title>Welcome!</title>'), told: /no InfluxDB/ },
  'a page and 400': { standIn: always(400, '<html>Bad Request</html>'), told: /no InfluxDB|refused/ },
  nothing: { standIn: () => 'never' },
};
/** To the database's mind the readings are wrong: they are kept aside, where staff can try them again. */
const REFUSALS: Readonly<Record<string, StandIn>> = {
  413: always(413, '{"error":"Request Entity Too Large"}'),
  'garbage and 400': always(400, '\u0000\u0001}{'),
};

describe('database that answers', () => {
  let server: Server;
  let proxy: HttpProxy;
  let plant: Plant;

  before(async () => {
    server = await startInfluxdb();
    proxy = await HttpProxy.start(await freePort(), server.url);
    plant = await Plant.start({ BYFLYT_DATABASE_URL: proxy.url }, () => influxdbValues(server.url));
    plant.send(20);
    await plant.everythingIsStored();
  });

  after(async () => {
    await plant?.remove();
    await proxy?.stop();
    await server?.stop();
  });

  afterEach(async () => {
    proxy.standIn = undefined;
    await plant.everythingIsStored(90_000);
  });

  for (const [name, { standIn, told }] of Object.entries(OUTAGES)) {
    it(`${name}: readings wait, staff are told, and all are stored afterwards`, async () => {
      proxy.standIn = standIn;
      proxy.intercepted = 0;
      plant.send(60);
      await plant.acknowledged();
      if (told) await plant.tells(told);
      await eventually(() => assert.ok(proxy.intercepted > 0, 'the database was asked'));
      await plant.isAlive();
      proxy.standIn = undefined;
      await plant.everythingIsStored();
      assert.equal(plant.accounts().rejected, 0);
      if (told) await plant.tellsNoMore(told);
    });
  }

  for (const [name, standIn] of Object.entries(REFUSALS)) {
    it(`${name}: readings are kept aside with the reason, and stored when staff try them again`, async () => {
      const before = plant.accounts().rejected;
      proxy.standIn = standIn;
      plant.send(60);
      await plant.acknowledged();
      await plant.tells(/has refused readings, and they are kept aside/);
      await eventually(() => assert.equal(plant.accounts().rejected, before + 60));
      await plant.isAlive();
      proxy.standIn = undefined;
      await plant.tryAgain();
      await plant.everythingIsStored();
      await plant.tellsNoMore(/has refused readings/);
    });
  }

  it('413 to large requests only: smaller ones bring everything', async () => {
    proxy.standIn = ({ url = '' }, body) =>
      url.includes('write') && body.length > 4000 ? { status: 413, body: '' } : undefined;
    plant.send(600);
    await plant.acknowledged();
    await plant.everythingIsStored();
    proxy.standIn = undefined;
  });
});

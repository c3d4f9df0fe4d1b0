/** A database that answers, but not as it should. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpProxy, type StandIn } from '../support/http-proxy.ts';
import { influxdbValues } from '../support/saved-values.ts';
import { freePort, type Server, startInfluxdb } from '../support/servers.ts';
import { Plant } from './plant.ts';

const always =
  (status: number, body: string): StandIn =>
  () => ({ status, body });

const ANSWERS: Readonly<Record<string, { standIn: StandIn; told?: RegExp }>> = {
  '500': { standIn: always(500, '{"error":"timeout"}'), told: /cannot take requests now \(500/ },
  '503': { standIn: always(503, ''), told: /cannot take requests now \(503/ },
  '401': { standIn: always(401, '{"error":"unauthorized"}'), told: /does not accept the token/ },
  '413': { standIn: always(413, '{"error":"Request Entity Too Large"}'), told: /refused|too large/i },
  garbage: { standIn: always(200, '<!doctype html><title>Welcome to nginx!</title>'), told: /no InfluxDB/ },
  'garbage and 400': { standIn: always(400, '\u0000\u0001}{'), told: /refused/ },
  nothing: { standIn: () => 'never' },
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

  for (const [name, { standIn, told }] of Object.entries(ANSWERS)) {
    it(`${name}: readings wait, staff are told, and all are stored afterwards`, async () => {
      proxy.standIn = standIn;
      proxy.intercepted = 0;
      plant.send(60);
      await plant.acknowledged();
      if (told) await plant.tells(told);
      else await delay(1500);
      assert.ok(proxy.intercepted > 0, 'the database was asked');
      await plant.isAlive();
      proxy.standIn = undefined;
      await plant.everythingIsStored();
      const { rejected, dropped } = plant.accounts();
      assert.deepEqual({ rejected, dropped }, { rejected: 0, dropped: 0 });
      if (told) await plant.tellsNoMore(told);
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

/** Slow, stalled, half-open and broken connections to the broker, the database and the webhook. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { influxdbValues } from '../support/saved-values.ts';
import { freePort, type Server, startInfluxdb, startMosquitto } from '../support/servers.ts';
import { type LineState, TcpProxy } from '../support/tcp-proxy.ts';
import { Plant } from './plant.ts';

const WEBHOOK = '/byflyt/in/faults';
/** Milliseconds for every piece, each way: a satellite link. */
const LATENCY = 300;

describe('bad connections', () => {
  let [broker, database]: Server[] = [];
  let proxies: Record<'broker' | 'database', TcpProxy>;
  let plant: Plant;

  before(async () => {
    [broker, database] = await Promise.all([startMosquitto(), startInfluxdb()]);
    proxies = {
      broker: await TcpProxy.start(await freePort(), broker.port),
      database: await TcpProxy.start(await freePort(), database.port),
    };
    const { url } = database;
    plant = await Plant.start(
      {
        BYFLYT_MQTT_URL: proxies.broker.url.replace('http', 'mqtt'),
        BYFLYT_DATABASE_URL: proxies.database.url,
      },
      () => influxdbValues(url),
      { networkUrl: broker.url },
    );
    await plant.addWebhook(WEBHOOK);
    plant.send(20);
    await plant.everythingIsStored();
  });

  after(async () => {
    await plant?.remove();
    for (const proxy of Object.values(proxies ?? {})) await proxy.stop();
    await broker?.stop();
    await database?.stop();
  });

  const troubles: { where: 'broker' | 'database'; state: LineState; told?: RegExp }[] = [
    { where: 'broker', state: 'refused', told: /no connection to|cannot be reached/ },
    { where: 'broker', state: 'stalled' },
    { where: 'broker', state: 'deaf' },
    { where: 'database', state: 'refused', told: /Nothing answers|cut off/ },
    { where: 'database', state: 'stalled' },
    { where: 'database', state: 'deaf' },
  ];
  for (const { where, state, told } of troubles) {
    it(`${where} ${state}: nothing is lost, and it goes on by itself`, async () => {
      await proxies[where].set(state);
      plant.send(60);
      if (told) await plant.tells(told);
      // Nothing shows from outside: long enough for requests to get stuck.
      else await delay(1500);
      await plant.isAlive();
      await proxies[where].set('open');
      await plant.acknowledged();
      await plant.everythingIsStored();
      if (told) await plant.tellsNoMore(told);
    });
  }

  for (const where of ['broker', 'database'] as const) {
    it(`${where} closes its half of the connection: nothing is lost`, async () => {
      plant.send(60);
      proxies[where].halfClose();
      plant.send(60);
      await plant.acknowledged();
      await plant.everythingIsStored();
    });

    it(`${where} is ${LATENCY} ms away: nothing is lost`, async () => {
      proxies[where].latency = LATENCY;
      plant.send(300);
      await plant.acknowledged();
      await plant.everythingIsStored();
      proxies[where].latency = 0;
    });
  }

  it('webhook: half a message is no message, and does not keep others waiting', async () => {
    const before = plant.accounts().received;
    const half = request(plant.installation.site + WEBHOOK, {
      method: 'POST',
      headers: { 'Content-Length': 1000 },
    });
    half.on('error', () => undefined);
    half.write('{"end_device_ids":');
    await once(half, 'socket');
    const others = await Promise.all(Array.from({ length: 20 }, () => plant.post(WEBHOOK)));
    assert.deepEqual(new Set(others), new Set([200]));
    half.destroy();
    await plant.everythingIsStored();
    await eventually(() => assert.equal(plant.accounts().received, before + 20));
  });
});

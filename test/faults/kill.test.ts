/** kill -9 at random moments under load, also while it starts. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { influxdbValues } from '../support/saved-values.ts';
import { type Server, startInfluxdb, startMosquitto } from '../support/servers.ts';
import { Plant } from './plant.ts';

const CYCLES = 8;
const UPLINKS = 250;

interface Kill {
  /** Milliseconds of load before it. */
  afterMs: number;
  /** Milliseconds after which the next start is killed too. */
  startingMs?: number;
}

describe('killed at random moments under load', () => {
  const servers: Server[] = [];
  let plant: Plant;

  before(async () => {
    const lines = ['allow_anonymous true', 'max_queued_messages 0'];
    const [broker, database] = await Promise.all([startMosquitto({ lines }), startInfluxdb()]);
    servers.push(broker, database);
    plant = await Plant.start({ BYFLYT_MQTT_URL: broker.url, BYFLYT_DATABASE_URL: database.url }, () =>
      influxdbValues(database.url),
    );
  });

  after(async () => {
    await plant?.remove();
    for (const server of servers) await server.stop();
  });

  const [kills = []] = fc.sample(
    fc.array(
      fc.record(
        { afterMs: fc.integer({ min: 0, max: 800 }), startingMs: fc.integer({ min: 100, max: 900 }) },
        { requiredKeys: ['afterMs'] },
      ),
      { minLength: CYCLES, maxLength: CYCLES },
    ),
    1,
  ) as [Kill[]];

  it(`has every uplink once after ${JSON.stringify(kills)}`, async () => {
    for (const { afterMs, startingMs } of kills) {
      plant.send(UPLINKS);
      await delay(afterMs);
      await plant.installation.kill();
      if (startingMs !== undefined) await plant.installation.killWhileStarting(startingMs);
      await plant.installation.start();
    }
    await plant.acknowledged();
    await plant.everythingIsStored();
    await plant.isAlive();
  });
});

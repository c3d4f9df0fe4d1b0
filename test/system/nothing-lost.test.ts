/**
 * Kills Byflyt again and again while devices send: every uplink that the broker acknowledged is in the database, once,
 * and none is rejected.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { encodeEm310Udl, encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import { eventually } from '../support/eventually.ts';
import type { Publication } from '../support/mqtt.ts';
import { type Server, startMosquitto } from '../support/servers.ts';
import { Installation } from './installation.ts';
import { thingsStackUplink } from './uplinks.ts';

const DEVICES =
  'id;name;area;devEui;model\ntrail;Trail;ski_trail;a840410000000001;dragino-lht65n\nbin;Bin;waste;24e1240000000001;milesight-em310-udl\n';
const BEGINNING = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const CYCLES = 5;
const UPLINKS_PER_CYCLE = 400;
/** Milliseconds from the first uplink of a cycle to the kill: before, while and after they are stored. */
const KILL_AFTER = [20, 90, 200, 400, 700];

const BROKERS: Record<string, () => Promise<{ url?: string; stop(): Promise<void> }>> = {
  'a Mosquitto with persistent sessions': () =>
    startMosquitto({ lines: ['allow_anonymous true', 'max_queued_messages 100000'] }),
  'the embedded broker': async () => ({ stop: async () => undefined }),
};

for (const [name, startBroker] of Object.entries(BROKERS)) {
  describe(`nothing is lost through ${name}`, () => {
    let broker: Pick<Server, 'stop'> & { url?: string };
    let installation: Installation;
    let network: MqttClient;

    before(async () => {
      broker = await startBroker();
      installation = await Installation.prepare(broker.url ? { BYFLYT_MQTT_URL: broker.url } : {});
      await installation.write('list.csv', DEVICES);
      await installation.start();
      await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
      network = await mqtt.connectAsync(installation.brokerUrl, { reconnectPeriod: 100 });
      // While Byflyt is gone its broker refuses connections; the client goes on trying.
      network.on('error', () => undefined);
    });

    after(async () => {
      await network?.endAsync(true);
      await installation?.remove();
      await broker?.stop();
    });

    it(`stores ${CYCLES * UPLINKS_PER_CYCLE} uplinks once each, over ${CYCLES} kills`, async () => {
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const first = cycle * UPLINKS_PER_CYCLE;
        const acknowledged = Array.from({ length: UPLINKS_PER_CYCLE }, (_, index) =>
          uplink(first + index),
        ).map(({ topic, body }) => network.publishAsync(topic, JSON.stringify(body), { qos: 1 }));
        await delay(KILL_AFTER[cycle]);
        await installation.kill();
        await installation.start();
        await Promise.all(acknowledged);
      }
      const sent = Array.from({ length: CYCLES * UPLINKS_PER_CYCLE }, (_, index) => index);
      const [trail, bin] = [sent.filter((index) => index % 2 === 0), sent.filter((index) => index % 2 === 1)];
      await eventually(async () => {
        assert.equal((await stored('ski_trail', 'surface_temperature')).length, trail.length);
        assert.equal((await stored('waste', 'distance')).length, bin.length);
      });
      assert.deepEqual(
        await stored('ski_trail', 'surface_temperature'),
        trail.map((index) => [timeOf(index), index / 100]),
      );
      assert.deepEqual(
        await stored('waste', 'distance'),
        bin.map((index) => [timeOf(index), index / 1000]),
      );
    });

    async function stored(measurement: string, field: string): Promise<unknown[]> {
      const store = new SqliteStore(join(installation.folder, 'measurements.db'));
      try {
        const rows = await store.query({ measurement, fields: [field] });
        return rows.map(({ time, values }) => [time, values[field]]);
      } finally {
        await store.close();
      }
    }
  });
}

/** Every uplink has its own time and value; the two devices are in the areas of two flows. */
function uplink(index: number): Publication {
  const time = new Date(timeOf(index)).toISOString();
  const trail = { battery: 3, internalTemperature: -5, humidity: 20, externalTemperature: index / 100 };
  const [deviceId, devEui, payload] =
    index % 2 === 0
      ? (['trail', 'a840410000000001', encodeLht65n(trail)] as const)
      : ([
          'bin',
          '24e1240000000001',
          encodeEm310Udl({ battery: 90, distance: index, tilted: false }),
        ] as const);
  return thingsStackUplink({
    deviceId,
    devEui,
    fPort: payload.fPort,
    payload: payload.bytes,
    time,
    fCnt: index,
  });
}

function timeOf(index: number): number {
  return BEGINNING + index * MINUTE;
}

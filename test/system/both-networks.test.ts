/** The same bins on LoRaWAN and on NB-IoT in the running app: what is stored of them is the same. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeEm310Udl } from '../../nodes/simulator/payloads.ts';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import { ask } from '../nodes/nbiot/coap-devices.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { Installation } from './installation.ts';
import { thingsStackUplink } from './uplinks.ts';

const HOUR = 3600;
const HOURS = 3 * 24;
const SENML_JSON = 110;
/** A node's default limit is 50 datagrams per second of one address, and here all devices have the same. */
const PAUSE = 25;
/** Fields of `device_health` that tell of the radio and the clock. */
const RADIO = ['rssi', 'snr', 'spreading_factor', 'gateways', 'frame_counter', 'clock_offset'];

interface Reading {
  /** Seconds since 1970. */
  time: number;
  /** mm from the sensor to the waste. */
  distance: number;
  battery: number;
  tilted: boolean;
}

/** Place -> percent full so many hours before the newest reading: one that fills up, one that is emptied, one with an odd echo. */
const BINS: Readonly<Record<string, (ago: number) => number>> = {
  Torget: (ago) => 95 - 0.9 * ago,
  Skolen: (ago) => (ago < 20 ? 20 - ago : 90 - 0.5 * (ago - 20)),
  Kirken: (ago) => (ago === 5 ? -5000 : 60 - 0.3 * ago),
};
const LORAWAN = Object.keys(BINS).map((place, index) => ({
  place,
  id: `lora-${index}`,
  devEui: `24e124136b00000${index}`,
}));
const NBIOT = Object.keys(BINS).map((place, index) => ({
  place,
  id: `nbiot-${index}`,
  endpoint: `bin-${index}`,
}));

describe('one flow for LoRaWAN and NB-IoT', function () {
  this.timeout(120_000);
  let installation: Installation;
  const coapPort = randomInt(33_000, 48_000);
  const newest = Math.floor(Date.now() / 1000) - 60;

  before(async () => {
    installation = await Installation.prepare({ BYFLYT_COAP_PORT: String(coapPort) });
    await installation.write('list.csv', deviceList());
    await installation.start();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
    const uplinks = byTime(LORAWAN).map(({ device, reading, ago }) => uplinkOf(device, reading, HOURS - ago));
    await publishAll(installation.brokerUrl, uplinks);
    for (const { device, reading } of byTime(NBIOT)) {
      const { code } = await ask(coapPort, {
        query: `ep=${device.endpoint}`,
        payload: JSON.stringify(packOf(reading)),
        options: { 'Content-Format': SENML_JSON },
      });
      assert.equal(code, '2.04');
      await delay(PAUSE);
    }
    await eventually(async () => {
      const rows = [...LORAWAN, ...NBIOT].map(({ id }) => storedOf('waste', id));
      for (const each of await Promise.all(rows)) assert.equal(each.length, HOURS);
    });
  });
  after(() => installation?.remove());

  /** Readings of all devices, oldest first. */
  function byTime<T extends { place: string }>(devices: readonly T[]) {
    return Array.from({ length: HOURS }, (_, hour) => HOURS - 1 - hour).flatMap((ago) =>
      devices.map((device) => ({ device, ago, reading: readingOf(device.place, ago) })),
    );
  }

  function readingOf(place: string, ago: number): Reading {
    const level = BINS[place]?.(ago) ?? 0;
    return {
      time: newest - ago * HOUR,
      distance: Math.round(1500 - 12 * level),
      battery: 80 - Math.floor(ago / 24),
      tilted: ago === 30,
    };
  }

  /** Rows of a device: time, tags but its id, values. */
  async function storedOf(measurement: string, device: string): Promise<Row[]> {
    const store = new SqliteStore(join(installation.folder, 'measurements.db'));
    try {
      const fields = (await store.measurements()).get(measurement) ?? [];
      const rows = await store.query({ measurement, fields, where: { device: [device] } });
      return rows.map(({ time, tags: { device: _, ...tags }, values }) => ({ time, tags, values }));
    } finally {
      await store.close();
    }
  }

  interface Row {
    time: number;
    tags: Record<string, string>;
    values: Record<string, unknown>;
  }

  it('stores the same measurements with the same quality, forecasts, bands and alarms', async () => {
    for (const [index, { id: onLorawan }] of LORAWAN.entries()) {
      const onNbiot = NBIOT[index]?.id ?? '';
      for (const measurement of ['waste', 'normal_band', 'anomaly', 'alarm']) {
        assert.deepEqual(
          await storedOf(measurement, onNbiot),
          await storedOf(measurement, onLorawan),
          measurement,
        );
      }
    }
    const [full] = LORAWAN;
    const alarms = await storedOf('alarm', full?.id ?? '');
    assert.deepEqual(
      alarms.map(({ values }) => values.state),
      ['raised'],
    );
    const odd = await storedOf('waste', 'nbiot-2');
    assert.deepEqual(
      odd.flatMap(({ time, values }) =>
        values.distance_qc === 4 ? [(newest * 1000 - time) / HOUR / 1000] : [],
      ),
      [5],
    );
  });

  it('tells the network apart in the device’s health alone', async () => {
    for (const [index, { id: onLorawan }] of LORAWAN.entries()) {
      const [there, here] = [
        await storedOf('device_health', onLorawan),
        await storedOf('device_health', NBIOT[index]?.id ?? ''),
      ];
      assert.equal(there.length, HOURS);
      assert.deepEqual(
        here.map(({ tags: { network, ...tags }, ...row }) => ({ network, ...healthOf({ ...row, tags }) })),
        there.map((row) => ({ network: 'nbiot', ...healthOf(row) })),
      );
      assert.ok(there.every(({ tags }) => !('network' in tags)));
    }
  });

  function healthOf({ time, tags, values }: Row) {
    const own = Object.entries(values).filter(([field]) => !RADIO.includes(field));
    return { time, tags, values: Object.fromEntries(own) };
  }
});

function deviceList(): string {
  const header = 'id;name;area;site;devEui;endpoint;model;emptyDistance;fullDistance';
  const row = (id: string, place: string, rest: string) => `${id};${place};waste;${place};${rest};1,5;0,3`;
  return [
    header,
    ...LORAWAN.map(({ id, place, devEui }) => row(id, place, `${devEui};;milesight-em310-udl`)),
    ...NBIOT.map(({ id, place, endpoint }) => row(id, place, `;${endpoint};senml`)),
  ].join('\n');
}

function uplinkOf({ id: deviceId, devEui }: (typeof LORAWAN)[number], reading: Reading, fCnt: number) {
  const { fPort, bytes: payload } = encodeEm310Udl(reading);
  const time = new Date(reading.time * 1000).toISOString();
  return thingsStackUplink({ deviceId, devEui, fPort, payload, time, fCnt });
}

function packOf({ time, distance, battery, tilted }: Reading): object[] {
  return [
    { bn: 'urn:dev:ow:10e2073a01080063:', bt: time, n: 'distance', u: 'm', v: distance / 1000 },
    { n: 'battery_level', u: '%EL', v: battery },
    { n: 'tilt', vb: tilted },
  ];
}

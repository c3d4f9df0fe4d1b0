/** The same bins and the same level on LoRaWAN and on NB-IoT in the running app: what is stored of them is the same. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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
/** Measurements of areas, and of what is worked out from them. */
const MEASUREMENTS = ['waste', 'water', 'normal_band', 'anomaly', 'alarm'];

/** The same reading as the bytes of a LoRaWAN sensor and as a SenML pack. */
interface Reading {
  fPort: number;
  bytes: Buffer;
  pack: object[];
}

interface Place {
  area: 'waste' | 'water';
  /** Of the LoRaWAN sensor; the other one speaks SenML. */
  model: string;
  /** So many hours before the newest one. */
  reading(ago: number): Reading;
}

/** `level`: percent full. */
const bin = (level: (ago: number) => number): Place => ({
  area: 'waste',
  model: 'milesight-em310-udl',
  reading(ago) {
    const distance = Math.round(1500 - 12 * level(ago));
    const battery = 80 - Math.floor(ago / 24);
    const tilted = ago === 30;
    const pack = [
      { n: 'distance', u: 'm', v: distance / 1000 },
      { n: 'battery_level', u: '%EL', v: battery },
      { n: 'tilt', vb: tilted },
    ];
    return { ...encodeEm310Udl({ distance, battery, tilted }), pack };
  },
});

/** An EM500-SWL: the depth of the water in cm. */
const level = (centimetres: (ago: number) => number): Place => ({
  area: 'water',
  model: 'milesight-em500-swl',
  reading(ago) {
    const bytes = Buffer.from([0x01, 0x75, 90, 0x03, 0x77, 0, 0]);
    const depth = Math.round(centimetres(ago));
    bytes.writeUInt16LE(depth, 5);
    const pack = [
      { n: 'water_level', u: 'm', v: depth / 100 },
      { n: 'battery_level', u: '%EL', v: 90 },
    ];
    return { fPort: 85, bytes, pack };
  },
});

/** A bin that fills up, one that is emptied, one with an odd echo, and a river that rises over its limit. */
const PLACES: Readonly<Record<string, Place>> = {
  Torget: bin((ago) => 95 - 0.9 * ago),
  Skolen: bin((ago) => (ago < 20 ? 20 - ago : 90 - 0.5 * (ago - 20))),
  Kirken: bin((ago) => (ago === 5 ? -5000 : 60 - 0.3 * ago)),
  Elva: level((ago) => (ago < 3 ? 310 : 120 + 10 * Math.sin(ago))),
};
const names = Object.keys(PLACES);
const onLorawan = (name: string) => `lora-${names.indexOf(name)}`;
const onNbiot = (name: string) => `nbiot-${names.indexOf(name)}`;
const devEuiOf = (name: string) => `24e124136b00000${names.indexOf(name)}`;

interface Row {
  time: number;
  tags: Record<string, string>;
  values: Record<string, unknown>;
}

describe('one flow for LoRaWAN and NB-IoT', function () {
  this.timeout(120_000);
  let installation: Installation;
  const coapPort = randomInt(33_000, 48_000);
  const newest = Math.floor(Date.now() / 1000) - 60;

  before(async () => {
    installation = await Installation.prepare({ BYFLYT_COAP_PORT: String(coapPort) });
    await installation.write('list.csv', deviceList());
    await enableLorawanLevels();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
    const hours = Array.from({ length: HOURS }, (_, index) => HOURS - 1 - index);
    await publishAll(
      installation.brokerUrl,
      hours.flatMap((ago) => names.map((name) => uplinkOf(name, ago))),
    );
    for (const ago of hours) for (const name of names) await sendPack(name, ago);
    await eventually(async () => {
      for (const [name, { area }] of Object.entries(PLACES))
        for (const id of [onLorawan(name), onNbiot(name)])
          assert.equal((await storedOf(area, id)).length, HOURS, id);
    });
  });
  after(() => installation?.remove());

  /** The shipped flow has these two nodes switched off: who has no such sensors need not journal messages for them. */
  async function enableLorawanLevels(): Promise<void> {
    await installation.start();
    await installation.stop();
    const path = join(installation.folder, 'node-red/flows.json');
    const flows = JSON.parse(await readFile(path, 'utf8')) as { id: string; d?: boolean }[];
    for (const node of flows) if (/^byflyt-water-level-(intake|decode)$/.test(node.id)) delete node.d;
    await installation.write('node-red/flows.json', JSON.stringify(flows));
    await installation.start();
  }

  function uplinkOf(name: string, ago: number) {
    const { fPort, bytes: payload } = readingOf(name, ago);
    const time = new Date((newest - ago * HOUR) * 1000).toISOString();
    const device = { deviceId: onLorawan(name), devEui: devEuiOf(name) };
    return thingsStackUplink({ ...device, fPort, payload, time, fCnt: HOURS - ago });
  }

  async function sendPack(name: string, ago: number): Promise<void> {
    const [first, ...others] = readingOf(name, ago).pack;
    const { code } = await ask(coapPort, {
      query: `ep=${onNbiot(name)}`,
      payload: JSON.stringify([
        { bn: 'urn:dev:ow:10e2073a01080063:', bt: newest - ago * HOUR, ...first },
        ...others,
      ]),
      options: { 'Content-Format': SENML_JSON },
    });
    assert.equal(code, '2.04');
    await delay(PAUSE);
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

  it('stores the same measurements with the same quality, forecasts, bands and alarms', async () => {
    for (const name of names) {
      for (const measurement of MEASUREMENTS) {
        const [there, here] = [
          await storedOf(measurement, onLorawan(name)),
          await storedOf(measurement, onNbiot(name)),
        ];
        assert.deepEqual(here, there, `${name}: ${measurement}`);
      }
    }
  });

  it('has something to compare: alarms of the full bin and the high water, and a reading that failed', async () => {
    for (const [name, alarm] of [
      ['Torget', 'Bin almost full'],
      ['Elva', 'High water'],
    ] as const) {
      const raised = (await storedOf('alarm', onNbiot(name))).filter(({ tags }) => tags.alarm === alarm);
      assert.deepEqual(
        raised.map(({ values }) => values.state),
        ['raised'],
        name,
      );
    }
    const failed = (await storedOf('waste', onNbiot('Kirken'))).filter(
      ({ values }) => values.distance_qc === 4,
    );
    assert.deepEqual(
      failed.map(({ time }) => (newest - time / 1000) / HOUR),
      [5],
    );
  });

  it('tells the network apart in the device’s health alone', async () => {
    for (const name of names) {
      const there = await storedOf('device_health', onLorawan(name));
      const here = await storedOf('device_health', onNbiot(name));
      assert.equal(there.length, HOURS);
      assert.deepEqual(
        here.map(({ tags: { network, ...tags }, ...row }) => ({ network, ...healthOf({ ...row, tags }) })),
        there.map((row) => ({ network: 'nbiot', ...healthOf(row) })),
      );
      assert.ok(there.every(({ tags }) => !('network' in tags)));
    }
  });
});

function readingOf(name: string, ago: number): Reading {
  const place = PLACES[name];
  assert.ok(place);
  return place.reading(ago);
}

function healthOf({ time, tags, values }: Row): Row {
  const own = Object.entries(values).filter(([field]) => !RADIO.includes(field));
  return { time, tags, values: Object.fromEntries(own) };
}

/** The levels of a bin need its distances. */
function deviceList(): string {
  const rows = Object.entries(PLACES).flatMap(([name, { area, model }]) => {
    const distances = area === 'waste' ? '1,5;0,3' : ';';
    return [
      [onLorawan(name), name, area, name, devEuiOf(name), '', model, distances].join(';'),
      [onNbiot(name), name, area, name, '', onNbiot(name), 'senml', distances].join(';'),
    ];
  });
  return ['id;name;area;site;devEui;endpoint;model;emptyDistance;fullDistance', ...rows].join('\n');
}

/**
 * Real input through the whole path: a real broker, the built app with the shipped flows, and both databases.
 * What is asserted is what people get: the store's numbers and flags, the published files, the catalogue, the errors.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Parser } from 'n3';
import { encryptedFrame } from '../../nodes/simulator/frame.ts';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { InfluxdbStore } from '../../nodes/timeseries/influxdb-store.ts';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import type { Row, Store, StoreQuery } from '../../nodes/timeseries/store.ts';
import { COUNTING, type Publication, publishAll, untilSubscribed } from '../support/mqtt.ts';
import { type Server, startInfluxdb, startMosquitto } from '../support/servers.ts';
import { eventually, Installation } from './installation.ts';
import { sharedLines, skiTrailPayload, skiTrailReadings, thingsStackUplink } from './uplinks.ts';

const NWK_S_KEY = '000102030405060708090a0b0c0d0e0f';
const APP_S_KEY = 'f0e0d0c0b0a090807060504030201000';
const FRAME_DEVICE = { id: 'framed', devEui: '70b3d57ed0000f01', devAddr: '260b1f01' };

interface ServerSample {
  name: string;
  event: string;
  reading: boolean;
  topic?: string;
  body: object;
  expect: { devEui?: string; payloadHex?: string; time?: string; plausibleTime?: string; fPort?: number };
}

const samples = ['tts-v3', 'chirpstack-v4'].flatMap((kind) =>
  sharedLines<ServerSample>(`network-messages/${kind}.jsonl`),
);
/** Uplinks of real servers that name a device and carry a payload on an application port. */
const serverUplinks = samples.filter(
  ({ event, reading, expect }) =>
    event === 'uplink' && reading && expect.devEui && expect.payloadHex && expect.fPort,
);

interface Vector {
  device: string;
  direction: string;
  fPort: number;
  bytesHex: string;
  expected: { data?: Record<string, unknown> };
}

/** Vendor payloads -> model, and what its output means here (canonical units). */
const VENDOR_MODELS: Record<
  string,
  { model: string; quantities: Record<string, (data: Record<string, unknown>) => unknown> }
> = {
  'ELSYS ERS/ELT/EMS family': {
    model: 'elsys-ers',
    quantities: {
      air_temperature: (data) => data.temperature,
      relative_humidity: (data) => data.humidity,
      co2_concentration: (data) => data.co2,
      illuminance: (data) => data.light,
    },
  },
  'Milesight EM310-UDL': {
    model: 'milesight-em310-udl',
    quantities: { distance: (data) => Number(data.distance) / 1000, tilt: (data) => data.tilt === 'tilt' },
  },
  'Milesight AM307L': {
    model: 'milesight-am307l',
    quantities: { air_temperature: (data) => data.temperature, relative_humidity: (data) => data.humidity },
  },
  'Dragino LHT65N': {
    model: 'dragino-lht65n',
    quantities: { air_temperature: (data) => data.TempC_SHT, relative_humidity: (data) => data.Hum_SHT },
  },
};

const vectors = sharedLines<Vector>('codec-vectors/vectors.jsonl')
  .filter(
    ({ device, direction, expected }) =>
      device in VENDOR_MODELS && direction === 'decodeUplink' && expected.data,
  )
  .map((vector, index) => ({
    ...vector,
    id: `vendor-${index}`,
    devEui: (0x70b3d57ed0020000n + BigInt(index)).toString(16),
  }));

/** A codec as an integrator would drop it into the data folder: any payload, its length and first byte. */
const ANY_CODEC = `function decodeUplink(input) {
  return { data: { length: input.bytes.length, first: input.bytes[0] } };
}`;
const LOOPING_CODEC = 'function decodeUplink() { while (true) {} }';
const THROWING_CODEC = `function decodeUplink() { throw new Error('bad calibration'); }`;

const model = (id: string, codec: string) =>
  JSON.stringify({
    id,
    vendor: 'Test',
    name: id,
    codec,
    interval: 60,
    mappings: [{ from: 'length', quantity: 'pulse_count' }],
    ignored: ['first'],
  });

function deviceList(): string {
  const real = [...new Set(serverUplinks.map(({ expect }) => expect.devEui))];
  const rows = [
    ['ski-a', 'Trail A', 'ski_trail', 'Start', 'A8-40-41-00-00-00-00-0A', '', 'ski-trail-lht65n', '', ''],
    ['ski-b', 'Trail B', 'ski_trail', 'Toppen', 'a8:40:41:00:00:00:00:0b', '', 'ski-trail-lht65n', '', ''],
    [
      FRAME_DEVICE.id,
      'Framed',
      'ski_trail',
      'Start',
      FRAME_DEVICE.devEui,
      FRAME_DEVICE.devAddr,
      'dragino-lht65n',
      NWK_S_KEY,
      APP_S_KEY,
    ],
    ['looping', 'Looping', 'ski_trail', '', 'a840410000000bad', '', 'looping', '', ''],
    ['throwing', 'Throwing', 'ski_trail', '', 'a840410000001bad', '', 'throwing', '', ''],
    ...vectors.map(({ id, device, devEui }) => [
      id,
      id,
      'ski_trail',
      '',
      devEui,
      '',
      VENDOR_MODELS[device]?.model,
      '',
      '',
    ]),
    ...real.map((devEui) => [
      `server-${devEui}`,
      `server-${devEui}`,
      'ski_trail',
      '',
      devEui,
      '',
      'any',
      '',
      '',
    ]),
  ];
  const header = ['id', 'name', 'area', 'site', 'devEui', 'devAddr', 'model', 'nwkSKey', 'appSKey'];
  return `\uFEFF${[header, ...rows].map((row) => row.join(';')).join('\r\n')}\r\n`;
}

/** Gateway bridge publication of a real encrypted frame. */
function framed(fCnt: number, time: string, change: (frame: Buffer) => void = () => undefined): Publication {
  const payload = encodeLht65n({
    battery: 3.1,
    internalTemperature: -7.25,
    humidity: 81.5,
    externalTemperature: undefined,
  });
  const frame = encryptedFrame(FRAME_DEVICE.devAddr, fCnt, payload, {
    nwkSKey: NWK_S_KEY,
    appSKey: APP_S_KEY,
  });
  change(frame);
  return {
    topic: 'eu868/gateway/c49300ffff0edd88/event/up',
    body: {
      phyPayload: frame.toString('base64'),
      txInfo: {
        frequency: 868100000,
        modulation: { lora: { bandwidth: 125000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
      },
      rxInfo: {
        gatewayId: 'c49300ffff0edd88',
        uplinkId: fCnt,
        gwTime: time,
        rssi: -71,
        snr: 9.5,
        crcStatus: 'CRC_OK',
      },
    },
  };
}

/** A gateway's clock may stand a little before the server's, which the samples expect. */
const SERVER_DELAY = 5000;

const FRAME_TIME = '2026-01-10T06:00:00.000Z';

function publications(): Publication[] {
  const ski = skiTrailReadings().map((reading) => {
    const { fPort, bytes } = skiTrailPayload(reading);
    const device =
      reading.place === 'A'
        ? { deviceId: 'a', devEui: 'a84041000000000a' }
        : { deviceId: 'b', devEui: 'a84041000000000b' };
    return thingsStackUplink({ ...device, ...reading, fPort, payload: bytes });
  });
  const vendor = vectors.map(({ id, devEui, fPort, bytesHex }) =>
    thingsStackUplink({
      deviceId: id,
      devEui,
      fPort,
      payload: Buffer.from(bytesHex, 'hex'),
      time: FRAME_TIME,
    }),
  );
  const server = samples.map(({ name, topic, body }) => ({
    topic: topic?.startsWith('application/') ? topic : `v3/real@ttn/devices/${name}/up`,
    body,
  }));
  return [...ski.sort((a, b) => time(a).localeCompare(time(b))), ...vendor, ...server, framed(7, FRAME_TIME)];
}

function time(publication: Publication): string {
  return (publication.body as { received_at: string }).received_at;
}

const BAD: { what: string; publication: Publication; sentence: RegExp }[] = [
  {
    what: 'a wrong MIC',
    publication: framed(8, '2026-01-10T06:20:00Z', (frame) => frame.writeUInt8(frame.readUInt8(12) ^ 1, 12)),
    sentence: /MIC|signature|key/i,
  },
  {
    what: 'a replayed frame',
    publication: framed(7, '2026-01-10T06:40:00Z'),
    sentence: /Framed.*(again|replay|already|counter)/is,
  },
  {
    what: 'an unknown device',
    publication: thingsStackUplink({
      deviceId: 'nobody',
      devEui: '0102030405060708',
      fPort: 2,
      payload: Buffer.from('cbc6', 'hex'),
      time: FRAME_TIME,
    }),
    sentence: /0102030405060708|nobody/i,
  },
  {
    what: 'a truncated payload',
    publication: thingsStackUplink({
      deviceId: 'a',
      devEui: 'a84041000000000a',
      fPort: 2,
      payload: Buffer.from('cbc600', 'hex'),
      time: FRAME_TIME,
    }),
    sentence: /Trail A/,
  },
  {
    what: 'a codec that loops for ever',
    publication: thingsStackUplink({
      deviceId: 'l',
      devEui: 'a840410000000bad',
      fPort: 2,
      payload: Buffer.from('00', 'hex'),
      time: FRAME_TIME,
    }),
    sentence: /Looping.*endless loop/s,
  },
  {
    what: 'a codec that throws',
    publication: thingsStackUplink({
      deviceId: 't',
      devEui: 'a840410000001bad',
      fPort: 2,
      payload: Buffer.from('00', 'hex'),
      time: FRAME_TIME,
    }),
    sentence: /Throwing.*bad calibration/is,
  },
  {
    what: 'no JSON',
    publication: { topic: 'v3/real@ttn/devices/x/up', body: '{"end_device_ids": {' },
    sentence: /./,
  },
];

interface Backend {
  settings(): Promise<Record<string, string>>;
  open(installation: Installation): Store;
  stop(): Promise<void>;
}

const BACKENDS: Record<string, () => Backend> = {
  'the embedded database': () => ({
    settings: async () => ({}),
    open: ({ folder }) => new SqliteStore(join(folder, 'measurements.db')),
    stop: async () => undefined,
  }),
  'a real InfluxDB': () => {
    let influxdb: Server;
    return {
      settings: async () => {
        influxdb = await startInfluxdb();
        return { BYFLYT_DATABASE_URL: influxdb.url, BYFLYT_DATABASE_BUCKET: 'byflyt' };
      },
      open: () => new InfluxdbStore({ url: influxdb.url, bucket: 'byflyt' }),
      stop: () => influxdb.stop(),
    };
  },
};

for (const [name, makeBackend] of Object.entries(BACKENDS)) {
  describe(`real input through the shipped flows into ${name}`, () => {
    const backend = makeBackend();
    let broker: Server;
    let installation: Installation;

    before(async () => {
      broker = await startMosquitto({ lines: COUNTING });
      installation = await Installation.prepare({
        BYFLYT_MQTT_URL: broker.url,
        ...(await backend.settings()),
      });
      for (const [id, source] of Object.entries({
        any: ANY_CODEC,
        looping: LOOPING_CODEC,
        throwing: THROWING_CODEC,
      })) {
        await installation.write(`codecs/${id}.js`, source);
        await installation.write(`models/${id}.json`, model(id, `${id}.js`));
      }
      await installation.write('list.csv', deviceList());
      await installation.start();
      await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
      await untilSubscribed(broker.url, 10);
      await publishAll(broker.url, publications());
      await eventually(async () =>
        assert.ok((await rows('framed', ['air_temperature'])).length > 0, 'last one not stored'),
      );
    });

    after(async () => {
      await installation?.remove();
      await broker?.stop();
      await backend.stop();
    });

    /** Opened anew each time: another process makes the tables. */
    async function query(question: StoreQuery): Promise<Row[]> {
      const store = backend.open(installation);
      try {
        return await store.query(question);
      } finally {
        await store.close();
      }
    }

    const rows = (device: string, fields: readonly string[]): Promise<Row[]> =>
      query({ measurement: 'ski_trail', fields, where: { device } });

    it('stores the ski-trail readings at their own times, with flags', async () => {
      for (const [place, device] of [
        ['A', 'ski-a'],
        ['B', 'ski-b'],
      ] as const) {
        const stored = await rows(device, ['snow_temperature', 'snow_temperature_qc', 'snow_humidity']);
        const expected = skiTrailReadings()
          .filter((reading) => reading.place === place)
          .sort((a, b) => a.time.localeCompare(b.time));
        assert.deepEqual(
          stored.map((row) => [
            new Date(row.time).toISOString(),
            row.values.snow_temperature,
            row.values.snow_humidity,
          ]),
          expected.map((reading) => [reading.time, reading.snowTemperature, reading.humidity]),
        );
        assert.ok(
          stored.every((row) => row.values.snow_temperature_qc === 1 || row.values.snow_temperature_qc === 2),
          'flags',
        );
      }
    });

    it('keeps battery and radio out of the measurements, in device_health', async () => {
      const [first] = await query({
        measurement: 'device_health',
        fields: ['battery_voltage', 'rssi', 'snr'],
        where: { device: 'ski-b' },
      });
      assert.deepEqual(first?.values, { battery_voltage: 3.384, rssi: -78, snr: 8 });
      const inArea = await rows('ski-b', ['battery_voltage', 'rssi']);
      assert.deepEqual(inArea, []);
    });

    for (const { id, device, bytesHex, expected } of vectors) {
      it(`stores what ${device} means by ${bytesHex}`, async () => {
        const quantities = VENDOR_MODELS[device]?.quantities ?? {};
        const wanted = Object.entries(quantities)
          .map(([quantity, read]) => [quantity, read(expected.data ?? {})] as const)
          .filter(
            ([quantity, value]) =>
              value !== undefined &&
              !Number.isNaN(value) &&
              (quantity !== 'tilt' || expected.data?.tilt !== undefined),
          );
        if (wanted.length === 0) return;
        const stored = await eventually(async () => {
          const [row] = await rows(
            id,
            wanted.map(([quantity]) => quantity),
          );
          assert.ok(row, `${id} is not stored`);
          return row;
        });
        assert.deepEqual(stored.values, Object.fromEntries(wanted));
      });
    }

    it('stores the real uplinks of The Things Stack and ChirpStack', async () => {
      for (const { name: sample, expect } of serverUplinks) {
        const stored = await rows(`server-${expect.devEui}`, ['pulse_count']);
        const at = Date.parse(expect.plausibleTime ?? expect.time ?? '');
        const length = (expect.payloadHex?.length ?? 0) / 2;
        const found =
          Number.isNaN(at) || at < Date.UTC(2015, 0)
            ? stored
            : stored.filter((row) => Math.abs(row.time - at) < SERVER_DELAY);
        assert.ok(
          found.some((row) => row.values.pulse_count === length),
          `${sample}: ${JSON.stringify(stored)}`,
        );
      }
    });

    it('decrypts the raw frame', async () => {
      const [row] = await rows('framed', ['air_temperature', 'relative_humidity']);
      assert.deepEqual(row?.values, { air_temperature: -7.25, relative_humidity: 81.5 });
      assert.equal(row?.time, Date.parse(FRAME_TIME));
    });

    for (const { what, publication, sentence } of BAD) {
      it(`answers ${what} with an error and goes on`, async () => {
        const probe = FRAME_PROBES.next().value as { fCnt: number; time: string };
        await publishAll(broker.url, [publication, framed(probe.fCnt, probe.time)]);
        await eventually(async () => {
          const found = await rows('framed', ['air_temperature']);
          assert.ok(
            found.some((row) => row.time === Date.parse(probe.time)),
            'the next reading is not stored',
          );
        });
        await eventually(async () => {
          const listed = await rejections(installation);
          assert.ok(
            listed.some((text) => sentence.test(text)),
            listed.join('\n'),
          );
        }, 5000);
      });
    }

    it('publishes the two places and nothing that only engineers need', async () => {
      const response = await fetch(
        `${installation.site}/opendata/ski-trail/data.csv?from=2018-03-18T00:00:00Z&to=2018-03-19T00:00:00Z`,
      );
      assert.equal(response.status, 200);
      const csv = await response.text();
      const lines = csv.trim().split('\r\n');
      assert.equal(lines.length, 1 + skiTrailReadings().length, csv);
      assert.ok(
        lines.some(
          (line) =>
            line.startsWith('2018-03-18T08:28:36') && line.includes('Toppen') && line.includes(',2,14'),
        ),
        csv,
      );
      assert.doesNotMatch(csv, /battery|rssi|snr|ski-[ab]|a84041/i);
    });

    it('describes the dataset in a catalogue that parses', async () => {
      const turtle = await (await fetch(`${installation.site}/opendata/catalog.ttl`)).text();
      const quads = new Parser().parse(turtle);
      const objects = (property: string) =>
        quads.filter(({ predicate }) => predicate.value.endsWith(property)).map(({ object }) => object.value);
      assert.ok(objects('dcat#downloadURL').some((url) => url.endsWith('/opendata/ski-trail/data.csv')));
      assert.ok(objects('terms/license').length > 0 && objects('terms/publisher').length > 0);
      assert.doesNotMatch(turtle, new RegExp(`${FRAME_DEVICE.devEui}|${APP_S_KEY}`, 'i'));
    });
  });
}

/** Good frames to send behind each bad message. */
const FRAME_PROBES = (function* () {
  for (let fCnt = 20; ; fCnt++)
    yield { fCnt, time: new Date(Date.parse(FRAME_TIME) + fCnt * 3_600_000).toISOString() };
})();

/** The rejected messages, as the operator page lists them. */
async function rejections(installation: Installation): Promise<string[]> {
  const page = await installation.read('byflyt/operator/content');
  const section = page.slice(page.indexOf('id="rejected"'));
  return [...section.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, item = '']) => item);
}

/**
 * Real input through the whole path: a real broker, the built app with the shipped flows, and both databases.
 * What is asserted is what people get: the store's numbers and flags, the published files, the catalogue, the errors.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Parser } from 'n3';
import { InfluxdbStore } from '../../nodes/timeseries/influxdb-store.ts';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import type { Row, Store, StoreQuery } from '../../nodes/timeseries/store.ts';
import { eventually } from '../support/eventually.ts';
import { COUNTING, publishAll, untilSubscribed } from '../support/mqtt.ts';
import { type Server, startInfluxdb, startMosquitto } from '../support/servers.ts';
import { Installation } from './installation.ts';
import {
  ABSURD,
  ANY_CODEC,
  APP_S_KEY,
  BAD,
  deviceList,
  FRAME_DEVICE,
  FRAME_PROBES,
  FRAME_TIME,
  framed,
  LOOPING_CODEC,
  model,
  publications,
  SERVER_DELAY,
  serverUplinks,
  THROWING_CODEC,
} from './real-input.ts';
import { skiTrailReadings } from './uplinks.ts';
import { vendorPayloads } from './vendor-payloads.ts';

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

    async function published(parameters: string): Promise<string> {
      const response = await fetch(`${installation.site}/opendata/ski-trail/data.csv?${parameters}`);
      assert.equal(response.status, 200);
      return response.text();
    }

    const rows = (device: string, fields: readonly string[]): Promise<Row[]> =>
      query({ measurement: 'ski_trail', fields, where: { device } });

    it('stores the ski-trail readings at their own times, with flags', async () => {
      for (const [place, device] of [
        ['A', 'ski-a'],
        ['B', 'ski-b'],
      ] as const) {
        const stored = (
          await rows(device, ['snow_temperature', 'snow_temperature_qc', 'snow_humidity'])
        ).filter((row) => row.time < Date.parse(ABSURD.time));
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

    it('stores an impossible value with the flag fail, and does not publish it', async () => {
      const all = await rows('ski-a', ['snow_temperature', 'snow_temperature_qc']);
      const stored = all.find((row) => row.time === Date.parse(ABSURD.time));
      assert.deepEqual(stored?.values, { snow_temperature: ABSURD.snowTemperature, snow_temperature_qc: 4 });
      const csv = await published('from=2018-03-19T00:00:00Z&to=2018-03-20T00:00:00Z');
      assert.match(csv, /2018-03-19T06:00:00.000Z,Start,,13/);
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

    for (const { id, device, bytesHex, values } of vendorPayloads) {
      it(`stores what ${device} means by ${bytesHex}`, async () => {
        assert.ok(Object.keys(values).length > 0, 'nothing to compare');
        const stored = await eventually(async () => {
          const [row] = await rows(id, Object.keys(values));
          assert.ok(row, `${id} is not stored`);
          return row;
        });
        assert.deepEqual(stored.values, values);
      });
    }

    it('stores the real uplinks of The Things Stack and ChirpStack', async () => {
      for (const { name: sample, expect } of serverUplinks) {
        const at = Date.parse(expect.plausibleTime ?? expect.time ?? '');
        const length = (expect.payloadHex?.length ?? 0) / 2;
        await eventually(async () => {
          const stored = await rows(`server-${expect.devEui}`, ['pulse_count']);
          const found =
            Number.isNaN(at) || at < Date.UTC(2015, 0)
              ? stored
              : stored.filter((row) => Math.abs(row.time - at) < SERVER_DELAY);
          assert.ok(
            found.some((row) => row.values.pulse_count === length),
            `${sample}: ${JSON.stringify(stored)}`,
          );
        });
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
      const csv = await published('from=2018-03-18T00:00:00Z&to=2018-03-19T00:00:00Z');
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

/** The rejected messages, as the operator page lists them. */
async function rejections(installation: Installation): Promise<string[]> {
  const page = await installation.read('byflyt/operator/content');
  const section = page.slice(page.indexOf('id="rejected"'));
  return [...section.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, item = '']) => item);
}

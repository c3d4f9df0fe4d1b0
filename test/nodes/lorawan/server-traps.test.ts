/** What network servers and devices do that no single message shows. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlowDecoder } from '../../../nodes/lorawan/flow-decoder.ts';
import type { NetworkEvent, Uplink } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage, SERVER_CHOICES } from '../../../nodes/lorawan/network-server.ts';
import { readXml } from '../../../nodes/lorawan/servers/thingpark-xml.ts';
import { ByflytError, MessageError } from '../../../nodes/observation/errors.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { openEmbeddedStore } from '../../../nodes/timeseries/embedded-store.ts';
import { pointsOf } from '../../../nodes/timeseries/points.ts';
import { samplesOf } from './shared-samples.ts';
import { BIN, BIN_PAYLOAD, Town, uplink } from './town.ts';

const EUI = 'ffffffffffffff01';
const RECEIVED = '2026-01-02T12:00:05.000Z';
const body = (kind: string, name: string): unknown => {
  const sample = samplesOf(kind).find((each) => each.name === name);
  assert.ok(sample, name);
  return sample.body;
};
const refusedAs = (key: string, device?: string) => (error: unknown) =>
  error instanceof ByflytError &&
  error.key === `lorawan.error.${key}` &&
  (device === undefined || error.device === device);

describe('network servers: traps', () => {
  let town: Town;
  beforeEach(() => {
    town = new Town();
  });
  afterEach(() => town.remove());

  /** A device whose codec gives `data`, written in terms of `bytes` and `fPort`. */
  function addModel(data: string, model: object): void {
    for (const name of ['models', 'codecs']) mkdirSync(join(town.folder, name), { recursive: true });
    const whole = {
      id: 'own',
      vendor: 'Test',
      name: 'own',
      codec: 'own.js',
      interval: 60,
      mappings: [],
      ...model,
    };
    writeFileSync(join(town.folder, 'models', 'own.json'), JSON.stringify(whole));
    writeFileSync(
      join(town.folder, 'codecs', 'own.js'),
      `function decodeUplink({ bytes, fPort }) { return { data: ${data} }; }`,
    );
    town.registry.save({ id: 'own', name: 'Own', area: 'building', model: 'own', devEui: EUI });
  }

  const observe = async (message: unknown, options = {}): Promise<Observation[]> => {
    const result = await town.decoder(options).decode(message, { receivedTime: RECEIVED });
    return 'observations' in result ? result.observations : [];
  };

  /** Times in the database after all observations were written, ISO 8601 UTC, with the names of their values. */
  async function stored(observations: readonly Observation[]): Promise<[time: string, names: string[]][]> {
    const store = openEmbeddedStore(join(town.folder, 'readings.db'));
    for (const observation of observations) await store.write(pointsOf(observation));
    const fields = ['air_temperature', 'relative_humidity'];
    const rows = await store.query({ measurement: 'building', fields });
    await store.close();
    return rows.map(({ time, values }) => [new Date(time).toISOString(), Object.keys(values).sort()]);
  }

  const TEMPERATURE = { from: 't', quantity: 'air_temperature' };
  const HUMIDITY = { from: 'h', quantity: 'relative_humidity' };

  it('hourly logs that overlap between frames are stored once by their time', async () => {
    const hours =
      '[0, 1, 2].map((hour) => ({ at: 1767340800 + 3600 * (bytes[0] + hour), t: bytes[0] + hour }))';
    addModel(`{ log: ${hours} }`, { samples: 'log', time: 'at', mappings: [TEMPERATURE] });
    const frames = await Promise.all([
      observe(uplink(EUI, '00', { f_cnt: 1, received_at: '2026-01-02T12:00:04Z' })),
      observe(uplink(EUI, '01', { f_cnt: 2, received_at: '2026-01-02T12:00:04Z' })),
    ]);
    assert.equal(frames.flat().length, 6);
    const times = (await stored(frames.flat())).map(([time]) => time.slice(11, 16));
    assert.deepEqual(times, ['08:00', '09:00', '10:00', '11:00']);
  });

  it('a reading that comes in parts, each on a port of its own, is whole in the database', async () => {
    addModel('fPort === 1 ? { at: 1767322800, t: bytes[0] } : { at: 1767322800, h: bytes[0] }', {
      time: 'at',
      mappings: [TEMPERATURE, HUMIDITY],
    });
    const parts = [
      ...(await observe(uplink(EUI, '15', { f_cnt: 5, f_port: 1 }))),
      ...(await observe(uplink(EUI, '32', { f_cnt: 5, f_port: 2 }))),
    ];
    assert.deepEqual(
      parts.map(({ values }) => values),
      [{ air_temperature: 21 }, { relative_humidity: 50 }],
    );
    assert.deepEqual(await stored(parts), [
      ['2026-01-02T03:00:00.000Z', ['air_temperature', 'relative_humidity']],
    ]);
  });

  describe("the server's own values", () => {
    const decoded = { t: '-4.5', h: 'NaN' };
    const message = (fields = {}) => uplink(EUI, '15', { decoded_payload: decoded, ...fields });
    beforeEach(() => addModel('{ t: bytes[0] }', { mappings: [TEMPERATURE, HUMIDITY] }));

    it('are not used', async () => {
      assert.deepEqual((await observe(message()))[0]?.values, { air_temperature: 21 });
    });

    it('are used where a person chose that, with numbers that came as text and without those that are none', async () => {
      const [observation] = await observe(message(), { serverDecoded: true });
      assert.deepEqual(observation?.values, { air_temperature: -4.5 });
      assert.deepEqual([observation?.decoded, observation?.raw.codec], [decoded, 'network server tts-v3']);
    });

    it('are never used of a frame without bytes', async () => {
      const empty = message({ frm_payload: '', decoded_payload: { t: -32 } });
      assert.deepEqual(await observe(empty, { serverDecoded: true }), []);
    });

    it('are asked for where there is nothing else, and missed where there are none', async () => {
      const pack = body('kpn-things-senml', 'accelerometer-location');
      const id = '737b588b-547e-45d3-96d0-f79723291bf1';
      town.registry.save({ id, name: 'Tracker', area: 'building', model: 'own' });
      await assert.rejects(observe(pack), refusedAs('valuesOnly', 'Tracker'));
      const [observation] = await observe(pack, { serverDecoded: true });
      assert.equal(Object(observation?.decoded).battery, 32);
      const none = message({ decoded_payload: undefined });
      await assert.rejects(observe(none, { serverDecoded: true }), refusedAs('noServerValues', 'Own'));
    });
  });

  it('a device without DevEUI is found by its id or its address', async () => {
    const machineq = body('machineq', '2019-strings-incl-decoded');
    await assert.rejects(observe(machineq), refusedAs('noDevEui'));
    addModel('{ t: 1 }', { mappings: [TEMPERATURE] });
    town.registry.save({ id: 'own', name: 'Own', area: 'building', model: 'own', devAddr: '45108ee9' });
    assert.equal((await observe(machineq))[0]?.device.id, 'own');
  });

  it('clocks that are wrong lose against those that are right', async () => {
    const times: [what: string, message: unknown, time: string, source: string][] = [
      ['14 digits', body('helium-console', 'doc-two-hotspots-time-in-year-2472'), RECEIVED, 'arrival'],
      ['no ISO time', body('milesight-gw', 'http-am103l'), RECEIVED, 'arrival'],
      ['all empty', body('actility', 'kpn-uplink-all-empty-strings'), RECEIVED, 'arrival'],
      ['1 ms after 1970', body('loriot', 'nit-ts-1-both-data-encdata'), RECEIVED, 'arrival'],
      ['a gateway ahead', body('ttn-v2', 'cayennelpp'), '2018-04-01T13:43:31.591Z', 'arrival'],
      [
        'a server in 1980',
        body('chirpstack-v4', 'lwn-simulator20-time-1980'),
        '2023-09-27T08:57:14.',
        'gateway',
      ],
      ['without a zone', body('digimondo-firefly', 'hono'), '2019-08-29T13:41:32.891Z', 'gateway'],
    ];
    addModel('{}', {});
    for (const [what, message, time, source] of times) {
      const { devEui } = readNetworkMessage(message);
      town.registry.save({ id: 'own', name: 'Own', area: 'building', model: 'own', devEui: devEui ?? EUI });
      const [observation] = await observe(message, { scope: what });
      assert.ok(observation?.phenomenonTime.startsWith(time), `${what}: ${observation?.phenomenonTime}`);
      assert.equal(observation?.timeSource, source, what);
    }
  });

  describe('recognition', () => {
    const joined = { deveui: '00-80-00-00-00-00-e1-9a', devaddr: '0000000a' };
    const bodies: [what: string, message: Record<string, unknown>, type: string][] = [
      [
        'a downlink of The Things Network v2',
        { payload: 'AQ==', message: { app_id: 'a', dev_id: 'b', port: 1, payload_raw: 'AQ==' }, config: {} },
        'txack',
      ],
      ['a queued one', { message: { app_id: 'a', dev_id: 'b', port: 1, payload_raw: 'AQ==' } }, 'queued'],
      [
        "ChirpStack v3's transmission",
        { devEUI: 'AgICAgICAgI=', fCnt: 3, txInfo: { frequency: 868100000 } },
        'txack',
      ],
      [
        "a console's copy of an uplink",
        { category: 'uplink', sub_category: 'x', data: { payload: 'AQ==', port: 1 } },
        'log',
      ],
      ["a packet forwarder's acknowledgement", { txpk_ack: { error: 'NONE' } }, 'txack'],
      ["a report of ThingPark's next version", { DevEUI_something_new: { DevEUI: EUI } }, 'notification'],
      ["a join of MultiTech's", { ...joined, gweui: '00-80-00-00-00-00-e1-9c' }, 'join'],
    ];
    for (const [what, message, type] of bodies) {
      it(`knows ${what} for no uplink`, () => {
        assert.equal((readNetworkMessage(message) as NetworkEvent).type, type);
      });
    }

    const topics: [topic: string, message: Record<string, unknown>, type: string][] = [
      ['lora/00-80-00-00-00-00-e1-9a/joined', joined, 'join'],
      ['lora/00-80-00-00-00-00-e1-9a/packet_sent', { ...joined, data: 'AQ==', port: 1 }, 'txack'],
      [
        'my-app/devices/one/events/activations',
        { dev_eui: '0102030405060708', dev_addr: '26012345' },
        'join',
      ],
      ['my-app/devices/one/events/down/sent', { message: { payload_raw: 'AQ==' } }, 'txack'],
      [
        'application/1/device/0202020202020202/event/integration',
        { devEUI: '0202020202020202' },
        'integration',
      ],
    ];
    for (const [topic, message, type] of topics) {
      it(`by the topic ${topic}`, () => {
        assert.equal((readNetworkMessage(message, topic) as NetworkEvent).type, type);
      });
    }

    it('of a message inside another', () => {
      const inner = body('loriot', 'tb-gw-bosch');
      const text = JSON.stringify(inner);
      for (const outer of [
        { data: inner },
        { body: { message: inner } },
        { result: inner },
        { Message: text },
      ]) {
        assert.equal((readNetworkMessage(outer) as Uplink).payloadHex, '0112');
      }
    });

    it('of JSON that is still a text, or bytes', () => {
      const text = JSON.stringify(body('loriot', 'tb-gw-bosch'));
      for (const message of [text, ` ${text}`, Buffer.from(text)]) {
        assert.equal((readNetworkMessage(message) as Uplink).payloadHex, '0112');
      }
      for (const message of ['{"a":', '{} x', '"text"']) {
        assert.throws(() => readNetworkMessage(message), refusedAs('notJson'));
      }
    });

    it("of KPN's developer portal, which sends ThingPark's fields alone", () => {
      const { network, fCnt, time, rssi, deviceId } = readNetworkMessage({
        ...{ DevEUI: '0059AC0000181EB6', FPort: 1, FCntUp: 0, payload_hex: 'effe', Time: 1473419836813 },
        ...{ LrrRSSI: '-100.000000', Lrrid: 'FF010345', CustomerData: '{"name":"Bin"}' },
      }) as Uplink;
      assert.deepEqual(
        [network, fCnt, time, rssi, deviceId],
        ['actility', 0, '2016-09-09T11:17:16.813Z', -100, 'Bin'],
      );
    });

    it('does not open what an intake would not let in', () => {
      const deep = `{"devEUI":"0202020202020202","data":"AQ==","object":${'['.repeat(5000)}${']'.repeat(5000)}}`;
      assert.throws(() => readNetworkMessage({ data: deep }), refusedAs('unknownFormat'));
      const { decoded } = readNetworkMessage({
        ...{ devEUI: '0202020202020202', fPort: 1, data: 'AQ==' },
        objectJSON: `{"a":${'['.repeat(99)}${']'.repeat(99)}}`,
      }) as Uplink;
      assert.equal(decoded, undefined);
    });

    it('can be overruled', () => {
      const message = body('netmore', 'vegapuls-air-41') as unknown[];
      assert.equal(readNetworkMessage(message[0], undefined, 'netmore').network, 'netmore');
      assert.throws(() => readNetworkMessage(message[0], undefined, 'tts-v3'), refusedAs('otherFormat'));
      assert.equal(new Set(SERVER_CHOICES.map(({ id }) => id)).size, SERVER_CHOICES.length);
    });
  });

  it('a mapping reads what nobody knows, list by list, and its events are none of the readings', async () => {
    const mapping = async (message: unknown) => {
      const { eui, bytes, kind } = message as Record<string, string>;
      return kind === 'alive'
        ? { devEui: eui, event: 'status' }
        : { devEui: eui, fPort: 85, payloadHex: bytes };
    };
    const flow = new FlowDecoder(town.decoder({ mapping }), { settle: () => undefined });
    const { readings, events, problem } = await flow.decode({
      payload: [
        { eui: BIN.devEui, bytes: BIN_PAYLOAD },
        { eui: BIN.devEui, kind: 'alive' },
        { eui: BIN.devEui },
      ],
    });
    assert.deepEqual([readings.length, events.map(({ payload }) => payload.type)], [1, ['status', 'empty']]);
    assert.equal(problem, undefined);
    const broken = town.decoder({ mapping: async () => 7 });
    await assert.rejects(broken.decode({}, { receivedTime: RECEIVED }), refusedAs('mappingNoObject'));
  });
});

describe("ThingPark's XML", () => {
  const report = (content: string) =>
    `<DevEUI_uplink xmlns="http://uri.actility.com/lora">${content}</DevEUI_uplink>`;

  it('has texts, lists and entities as JSON has them', () => {
    const xml = report('<a>&lt;&amp;&#248;&#xE5;&quot;</a><b/><Lrr><i>1</i></Lrr><Lrr><i>2</i></Lrr>');
    assert.deepEqual(readXml(`\uFEFF<?xml version="1.0" encoding="UTF-8"?>\r\n${xml}\n`), {
      DevEUI_uplink: { a: '<&øå"', b: '', Lrr: [{ i: '1' }, { i: '2' }] },
    });
    assert.deepEqual(readXml('<ns:x xmlns:ns="u"><ns:y>1</ns:y></ns:x>'), { x: { y: '1' } });
    assert.deepEqual(readXml('<x><__proto__>1</__proto__></x>'), { x: JSON.parse('{"__proto__":"1"}') });
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>`;
  const refused: [what: string, xml: string][] = [
    ['a document type', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'],
    ['an entity bomb', bomb],
    ['an entity of its own', '<x>&b;</x>'],
    ['an entity of the language', '<x>&constructor;</x>'],
    ['a character that is none', '<x>&#x110000;</x>'],
    ['CDATA', '<x><![CDATA[a]]></x>'],
    ['a comment', '<x><!-- a --></x>'],
    ['an instruction', '<x><?php a ?></x>'],
    ['no end', '<x><y></x>'],
    ['no start', '</x>'],
    ['two roots', '<x/><y/>'],
    ['text outside', 'a<x/>'],
    ['text beside elements', '<x>a<y/></x>'],
    ['too many levels', '<a>'.repeat(40) + '</a>'.repeat(40)],
    ['many levels without an end', '<a>'.repeat(300_000)],
    ['a tag without an end', `<a ${'b="c" '.repeat(20_000)}`],
    ['spaces without an end', `<a${' '.repeat(300_000)}`],
    ['spaces around nothing', `<a b${' '.repeat(100_000)}=${' '.repeat(100_000)}`],
    ['nothing', ''],
  ];
  for (const [what, xml] of refused) {
    it(`is refused with ${what}`, () => {
      const start = performance.now();
      assert.throws(() => readXml(xml), MessageError);
      assert.ok(performance.now() - start < 500, 'in no time');
    });
  }
});

import assert from 'node:assert/strict';
import { ByflytError } from '../../../nodes/observation/errors.ts';
import { LANGUAGES, translate } from '../../../nodes/observation/messages.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { type Sample, samplesOf } from '../lorawan/shared-samples.ts';
import { datagram, IMEI, NOW, ndds20, RECEIVED, Town } from './town.ts';

const failsWith = (key: string, device?: string) => (error: unknown) => {
  assert.ok(error instanceof ByflytError);
  assert.deepEqual([error.key, error.device], [key, device]);
  return true;
};
const brief = (observations: readonly Observation[]) =>
  observations.map(({ device, phenomenonTime, timeSource, values }) => [
    device.id,
    phenomenonTime,
    timeSource,
    values,
  ]);
const sample = (kind: string, name: string): Sample => {
  const found = samplesOf(kind).find((each) => each.name === name);
  assert.ok(found, name);
  return found;
};

describe('NB-IoT decoder', () => {
  it('reads a datagram by the device’s model, as the help of the node shows', async () => {
    const payload = Buffer.from('f35209900176148100840cf41e010008446967a8f0', 'hex');
    const receivedTime = '2026-01-14T14:32:20.000Z';
    const [reading] = await new Town().decode(datagram(payload), { receivedTime, journalId: '17' });
    assert.ok(reading);
    assert.deepEqual(brief([reading]), [
      [
        'container',
        '2026-01-14T14:32:16.000Z',
        'device',
        { distance: 2.116, battery_voltage: 3.316, fill_level: 19.2 },
      ],
    ]);
    assert.deepEqual(reading.link, { network: 'nbiot', rssi: -53, clockOffset: -4 });
    assert.equal(reading.raw.payloadHex, payload.toString('hex'));
    assert.equal(reading.raw.journalId, '17');
    assert.equal(reading.raw.codec, 'dragino-ndds20');
  });

  it('gives stored samples as readings of their own, oldest first; a sample that came before is passed over', async () => {
    const town = new Town();
    const payload = Buffer.from(String(sample('nbiot-dragino', 'nse01-hex-with-stored-record').body), 'hex');
    const receivedTime = '2022-09-07T09:07:00.000Z';
    const first = await town.decode(datagram(payload), { receivedTime });
    assert.deepEqual(
      first.map(({ phenomenonTime, stored, timeSource }) => [phenomenonTime, stored, timeSource]),
      [
        ['2022-09-05T01:40:11.000Z', true, 'device'],
        ['2022-09-07T09:06:33.000Z', undefined, 'device'],
      ],
    );
    assert.deepEqual(await town.decode(datagram(payload), { receivedTime: '2022-09-07T09:20:00.000Z' }), []);
    // The journal gives the first message once more after a crash, also if the decoder's memory survived it.
    town.state.restart();
    assert.deepEqual(await town.decode(datagram(payload), { receivedTime }), first);
  });

  it('reads a platform’s request by its modem, with the platform’s time', async () => {
    const received = Date.parse(RECEIVED) - 60_000;
    const request = {
      type: 'data',
      device: { deviceId: 'd1', collectionId: 'c1', imei: IMEI, imsi: '1' },
      payload: ndds20(1500, 0).toString('base64'),
      received: `${received}`,
    };
    const [reading] = await new Town().decode(request);
    assert.ok(reading);
    assert.deepEqual(brief([reading])[0]?.slice(0, 3), ['container', '2026-01-15T11:59:00.000Z', 'arrival']);
    assert.equal(reading.values.fill_level, 50);
  });

  it('reads each message of a request with several, and what is wrong with one leaves the others', async () => {
    const town = new Town();
    const device = { deviceId: 'd1', collectionId: 'c1', imei: IMEI };
    const good = { type: 'data', device, payload: ndds20(1500, NOW).toString('base64') };
    const singles = town.decoder.split({ messages: [good, { ...good, payload: '*' }, good] });
    assert.equal(singles.length, 3);
    assert.equal((await town.decode(singles[0])).length, 1);
    await assert.rejects(async () => town.decode(singles[1]), failsWith('nbiot.error.platformPayload'));
    assert.deepEqual(town.decoder.split([{ n: 'a', v: 1 }]), [[{ n: 'a', v: 1 }]]);
    assert.equal(town.decoder.split([good, good]).length, 2);
    let nested: unknown = good;
    for (let level = 0; level < 50_000; level++) nested = [nested];
    assert.equal(town.decoder.split([nested, good]).length, 2);
  });

  it('keeps what a platform says beside its reports', () => {
    const report = { serialNumber: `IMEI:${IMEI}`, resourcePath: '/19/0/0', value: '00' };
    const request = {
      reports: [report, report],
      registrations: [{ serialNumber: IMEI }],
      deregistrations: [],
    };
    assert.deepEqual(new Town().decoder.split(request), [
      { reports: [report] },
      { reports: [report] },
      { reports: [], registrations: [{ serialNumber: IMEI }], deregistrations: [] },
    ]);
  });

  it('reads SenML by content format or model: quantities by name and unit, relative times from arrival', async () => {
    const pack = [
      { bn: 'urn:dev:mac:0024befffe804ff1:', n: 'water_level', u: 'cm', v: 120 },
      { n: 'water_level', u: 'cm', v: 100, t: -600 },
      { n: 'water_temperature', u: 'Cel', v: 4.5 },
      { n: 'distance', v: 900 },
      { n: 'mood', vs: 'good' },
    ];
    const expected = [
      ['senml', '2026-01-15T11:50:00.000Z', 'arrival', { water_level: 1 }],
      ['senml', RECEIVED, 'arrival', { water_level: 1.2, water_temperature: 4.5 }],
    ];
    const unknown: string[] = [];
    const town = new Town({ onUnknownNames: (_device, names) => void unknown.push(...names) });
    const coap = { transport: 'coap', endpoint: 'level-1' } as const;
    assert.deepEqual(brief(await town.decode(datagram(pack, { ...coap, contentFormat: 110 }))), expected);
    assert.deepEqual(brief(await town.decode(datagram(pack, coap))), expected);
    assert.deepEqual(brief(await town.decode(pack, { topic: 'sensors/level-1/up' })), expected);
    // A unit is never guessed.
    assert.deepEqual(unknown, ['distance', 'mood']);
  });

  it('reads LwM2M by its objects, and says whose it is by the endpoint’s IMEI', async () => {
    const body = Buffer.from('e4164441a00000', 'hex');
    const notification = datagram(body, {
      transport: 'lwm2m',
      endpoint: 'urn:imei:490154203237518',
      path: '/3303/0',
      contentFormat: 11_542,
    });
    const [reading] = await new Town().decode(notification, { transport: 'lwm2m/server' });
    assert.ok(reading);
    assert.deepEqual(brief([reading]), [['lwm2m', RECEIVED, 'arrival', { air_temperature: 20 }]]);
  });

  it('hands the vendor’s bytes in an opaque resource to the model’s codec', async () => {
    const payload = ndds20(1500, NOW);
    for (const contentFormat of [42, 11_542]) {
      const bytes =
        contentFormat === 42 ? payload : Buffer.concat([Buffer.from([0xc8, 0, payload.length]), payload]);
      const over = { transport: 'lwm2m', endpoint: IMEI, path: '/19/0/0', contentFormat } as const;
      const path = contentFormat === 42 ? '/19/0/0' : '/19/0';
      const [reading] = await new Town().decode(datagram(bytes, { ...over, path }));
      assert.equal(reading?.values.distance, 1.5);
    }
  });

  it('reads JSON of the device over MQTT, by its model or as wrapped bytes', async () => {
    const json = {
      IMEI: '868508064807350',
      battery: 3.5,
      signal: 99,
      digital_in: 0,
      time: '2026/01/15 11:59:30',
    };
    const [own] = await new Town().decode(json);
    assert.deepEqual(own?.values, { battery_voltage: 3.5, digital_input: false });
    // 99 is no signal strength.
    assert.deepEqual(own.link, { network: 'nbiot', clockOffset: -30 });
    const bytes = ndds20(1500, NOW);
    for (const data of [bytes.toString('hex'), bytes.toString('base64')]) {
      const [wrapped] = await new Town().decode({ imei: IMEI, data });
      assert.equal(wrapped?.values.fill_level, 50);
    }
    const [bare] = await new Town().decode(bytes);
    assert.equal(bare?.device.id, 'container');
  });

  it('knows a device by the field that staff named, and by a mapping', async () => {
    const pack = { serial: 'level-1', water_level: 2 };
    await assert.rejects(async () => new Town().decode(pack), failsWith('nbiot.error.noIdentity'));
    const [own] = await new Town({ identityField: 'serial' }).decode(pack);
    assert.equal(own?.device.id, 'senml');
    const mapping = () => ({
      imei: Number(IMEI),
      payloadHex: ndds20(1500, NOW).toString('hex'),
      time: '2026-01-15T11:58:00Z',
      rssi: -71,
    });
    const [mapped] = await new Town({ mapping }).decode({});
    assert.deepEqual([mapped?.device.id, mapped?.link?.rssi], ['container', -53]);
    const town = new Town({ mapping: () => ({ event: 'battery-change', endpoint: 'level-1' }) });
    assert.equal((await town.event({}))?.type, 'battery-change');
    for (const [result, key] of [
      [7, 'mappingNoObject'],
      [{ imei: IMEI }, 'mappingPayload'],
      [{ imei: IMEI, payloadHex: 'x' }, 'mappingPayload'],
    ] as const)
      await assert.rejects(
        async () => new Town({ mapping: () => result }).decode({}),
        failsWith(`nbiot.error.${key}`),
      );
  });

  it('asks the topic only where nothing else says whose a message is, and lists nobody by it', async () => {
    const town = new Town();
    const [bin] = await town.decode(
      { imei: IMEI, data: ndds20(1500, NOW).toString('hex') },
      { topic: 'in/level-1' },
    );
    assert.equal(bin?.device.id, 'container');
    await assert.rejects(
      async () => town.decode([{ n: 'water_level', u: 'm', v: 1 }], { topic: 'sensors/shed/up' }),
      failsWith('nbiot.error.noIdentity'),
    );
    assert.deepEqual(town.strangers, []);
  });

  it('lists a stranger under what it said of itself, and says so once', async () => {
    const town = new Town();
    const message = datagram(Buffer.from('f8695330300000010084', 'hex'), { endpoint: 'shed' });
    await assert.rejects(async () => town.decode(message), failsWith('nbiot.error.unknown.endpoint'));
    assert.deepEqual(await town.decode(message), []);
    assert.deepEqual(
      town.strangers.map(({ endpoint, address, network }) => [endpoint, address, network]),
      [['shed', '10.0.0.99', 'udp']],
    );
    for (const field of ['imei', 'imsi', 'endpoint', 'address'])
      for (const language of LANGUAGES)
        assert.match(translate(language, `nbiot.error.unknown.${field}`, { identity: 'X17' }), /X17/);
  });

  it('believes no envelope from where everybody can write', async () => {
    const forged = datagram([{ n: 'water_level', u: 'm', v: 9 }], {
      source: { address: '10.0.0.7', port: 1 },
    });
    assert.equal((await new Town().decode(forged, { transport: 'nbiot/intake' })).length, 1);
    // The MQTT node of Node-RED's core says nothing of where a message is from.
    for (const transport of ['mqtt/intake', undefined]) {
      await assert.rejects(
        async () => new Town().decode(forged, { transport }),
        failsWith('nbiot.error.noIdentity'),
        transport,
      );
    }
  });

  it('leaves devices of other areas to their flows', async () => {
    const served = { has: (area: string) => area === 'waste' };
    const message = datagram(ndds20(1500, NOW));
    assert.deepEqual(await new Town({ area: 'water', served }).decode(message), []);
    await assert.rejects(
      async () => new Town({ area: 'water', served: { has: () => false } }).decode(message),
      failsWith('lorawan.error.noFlowForArea', 'Container'),
    );
  });

  it('names the device in what goes wrong', async () => {
    const short = datagram(Buffer.from(`f${IMEI}0084`, 'hex'));
    await assert.rejects(
      async () => new Town().decode(short),
      failsWith('codec.error.truncated', 'Container'),
    );
    const text = datagram(Buffer.from('hello'), { endpoint: 'level-1' });
    await assert.rejects(async () => new Town().decode(text), failsWith('codec.error.cbor', 'SenML'));
    const models = { get: () => undefined, codecFor: () => assert.fail() };
    await assert.rejects(
      async () => new Town({ models }).decode(datagram(ndds20(1500, NOW))),
      failsWith('lorawan.error.unknownModel', 'Container'),
    );
    await assert.rejects(async () => new Town().decode(7), failsWith('nbiot.error.notMessage'));
  });

  it('makes no reading of an empty message or of a platform’s event', async () => {
    const town = new Town();
    assert.equal((await town.event(datagram(Buffer.alloc(0), { endpoint: 'level-1' })))?.type, 'empty');
    const event = await town.event({ type: 'ERROR', device: { iccid: '8988280666000002864' } });
    assert.equal(event?.type, 'error');
  });
});

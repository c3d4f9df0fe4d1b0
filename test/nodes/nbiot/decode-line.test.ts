/** `byflyt decode` with messages of NB-IoT devices. */
import assert from 'node:assert/strict';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { decodeNbiotLine, nbiotFormat } from '../../../nodes/nbiot/decode-line.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';

const RECEIVED = '2026-01-15T12:00:00.000Z';
const BASE = Date.parse(RECEIVED) / 1000;

const context = { models: ModelCatalog.open(), language: 'en-US' } as const;

async function decode(line: object): Promise<Observation[]> {
  const whole = { receivedTime: RECEIVED, ...line };
  return (await decodeNbiotLine(whole, nbiotFormat(whole) ?? '', context)) as Observation[];
}

/** Object id -> a value of its IPSO resource, with units if stated, and what becomes of it. */
const MEANINGS: readonly [path: string, value: object, units: string | undefined, expected: object][] = [
  ['/3303/0/5700', { v: -4.5 }, undefined, { air_temperature: -4.5 }],
  ['/3303/0/5700', { v: 23 }, 'F', { air_temperature: -5 }],
  ['/3303/0/5700', { v: 21.5 }, 'C', { air_temperature: 21.5 }],
  ['/3304/2/5700', { v: 45 }, '%RH', { relative_humidity: 45 }],
  ['/3315/0/5700', { v: 101_325 }, undefined, { air_pressure: 1013.25 }],
  ['/3315/0/5700', { v: 1013.25 }, 'hPa', { air_pressure: 1013.25 }],
  ['/3330/0/5700', { v: 182 }, 'cm', { distance: 1.82 }],
  ['/3301/0/5700', { v: 420 }, 'lux', { illuminance: 420 }],
  ['/3331/0/5805', { v: 12_500 }, undefined, { energy: 12.5 }],
  ['/3200/0/5500', { vb: true }, undefined, { digital_input: true }],
  ['/3/0/9', { v: 87 }, undefined, { battery_level: 87 }],
  ['/3/0/7/0', { v: 3600 }, undefined, { battery_voltage: 3.6 }],
  // A unit that does not fit, and an object that measures anything: not guessed.
  ['/3303/0/5700', { v: 21 }, 'furlong', {}],
  ['/3303/0/5700', { v: 21 }, 'Pa', {}],
  ['/3300/0/5700', { v: 21 }, undefined, {}],
];

describe('lines of byflyt decode from NB-IoT devices', () => {
  for (const [path, value, units, expected] of MEANINGS) {
    it(`${path} ${Object.values(value)} ${units ?? ''} is ${JSON.stringify(expected)}`, async () => {
      const unit = units === undefined ? [] : [{ n: path.replace(/\d+$/, '5701'), vs: units }];
      const [observation] = await decode({ senml: [{ n: path, ...value }, ...unit] });
      assert.deepEqual(observation?.values, expected);
    });
  }

  it('give what a datagram of CoAP carries, by its content format', async () => {
    // POST /bins with SenML JSON, and the same in blocks, cut off, and without anything.
    const payload = Buffer.from(`[{"bt":${BASE},"n":"/3303/0/5700","v":21.5}]`).toString('hex');
    const [observation] = await decode({ coap: `440200010a0b0c0db462696e73116eff${payload}` });
    assert.deepEqual(observation?.values, { air_temperature: 21.5 });
    assert.equal(observation?.phenomenonTime, RECEIVED);
    const refused: [coap: string, key: string][] = [
      [`440200010a0b0c0db462696e73116ed1020eff${payload}`, 'coapPart'],
      [`440200010a0b0c0db46269`, 'coapTruncated'],
      ['40000001', 'coapEmpty'],
      ['zz', 'notHex'],
    ];
    for (const [coap, key] of refused) {
      const [result] = await decodeNbiotLine({ coap }, 'coap', context);
      assert.equal((result as { error: { key: string } }).error.key, `nbiot.error.${key}`);
    }
  });

  it('give the readings of a vendor’s bytes in a datagram of CoAP', async () => {
    const [sample] = samplesOf('nbiot-efento');
    const [observation] = await decode({ coap: `40020001b16dff${sample?.body}`, model: 'efento-nb' });
    assert.ok(Object.keys(observation?.values ?? {}).length > 0, JSON.stringify(observation));
  });

  it('give one Observation per moment, oldest first, with the device’s clock', async () => {
    const senml = [
      { bn: '/3303/0/', n: '5700', v: 21.3, bt: BASE },
      { n: '5700', v: 20, t: -600 },
      { n: '5700', v: 20.5, t: -300 },
    ];
    const observations = await decode({ senml });
    assert.deepEqual(
      observations.map(({ phenomenonTime, timeSource, values }) => [phenomenonTime, timeSource, values]),
      [
        ['2026-01-15T11:50:00.000Z', 'device', { air_temperature: 20 }],
        ['2026-01-15T11:55:00.000Z', 'device', { air_temperature: 20.5 }],
        ['2026-01-15T12:00:00.000Z', 'device', { air_temperature: 21.3 }],
      ],
    );
  });

  it('know the age of a sample of a device without a clock', async () => {
    const [oldest] = await decode({ senml: [{ bn: '/3303/0/5700', v: 20, t: -120 }] });
    assert.equal(oldest?.phenomenonTime, '2026-01-15T11:58:00.000Z');
  });

  it('keep all that came, and never a key', async () => {
    // /0/0/5 is the secret key of the security object, /0/0/0 the server's address.
    const lwm2mTlv = `c80006${Buffer.from('coap:/').toString('hex')}c505aabbccddee`;
    const [observation] = await decode({ lwm2mTlv, path: '/0/0' });
    assert.deepEqual(observation?.decoded, { '/0/0/0': 'coap:/' });
    const named = [
      { n: '/0/0/0', vs: 'coap:/' },
      { n: '/0/0/5', vd: 'c2VjcmV0' },
      { n: '0/0/3', vs: 'name' },
      { n: 'urn:dev:os:1:/21/0/0', vd: 'c2VjcmV0' },
    ];
    const lines = [
      { senml: named },
      {
        lwm2mJson: {
          bn: '/0/0/',
          e: [
            { n: '0', sv: 'coap:/' },
            { n: '5', sv: 'secret' },
          ],
        },
      },
    ];
    for (const line of lines) {
      const [open] = await decode(line);
      const text = JSON.stringify(open?.decoded);
      assert.ok(text.includes('coap:/') && !/secret|name|c2VjcmV0|736563/.test(text), text);
    }
  });

  it('read numbers of 32 bits as what they mean', async () => {
    const float = Buffer.alloc(4);
    float.writeFloatBE(21.3);
    const [observation] = await decode({ lwm2mTlv: `e41644${float.toString('hex')}`, path: '/3303/0' });
    assert.deepEqual(observation?.decoded, { '/3303/0/5700': 21.3 });
    assert.deepEqual(observation?.values, { air_temperature: 21.3 });
  });

  it('show CBOR as it was sent', async () => {
    const [observation] = await decode({ cbor: 'a26474656d70c48221196ab3636e657743010203' });
    assert.deepEqual(observation?.decoded, { temp: 273.15, new: '010203' });
  });

  it('read a platform’s request: its time, and the device’s bytes by its model', async () => {
    const webhook = {
      device: { deviceId: 'd1', collectionId: 'c1', imei: '867787050213317' },
      payload: Buffer.from('03670100', 'hex').toString('base64'),
      received: `${Date.parse(RECEIVED) - 60_000}`,
    };
    const [observation] = await decode({ webhook, model: 'milesight-am307l' });
    assert.equal(observation?.device.id, 'd1');
    assert.equal(observation?.phenomenonTime, '2026-01-15T11:59:00.000Z');
    assert.deepEqual(observation?.values, { air_temperature: 0.1 });
  });

  it('say what is no reading', async () => {
    const webhook = { type: 'ERROR', device: { iccid: '8988280666000002864' }, received: '1649931594333' };
    assert.deepEqual(await decodeNbiotLine({ webhook }, 'webhook', context), [
      {
        event: {
          kind: 'event',
          type: 'error',
          platform: '1nce',
          deviceId: '8988280666000002864',
          iccid: '8988280666000002864',
          time: '2022-04-14T10:19:54.333Z',
        },
      },
    ]);
  });

  for (const [line, key] of [
    [{ webhook: { hello: 1 } }, 'nbiot.error.platformUnknown'],
    [{ udp: '00', model: 'no-such' }, 'lorawan.error.unknownModel'],
    [{ cbor: 'zz' }, 'nbiot.error.notHex'],
    [{ cbor: '82' }, 'codec.error.cbor'],
    [{ lwm2mTlv: 'c3370102', path: '/3/0' }, 'nbiot.error.tlvTruncated'],
    [{ lwm2mTlv: 'c10001', path: '3303' }, 'nbiot.error.lwm2mBadPath'],
    [{ lwm2mTlv: 'c3091122', path: '/3/0' }, 'nbiot.error.tlvTruncated'],
    [{ lwm2mTlv: 'c309112233', path: '/3/0' }, 'nbiot.error.lwm2mBadValue'],
    [{ senml: { n: 'a' } }, 'nbiot.error.senmlNotArray'],
    [{ lwm2mJson: [] }, 'nbiot.error.lwm2mJson'],
  ] as const) {
    it(`answer ${JSON.stringify(line)} with a sentence`, async () => {
      const [result] = await decodeNbiotLine(line, nbiotFormat(line) ?? '', context);
      const { error } = result as { error: { key: string; message: string } };
      assert.equal(error.key, key);
      assert.match(error.message, /^[A-Z“].*\.$/);
    });
  }
});

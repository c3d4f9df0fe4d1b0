import assert from 'node:assert/strict';
import type { NetworkEvent, NetworkMessage, Uplink } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage, splitMessages } from '../../../nodes/lorawan/network-server.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { choosePhenomenonTime } from '../../../nodes/observation/time.ts';
import { type Sample, samplesOf } from './shared-samples.ts';

/** Keys of `expect` that say nothing about a single message here. */
const NOT_HERE = new Set([
  'values', // the server's own decoded object, which Byflyt does not use
  'plausibleTime', // checked below, by the time rule
  'messages',
  'duplicateOf',
  'count',
  'items',
]);

/** Facts that must be absent when the sample does not have them, never a zero. */
const NEVER_INVENTED = [
  'rssi',
  'snr',
  'gatewayId',
  'gatewayTime',
  'sf',
  'bandwidthHz',
  'frequencyHz',
  'bitRate',
  'time',
];

const EVENT_NAMES: Record<string, string> = { uplink: 'uplink', empty: 'uplink', 'mac-only': 'uplink' };

function check(message: NetworkMessage, expect: Record<string, unknown>): void {
  const fields = message as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(expect)) {
    if (!NOT_HERE.has(key)) assert.deepEqual(fields[key], value, key);
  }
  if (message.kind === 'uplink') {
    for (const key of NEVER_INVENTED) if (!(key in expect)) assert.equal(fields[key], undefined, key);
  }
}

function single(sample: Sample): NetworkMessage {
  return readNetworkMessage(sample.body, sample.topic);
}

for (const kind of ['tts-v3', 'chirpstack-v4']) {
  describe(`network server messages: ${kind}`, () => {
    for (const sample of samplesOf(kind)) {
      if (sample.event === 'invalid') {
        it(`${sample.name} is refused`, () => assert.throws(() => single(sample), MessageError));
      } else if (Array.isArray(sample.body)) {
        it(`${sample.name}: each message once`, () => {
          const messages = splitMessages(sample.body).map((body) => readNetworkMessage(body, sample.topic));
          const expected = (sample.expect.items as Record<string, unknown>[] | undefined) ?? [{}];
          assert.equal(messages.length, expected.length);
          for (const [index, expect] of expected.entries()) {
            const message = messages[index];
            assert.ok(message);
            if (sample.expect.items !== undefined) check(message, expect);
          }
        });
      } else {
        it(`${sample.name} is ${sample.event}`, () => {
          const message = single(sample);
          assert.equal(
            message.kind === 'uplink' ? 'uplink' : message.type,
            EVENT_NAMES[sample.event] ?? sample.event,
          );
          check(message, sample.expect);
        });
      }
    }
  });
}

describe('network server messages', () => {
  it('takes the plausible clock when the server counts from 1980', () => {
    const sample = samplesOf('chirpstack-v4').find(({ name }) => name === 'lwn-simulator20-time-1980');
    assert.ok(sample);
    const { time, gatewayTime } = single(sample) as Uplink;
    const received = '2023-09-27T08:57:15.000Z';
    const chosen = choosePhenomenonTime({
      ...(gatewayTime === undefined ? {} : { gateway: gatewayTime }),
      ...(time === undefined ? {} : { network: time }),
      received,
    });
    assert.equal(chosen.phenomenonTime, sample.expect.plausibleTime);
  });

  it('reads a gateway bridge event with its reception', () => {
    const sample = samplesOf('chirpstack-gw-bridge-v2').find(({ event }) => event === 'uplink');
    assert.ok(sample);
    const uplink = single(sample) as Uplink;
    assert.equal(uplink.frameHex, sample.expect.phyHex);
    for (const key of ['rssi', 'snr', 'gatewayId', 'time'] as const)
      assert.equal(uplink[key], sample.expect[key]);
    assert.deepEqual([uplink.sf, uplink.bandwidthHz, uplink.frequencyHz], [12, 125_000, 868_300_000]);
  });

  it('reads a gateway bridge event of version 4', () => {
    const uplink = readNetworkMessage({
      phyPayload: 'QJRVBgCCBQADBwH9ejbVbA==',
      txInfo: {
        frequency: 868_100_000,
        modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
      },
      rxInfo: {
        gatewayId: '0016c001f153a14c',
        uplinkId: 1,
        gwTime: '2026-01-02T03:04:05.678901Z',
        rssi: -70,
      },
    }) as Uplink;
    assert.equal(uplink.frameHex, '4094550600820500030701fd7a36d56c');
    assert.equal(uplink.time, '2026-01-02T03:04:05.678Z');
    assert.deepEqual([uplink.rssi, uplink.snr, uplink.sf, uplink.receptions], [-70, 0, 7, 1]);
  });

  it('takes the same frame in hex and in base64', () => {
    for (const phyPayload of ['4094550600820500030701fd7a36d56c', 'QJRVBgCCBQADBwH9ejbVbA==']) {
      assert.equal(
        (readNetworkMessage({ phyPayload }) as Uplink).frameHex,
        '4094550600820500030701fd7a36d56c',
      );
    }
  });

  it('prefers the strongest reception, then the better SNR, and counts gateways once', () => {
    const rx = (gatewayId: string, rssi: number, snr: number) => ({ gatewayId, rssi, snr });
    const uplink = readNetworkMessage({
      deviceInfo: { devEui: '0101010101010101' },
      fCnt: 1,
      fPort: 2,
      data: 'AQ==',
      rxInfo: [rx('a', -90, 5), rx('b', -80, 3), rx('b', -80, 7), rx('c', -100, 9)],
    }) as Uplink;
    assert.deepEqual([uplink.gatewayId, uplink.rssi, uplink.snr], ['b', -80, 7]);
    assert.deepEqual([uplink.receptions, uplink.distinctGateways], [4, 3]);
  });

  it('gives an FSK uplink its bit rate and no SNR', () => {
    const uplink = readNetworkMessage({
      uplink_message: {
        f_port: 1,
        frm_payload: 'AQ==',
        rx_metadata: [{ gateway_ids: { gateway_id: 'g' }, rssi: -50 }],
        settings: { data_rate: { fsk: { bit_rate: 50_000 } } },
      },
    }) as Uplink;
    assert.deepEqual([uplink.bitRate, uplink.snr, uplink.sf], [50_000, undefined, undefined]);
  });

  const events: [string, Record<string, unknown>][] = [
    ['ack', { queueItemId: 'q', acknowledged: true, fCntDown: 3 }],
    ['status', { margin: 7, externalPowerSource: false, batteryLevel: 75.2 }],
    ['location', { location: { latitude: 69.1, longitude: 18.2, accuracy: 20 } }],
    ['integration', { integrationName: 'loracloud', eventType: 'x' }],
  ];
  for (const [type, fields] of events) {
    it(`knows a ChirpStack ${type} event by its body`, () => {
      const message = readNetworkMessage({
        deviceInfo: { devEui: '0101010101010101' },
        time: '2026-01-01T00:00:00Z',
        ...fields,
      });
      assert.equal((message as NetworkEvent).type, type);
    });
  }

  for (const message of [undefined, null, 7, 'text', [], Buffer.from('x')]) {
    it(`refuses ${JSON.stringify(message)}`, () => {
      assert.throws(() => readNetworkMessage(message), MessageError);
    });
  }

  const AA = { frm_payload: 'AA==' };
  const wrong: [what: string, uplink: object, key: string][] = [
    ['a payload that is no base64', { f_port: 1, frm_payload: '%%%' }, 'payloadNotBase64'],
    ['a payload that was cut', { f_port: 1, frm_payload: 'AAAAA' }, 'payloadNotBase64'],
    [
      'a payload that no frame holds',
      { f_port: 1, frm_payload: Buffer.alloc(256).toString('base64') },
      'payloadTooLong',
    ],
    ...[300, -1, 1.5, 'x', true, {}].map((f_port): [string, object, string] => [
      `port ${JSON.stringify(f_port)}`,
      { ...AA, f_port },
      'portNotReadable',
    ]),
  ];
  for (const [what, uplink_message, key] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readNetworkMessage({ uplink_message }),
        (error) => error instanceof MessageError && error.key === `lorawan.error.${key}`,
      );
    });
  }

  it('knows no counter that 32 bits do not hold', () => {
    for (const f_cnt of [-1, 0.5, 1e308, 2 ** 32, 'x']) {
      assert.equal(
        (readNetworkMessage({ uplink_message: { ...AA, f_port: 1, f_cnt } }) as Uplink).fCnt,
        undefined,
      );
    }
  });
});

/**
 * What the end-to-end test sends: the real ski-trail readings, real vendor payloads, real messages of network servers,
 * encrypted frames, and messages that must become errors.
 */
import { encryptedFrame } from '../../nodes/simulator/frame.ts';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import type { Publication } from '../support/mqtt.ts';
import { sharedLines, skiTrailPayload, skiTrailReadings, thingsStackUplink } from './uplinks.ts';
import { vendorPayloads } from './vendor-payloads.ts';

const NWK_S_KEY = '000102030405060708090a0b0c0d0e0f';
export const APP_S_KEY = 'f0e0d0c0b0a090807060504030201000';
export const FRAME_DEVICE = { id: 'framed', devEui: '70b3d57ed0000f01', devAddr: '260b1f01' };

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
export const serverUplinks = samples.filter(
  ({ event, reading, expect }) =>
    event === 'uplink' && reading && expect.devEui && expect.payloadHex && expect.fPort,
);

/** A codec as an integrator would drop it into the data folder: any payload, its length and first byte. */
export const ANY_CODEC = `function decodeUplink(input) {
  return { data: { length: input.bytes.length, first: input.bytes[0] } };
}`;
export const LOOPING_CODEC = 'function decodeUplink() { while (true) {} }';
export const THROWING_CODEC = `function decodeUplink() { throw new Error('bad calibration'); }`;

export const model = (id: string, codec: string) =>
  JSON.stringify({
    id,
    vendor: 'Test',
    name: id,
    codec,
    interval: 60,
    mappings: [{ from: 'length', quantity: 'pulse_count' }],
    ignored: ['first'],
  });

export function deviceList(): string {
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
    ...vendorPayloads.map(({ id, model, devEui }) => [id, id, 'ski_trail', '', devEui, '', model, '', '']),
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
  const header = [
    'id',
    'name',
    'area',
    'site',
    'devEui',
    'devAddr',
    'model',
    'nwkSKey',
    'appSKey',
    'publication',
  ];
  const marked = rows.map((row) => [...row, 'open']);
  return `\uFEFF${[header, ...marked].map((row) => row.join(';')).join('\r\n')}\r\n`;
}

/** Gateway bridge publication of a real encrypted frame. */
export function framed(
  fCnt: number,
  time: string,
  change: (frame: Buffer) => void = () => undefined,
): Publication {
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
export const SERVER_DELAY = 5000;

export const FRAME_TIME = '2026-01-10T06:00:00.000Z';

/** A probe at 95 °C: no snow is that warm. */
export const ABSURD = { time: '2018-03-19T06:00:00.000Z', snowTemperature: 95 };

function absurdReading(): Publication {
  const { bytes, fPort } = encodeLht65n({
    battery: 3.4,
    internalTemperature: 2,
    humidity: 13,
    externalTemperature: ABSURD.snowTemperature,
  });
  return thingsStackUplink({
    deviceId: 'a',
    devEui: 'a84041000000000a',
    fPort,
    payload: bytes,
    time: ABSURD.time,
  });
}

export function publications(): Publication[] {
  const ski = skiTrailReadings().map((reading) => {
    const { fPort, bytes } = skiTrailPayload(reading);
    const device =
      reading.place === 'A'
        ? { deviceId: 'a', devEui: 'a84041000000000a' }
        : { deviceId: 'b', devEui: 'a84041000000000b' };
    return thingsStackUplink({ ...device, ...reading, fPort, payload: bytes });
  });
  const vendor = vendorPayloads.map(({ id, devEui, fPort, bytesHex }) =>
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
  return [
    ...ski.sort((a, b) => time(a).localeCompare(time(b))),
    absurdReading(),
    ...vendor,
    ...server,
    framed(7, FRAME_TIME),
  ];
}

function time(publication: Publication): string {
  return (publication.body as { received_at: string }).received_at;
}

export const BAD: { what: string; publication: Publication; sentence: RegExp }[] = [
  {
    what: 'a wrong MIC',
    publication: framed(8, '2026-01-10T06:20:00Z', (frame) => frame.writeUInt8(frame.readUInt8(12) ^ 1, 12)),
    sentence: /checksum \(MIC\)/,
  },
  {
    what: 'a replayed frame',
    publication: framed(7, '2026-01-10T06:40:00Z'),
    sentence: /Framed.*came again/s,
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
    sentence: /Nobody registered the device 0102030405060708/i,
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
    sentence: /Trail A.*cut off/s,
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
    sentence: /neither JSON nor XML/,
  },
];

/** Good frames to send behind each bad message. */
export const FRAME_PROBES = (function* () {
  for (let fCnt = 20; ; fCnt++)
    yield { fCnt, time: new Date(Date.parse(FRAME_TIME) + fCnt * 3_600_000).toISOString() };
})();

/** Variants of the public formats of which nobody has published a sample. */
import assert from 'node:assert/strict';
import type { NetworkMessage } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage, splitMessages } from '../../../nodes/lorawan/network-server.ts';

const EUI = '0102030405060708';
const BYTES = 'AQIDBA==';
const read = (message: unknown, topic?: string) => readNetworkMessage(message, topic);

/** The facts of `expected` alone, so that a case says only what it is about. */
function shows(message: NetworkMessage, expected: object): void {
  const facts = message as unknown as Record<string, unknown>;
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, facts[key]])), expected);
}

const datagram = (kind: string, gateway: string, json?: object) =>
  `02aabb${kind}${gateway}${json ? Buffer.from(JSON.stringify(json)).toString('hex') : ''}`;

describe('network servers: variants', () => {
  describe('events of The Things Stack', () => {
    const up = {
      end_device_ids: { dev_eui: EUI },
      uplink_message: { f_port: 2, f_cnt: 3, frm_payload: BYTES },
    };
    const event = (name: string, data?: object) => ({
      name,
      time: '2022-07-05T09:01:08.804Z',
      identifiers: [{ device_ids: { device_id: 'd', dev_eui: EUI } }, { gateway_ids: { gateway_id: 'g' } }],
      ...(data ? { data } : {}),
    });

    it('give the uplink that the application server forwards, and no other copy of it', () => {
      shows(read(event('as.up.data.forward', up)), { kind: 'uplink', devEui: EUI, payloadHex: '01020304' });
      for (const name of ['as.up.data.receive', 'ns.up.data.process', 'as.up.data.drop']) {
        const expected = { kind: 'event', type: 'internal', subtype: name, devEui: EUI, gatewayId: 'g' };
        shows(read(event(name, up)), { ...expected, time: '2022-07-05T09:01:08.804Z' });
      }
    });

    it('are no readings where they carry frames, or nothing', () => {
      const frame = { raw_payload: 'QCkuASaAAAAByFaF53Iu', payload: { mac_payload: { frm_payload: BYTES } } };
      shows(read(event('gs.up.receive', { message: frame })), { type: 'internal', devEui: EUI });
      shows(read(event('ns.up.join.receive', frame)), { type: 'join' });
      shows(read(event('end_device.update')), { type: 'internal' });
    });

    it('are told by their type where only the message was kept', () => {
      const typed = (type: string, fields = {}) => ({
        '@type': `type.googleapis.com/ttn.lorawan.v3.${type}`,
        ...fields,
      });
      shows(read(typed('UplinkMessage', { raw_payload: 'QCkuASaAAAAByFaF53Iu' })), { type: 'internal' });
      shows(read(typed('UplinkMessage', { payload: { join_request_payload: {} } })), { type: 'join' });
      shows(read(typed('JoinResponse', { raw_payload: BYTES })), { type: 'join' });
      shows(read(typed('ApplicationUp', up)), { kind: 'uplink', payloadHex: '01020304' });
    });
  });

  it('ChirpStack v3: a type that somebody added makes no error of an uplink or a join', () => {
    const device = { applicationID: 1, devEUI: EUI };
    shows(read({ ...device, type: 'uplink', data: BYTES, fPort: 85 }), {
      kind: 'uplink',
      payloadHex: '01020304',
    });
    shows(read({ ...device, type: 'join', devAddr: '01020304' }), { type: 'join', devAddr: '01020304' });
    shows(read({ ...device, type: 'OTAA', error: 'no device keys' }), { type: 'error', errorType: 'OTAA' });
  });

  it('ChirpStack v3: a downlink that was sent names its counter and gateway', () => {
    const sent = {
      devEUI: 'AQIDBAUGBwg=',
      fCnt: 12,
      gatewayID: 'AQIDBAUGBwg=',
      txInfo: { frequency: 868_100_000 },
    };
    shows(read(sent), { type: 'txack', devEui: EUI, fCntDown: 12, gatewayId: EUI });
  });

  it('LORIOT: a downlink that it refused has failed', () => {
    shows(read({ cmd: 'tx', EUI, error: 'no device' }), { type: 'failed', error: 'no device' });
    shows(read({ cmd: 'tx', EUI, success: 'Data enqueued' }), { type: 'queued' });
  });

  it('Netmore: an uplink without type of sensor or gateway', () => {
    const uplink = { devEui: EUI, payload: '0102', fPort: '1', fCntUp: '3', rssi: '-100', snr: '' };
    const expected = {
      network: 'netmore',
      fPort: 1,
      fCnt: 3,
      payloadHex: '0102',
      rssi: -100,
      snr: undefined,
    };
    shows(read(uplink), expected);
  });

  it("packet forwarder: both sides' datagrams, and several antennas", () => {
    shows(read(datagram('05', EUI)), { type: 'txack', gatewayId: EUI, error: undefined });
    shows(read(datagram('05', EUI, { txpk_ack: { error: 'NONE' } })), { type: 'txack', error: undefined });
    const late = { txpk_ack: { error: 'TOO_LATE' } };
    shows(read(datagram('05', EUI, late)), { type: 'txack', gatewayId: EUI, error: 'TOO_LATE' });
    shows(read(datagram('03', '', { txpk: { imme: true, data: 'AQ==' } })), { type: 'downlink' });
    shows(read(datagram('02', EUI)), { type: 'keepalive', gatewayId: EUI });
    shows(read(datagram('01', '')), { type: 'push-ack' });
    // What stands in a datagram chooses no name for itself.
    shows(read({ datagram: '<script>' }), { type: 'other' });
    const [weak, strong] = [
      { ant: 0, rssic: -95, lsnr: 4 },
      { ant: 1, rssic: -80, lsnr: 9 },
    ];
    const packet = { tmst: 1, freq: 868.1, modu: 'LORA', datr: 'SF7BW125', data: 'QCkuASaAAAAByFaF53Iu' };
    shows(read({ rxpk: [{ ...packet, rsig: [weak, strong] }] }), { kind: 'uplink', rssi: -80, snr: 9 });
  });

  it('messages that platforms in between carry as base64', () => {
    const uplink = { deviceInfo: { devEui: EUI }, fPort: 2, data: BYTES };
    const data = Buffer.from(JSON.stringify(uplink)).toString('base64');
    const carried = { message: { data, attributes: { devEUI: EUI } }, subscription: 's' };
    shows(read(carried), { network: 'chirpstack-v4', devEui: EUI, payloadHex: '01020304' });
    for (const text of [data.slice(0, 20), 'eyJ', 'ewA='])
      assert.throws(() => read({ message: { data: text } }), { key: 'lorawan.error.unknownFormat' });
  });

  it('a payload that the server decoded was not on port 0, though nobody says which it was', () => {
    const stack = (fields: object) =>
      read({ end_device_ids: { dev_eui: EUI }, uplink_message: { frm_payload: BYTES, ...fields } });
    shows(stack({ decoded_payload: { t: 1 } }), { kind: 'uplink', fPort: undefined });
    for (const fields of [{}, { decoded_payload: {} }]) shows(stack(fields), { kind: 'uplink', fPort: 0 });
    const chirpstack = (fields: object) => read({ deviceInfo: { devEui: EUI }, data: BYTES, ...fields });
    shows(chirpstack({ object: { t: 1 } }), { kind: 'uplink', fPort: undefined });
    shows(chirpstack({}), { kind: 'uplink', fPort: 0 });
  });

  it('ChirpStack v4: what somebody wrote of a device makes no log of its uplinks', () => {
    const device = { deviceInfo: { devEui: EUI }, description: 'at the harbour' };
    shows(read({ ...device, fPort: 2, data: BYTES }), { kind: 'uplink', payloadHex: '01020304' });
    shows(read({ ...device, level: 'ERROR', code: 'UPLINK_MIC' }), { kind: 'event', type: 'log' });
  });

  it('JSON line by line: each line a message, and what is none kept', () => {
    const line = (fCnt: number) =>
      JSON.stringify({
        result: { end_device_ids: { dev_eui: EUI }, uplink_message: { f_port: 1, f_cnt: fCnt } },
      });
    const text = `${line(1)}\n\n${line(2)}\r\n${line(2)}\n{"result":{"end_dev`;
    for (const message of [text, Buffer.from(text)]) {
      const [first, second, cut, ...more] = splitMessages(message);
      assert.deepEqual([cut, more], ['{"result":{"end_dev', []]);
      shows(read(first), { kind: 'uplink', fCnt: 1 });
      shows(read(second), { kind: 'uplink', fCnt: 2 });
      assert.throws(() => read(cut), { key: 'lorawan.error.notJson' });
    }
    const pretty = JSON.stringify(JSON.parse(line(1)), null, 2);
    assert.deepEqual(splitMessages(pretty), [pretty]);
    assert.deepEqual(splitMessages(`}${'\n'.repeat(500_000)}`).length, 1);
  });

  it('names without end are cut', () => {
    const long = 'n'.repeat(100_000);
    const device = { deviceInfo: { devEui: EUI, deviceName: long, applicationId: long } };
    const message = read({ ...device, fPort: 2, data: BYTES, rxInfo: [{ gatewayId: long, rssi: -1 }] });
    const { deviceId, applicationId, gatewayId } = message;
    assert.deepEqual([deviceId?.length, applicationId?.length, gatewayId?.length], [200, 200, 200]);
  });
});

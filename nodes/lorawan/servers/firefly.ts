import { type JsonObject, objectOf, textOf } from '../json-fields.ts';
import { readAt, tableServer } from './table.ts';

/**
 * Digimondo Firefly. Times have no zone and are UTC.
 * Source: Digimondo, Firefly API, "Packets".
 */
export const firefly = tableServer({
  name: 'firefly',
  label: 'Digimondo Firefly',
  recognises: ({ server_data, parsed_packet, raw_payload }) =>
    objectOf(server_data) !== undefined || objectOf(parsed_packet) !== undefined || raw_payload !== undefined,
  eventOf: (message) => {
    const type = mtypeOf(message);
    if (type === undefined || type.endsWith('data_up')) return undefined;
    return type.startsWith('join') ? type.replaceAll('_', '-') : 'downlink';
  },
  places: ({ payload_encrypted }) => ({
    devEui: ['device.eui', 'device_eui', 'eui'],
    deviceId: 'device.name',
    applicationId: 'organization_id',
    devAddr: ['device.address', 'parsed_packet.dev_addr_hex', 'server_data.dev_addr_hex'],
    fPort: ['port', 'parsed_packet.port'],
    fCnt: ['frame_counter', 'parsed_packet.fcnt'],
    [payload_encrypted === true ? 'encryptedHex' : 'hex']: ['payload', 'raw_payload'],
    networkTime: ['inserted_at', 'received_at', 'updated_at'],
    sf: 'spreading_factor',
    bandwidth: 'bandwidth',
    dataRate: 'server_data.datr',
    frequency: 'server_data.freq',
    receptions: {
      lists: ['server_data.gwrx', 'gwrx'],
      gatewayId: ['gweui', 'gw_eui'],
      rssi: 'rssi',
      snr: ['lsnr', 'snr'],
      time: 'time',
    },
    decoded: 'parsed',
  }),
  uplink: (message) => {
    const type = mtypeOf(message);
    return type === undefined ? {} : { confirmed: type === 'confirmed_data_up' };
  },
});

function mtypeOf(message: JsonObject): string | undefined {
  return readAt(message, ['server_data.mtype', 'parsed_packet.mtype', 'mtype'], textOf)?.toLowerCase();
}

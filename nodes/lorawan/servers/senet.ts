import { textOf } from '../json-fields.ts';
import { tableServer } from './table.ts';

/**
 * Senet, and SenRa, which uses its server. The frame counter is called `seqno`.
 * Source: Senet developer portal, "Data streaming: uplink message".
 */
export const senet = tableServer({
  name: 'senet',
  label: 'Senet',
  recognises: ({ pdu, devEui, seqno }) =>
    pdu !== undefined || (textOf(devEui) !== undefined && seqno !== undefined),
  eventOf: ({ msgType }) => (/join/i.test(textOf(msgType) ?? '') ? 'join' : undefined),
  places: {
    devEui: ['devEui', 'deveui'],
    devAddr: 'devAddr',
    fPort: 'port',
    fCnt: ['seqno', 'fcnt'],
    hex: 'pdu',
    networkTime: ['txtime', 'rxtime'],
    dr: 'datarate',
    frequency: 'freq',
    gatewayId: 'gwEui',
    rssi: 'rssi',
    snr: 'snr',
  },
});

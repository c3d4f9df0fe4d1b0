import { objectOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { tableServer } from './table.ts';

/** Messages by `type`; `external` came another way than by radio. */
const EVENTS: Readonly<Record<string, string>> = { join: 'join', downlink: 'txack', external: 'external' };

/**
 * Objenious (Bouygues Telecom) SPOT.
 * Source: Objenious API documentation, "Routing: messages format".
 */
export const objenious = tableServer({
  name: 'objenious',
  label: 'Objenious',
  recognises: ({ device_properties, protocol_data, payload_cleartext }) =>
    objectOf(device_properties) !== undefined ||
    (objectOf(protocol_data) !== undefined && payload_cleartext !== undefined),
  eventOf: ({ type }) => (type === undefined || type === 'uplink' ? undefined : eventNamed(EVENTS, type)),
  places: {
    devEui: ['device_properties.deveui', 'deveui'],
    deviceId: ['device_properties.external_id', 'device_id'],
    devAddr: 'protocol_data.DevAddr',
    fPort: 'protocol_data.port',
    fCnt: 'count',
    hex: 'payload_cleartext',
    encryptedHex: 'payload_encrypted',
    networkTime: 'timestamp',
    sf: 'protocol_data.sf',
    totalGateways: 'protocol_data.gateways',
    gatewayId: 'protocol_data.best_gateway_id',
    rssi: 'protocol_data.rssi',
    snr: 'protocol_data.snr',
    decoded: 'payload',
  },
});

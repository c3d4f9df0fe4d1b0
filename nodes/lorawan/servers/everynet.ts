import { objectOf, textOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { tableServer, valueAt } from './table.ts';

/** Messages by `type`. What is not named keeps its own name. */
const EVENTS: Readonly<Record<string, string>> = {
  downlink: 'txack',
  downlink_response: 'queued',
  join_request: 'join',
  join_response: 'join',
  status_response: 'status',
  status_request: 'status',
};

/**
 * Everynet. Without AppSKey on the server only `encrypted_payload` is there.
 * Source: Everynet Data API, "Messages and types", "Uplink message".
 */
export const everynet = tableServer({
  name: 'everynet',
  label: 'Everynet',
  recognises: ({ type, meta, params }) =>
    textOf(type) !== undefined && objectOf(meta) !== undefined && objectOf(params) !== undefined,
  eventOf: ({ type }) => (type === 'uplink' ? undefined : eventNamed(EVENTS, type)),
  places: {
    devEui: 'meta.device',
    devAddr: 'meta.device_addr',
    applicationId: 'meta.application',
    fPort: 'params.port',
    fCnt: ['params.counter_up'],
    base64: 'params.payload',
    encryptedBase64: 'params.encrypted_payload',
    networkTime: ['params.rx_time', 'meta.time'],
    sf: 'params.radio.modulation.spreading',
    bandwidth: 'params.radio.modulation.bandwidth',
    frequency: 'params.radio.freq',
    dr: 'params.radio.datarate',
    confirmed: 'params.lora.header.confirmed',
    gatewayId: 'meta.gateway',
    rssi: 'params.radio.hardware.rssi',
    snr: 'params.radio.hardware.snr',
  },
  event: (message) => {
    const error = textOf(valueAt(message, 'params.message'));
    return error === undefined ? {} : { error };
  },
});

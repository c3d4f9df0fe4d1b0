import { type JsonObject, objectOf, textOf } from '../json-fields.ts';
import { readAt, somethingOf, tableServer, valueAt } from './table.ts';

/** Last words of the topic `<app>/devices/<device>/events/...`, or the field that shows the same. */
const EVENTS: readonly (readonly [type: string, topic: RegExp, field?: string])[] = [
  ['error', /\/events(\/\w+)*\/errors?$/, 'error'],
  ['join', /\/events\/activations(\/errors)?$/],
  ['txack', /\/events\/down\/sent$/, 'config'],
  ['ack', /\/events\/down\/acks$/],
  ['queued', /\/events\/down\/scheduled$/, 'message'],
  ['status', /\/events\//],
];

/**
 * The Things Network v2 (switched off in 2021; archives): uplinks and events of its MQTT and HTTP integrations.
 * Source: The Things Network, "MQTT API" of version 2.
 */
export const ttnV2 = tableServer({
  name: 'ttn-v2',
  label: 'The Things Network v2',
  recognises: (message, topic) =>
    (textOf(message.app_id) !== undefined && textOf(message.dev_id) !== undefined) ||
    textOf(message.hardware_serial) !== undefined ||
    textOf(objectOf(message.message)?.app_id) !== undefined ||
    /^[\w-]+\/devices\/[\w-]+\/events\//.test(topic ?? ''),
  eventOf: (message, topic = '') =>
    EVENTS.find(([, pattern]) => pattern.test(topic))?.[0] ??
    EVENTS.find(([, , field]) => field !== undefined && message[field] !== undefined)?.[0] ??
    (isActivation(message) ? 'join' : undefined),
  places: {
    devEui: ['hardware_serial', 'dev_eui'],
    deviceId: ['dev_id', 'message.dev_id'],
    applicationId: ['app_id', 'message.app_id'],
    devAddr: 'dev_addr',
    fPort: 'port',
    fCnt: 'counter',
    base64: 'payload_raw',
    networkTime: 'metadata.time',
    dataRate: 'metadata.data_rate',
    frequency: 'metadata.frequency',
    confirmed: 'confirmed',
    receptions: { lists: 'metadata.gateways', gatewayId: 'gtw_id', rssi: 'rssi', snr: 'snr', time: 'time' },
    decoded: 'payload_fields',
  },
  uplink: (message) =>
    valueAt(message, 'metadata.modulation') === 'FSK'
      ? { bitRate: Number(readAt(message, 'metadata.bit_rate', somethingOf) ?? Number.NaN) }
      : {},
  event: (message) => {
    const error = textOf(message.error);
    return error === undefined ? {} : { error };
  },
});

function isActivation(message: JsonObject): boolean {
  return message.dev_addr !== undefined && message.counter === undefined && message.payload_raw === undefined;
}

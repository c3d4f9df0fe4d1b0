import { objectOf, textOf } from '../json-fields.ts';
import { tableServer, valueAt } from './table.ts';

/** Topics of messages that say something of the device itself. The device's library gives all others. */
const EVENT_TOPICS = new Set([
  'configuration',
  'lifecycle',
  'deviceinfo',
  'connection',
  'command',
  'error',
  'keepalive',
]);

/**
 * akenza, output connector. `device.id` is akenza's own, `device.deviceId` the DevEUI.
 * Source: akenza documentation, "Output connectors", "Uplink metrics".
 */
export const akenza = tableServer({
  name: 'akenza',
  label: 'akenza',
  recognises: ({ uplinkMetrics, device, data }) =>
    objectOf(uplinkMetrics) !== undefined ||
    (textOf(objectOf(device)?.deviceId) !== undefined && data !== undefined),
  eventOf: (message) => {
    const topic = textOf(message.topic)?.toLowerCase();
    const hasBytes = valueAt(message, 'data.payloadHex') !== undefined;
    return !hasBytes && topic !== undefined && EVENT_TOPICS.has(topic) ? topic : undefined;
  },
  places: {
    devEui: 'device.deviceId',
    deviceId: ['device.name', 'device.deviceId'],
    fPort: ['data.port', 'uplinkMetrics.port'],
    fCnt: 'uplinkMetrics.frameCountUp',
    hex: 'data.payloadHex',
    networkTime: ['timestamp', 'uplinkMetrics.timestamp'],
    sf: 'uplinkMetrics.sf',
    rssi: 'uplinkMetrics.rssi',
    snr: 'uplinkMetrics.snr',
    totalGateways: 'uplinkMetrics.numberOfGateways',
    decoded: 'data',
  },
});

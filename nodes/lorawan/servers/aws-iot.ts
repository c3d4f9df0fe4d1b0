import { textOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { tableServer } from './table.ts';

const LORAWAN = ['WirelessMetadata.LoRaWAN', 'LoRaWAN'];
const under = (name: string) => LORAWAN.map((place) => `${place}.${name}`);

/** Event notifications by `eventType`. What is not named keeps its own name. */
const EVENTS: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^(re)?join/i, 'join'],
  [/connect/i, 'status'],
  [/^(ack|downlink)/i, 'txack'],
];

/**
 * AWS IoT Core for LoRaWAN: uplinks, event notifications, and answers of its API about a device.
 * Source: AWS IoT Wireless developer guide, "View format of uplink messages", "Event notifications for LoRaWAN resources".
 */
export const awsIot = tableServer({
  name: 'aws-iot',
  label: 'AWS IoT Core for LoRaWAN',
  recognises: ({ WirelessMetadata, WirelessDeviceId, WirelessGatewayId }) =>
    [WirelessMetadata, WirelessDeviceId, WirelessGatewayId].some((field) => field !== undefined),
  eventOf: ({ eventType, PayloadData, WirelessMetadata }) => {
    const type = textOf(eventType);
    if (type !== undefined)
      return EVENTS.find(([pattern]) => pattern.test(type))?.[1] ?? eventNamed({}, type);
    return PayloadData === undefined && WirelessMetadata === undefined ? 'status' : undefined;
  },
  places: {
    devEui: under('DevEui'),
    deviceId: 'WirelessDeviceId',
    devAddr: under('DevAddr'),
    fPort: under('FPort'),
    fCnt: under('FCnt'),
    base64: 'PayloadData',
    networkTime: [...under('Timestamp'), 'LastUplinkReceivedAt', 'timestamp'],
    sf: under('SpreadingFactor'),
    bandwidth: under('Bandwidth'),
    frequency: under('Frequency'),
    dr: under('DataRate'),
    receptions: {
      lists: [...under('Gateways'), ...under('PublicGateways')],
      gatewayId: ['GatewayEui', 'Id'],
      rssi: 'Rssi',
      snr: 'Snr',
    },
  },
});

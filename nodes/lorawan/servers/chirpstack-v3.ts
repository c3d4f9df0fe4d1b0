import { type JsonObject, numberOf, objectOf, textOf } from '../json-fields.ts';
import type { NetworkEvent } from '../network-message.ts';
import { gatewayIdOf, momentOf, nestedObject } from './notation.ts';
import { definedOf, type ServerTable, somethingOf, tableServer } from './table.ts';

/** What shows which event a body is, most telling first: a join and an ack have `rxInfo` as an uplink has. */
const EVENTS: readonly (readonly [type: string, isIt: (message: JsonObject) => boolean])[] = [
  // Those in between add a type of their own to uplinks and joins.
  ['join', ({ type, data }) => /^join/i.test(textOf(type) ?? '') && !isThere(data)],
  [
    'error',
    ({ error, type, data }) => textOf(error) !== undefined || (textOf(type) !== undefined && !isThere(data)),
  ],
  ['ack', ({ acknowledged }) => acknowledged !== undefined],
  ['status', ({ margin, batteryLevel, status }) => [margin, batteryLevel, status].some(isThere)],
  ['integration', ({ integrationName }) => isThere(integrationName)],
  ['location', ({ location, data }) => objectOf(location) !== undefined && !isThere(data)],
  ['join', ({ devAddr, data, fCnt, fPort }) => isThere(devAddr) && ![data, fCnt, fPort].some(isThere)],
  [
    'txack',
    ({ gatewayID, txInfo, rxInfo, data, fPort }) =>
      (isThere(gatewayID) || isThere(txInfo)) && ![rxInfo, data, fPort].some(isThere),
  ],
];

const TABLE: ServerTable = {
  name: 'chirpstack-v3',
  label: 'ChirpStack v3',
  recognises: ({ devEUI, devEui, data, rxInfo }) =>
    isThere(devEUI) || (isThere(devEui) && isThere(data) && Array.isArray(rxInfo)),
  eventOf: (message, topic) =>
    EVENTS.find(([, isIt]) => isIt(message))?.[0] ?? /\/event\/(?!up$)(\w+)$/.exec(topic ?? '')?.[1],
  places: {
    devEui: ['devEUI', 'devEui'],
    deviceId: ['deviceName', 'nodeName'],
    applicationId: ['applicationID', 'applicationId'],
    devAddr: 'devAddr',
    fPort: 'fPort',
    fCnt: 'fCnt',
    base64: 'data',
    networkTime: ['publishedAt', 'time', 'timestamp', 'rxInfo.0.time'],
    sf: ['txInfo.loRaModulationInfo.spreadingFactor', 'txInfo.dataRate.spreadFactor'],
    bandwidth: ['txInfo.loRaModulationInfo.bandwidth', 'txInfo.dataRate.bandwidth'],
    dataRate: [
      'txInfo.fskModulationInfo.bitrate',
      'txInfo.fskModulationInfo.datarate',
      'txInfo.dataRate.bitrate',
    ],
    frequency: 'txInfo.frequency',
    dr: ['dr', 'txInfo.dr'],
    confirmed: ['confirmedUplink', 'confirmed'],
    receptions: {
      lists: 'rxInfo',
      gatewayId: ['gatewayID', 'gatewayId', 'mac'],
      rssi: 'rssi',
      snr: ['loRaSNR', 'snr'],
      time: 'time',
    },
  },
  // Decoded by the server: an object, or the text of one.
  uplink: ({ object, objectJSON }) => definedOf({ decoded: somethingOf(nestedObject(object ?? objectJSON)) }),
  event: eventFacts,
};

/**
 * ChirpStack v3 and LoRa Server before it, and what imitates them.
 * Source: ChirpStack Application Server documentation, "Event types".
 */
export const chirpstackV3 = tableServer(TABLE);

/**
 * The network server inside Milesight gateways, which speaks ChirpStack v3 with a numeric application.
 * Source: Milesight, "Application guide: uplink data", "Notification".
 */
export const milesight = tableServer({
  ...TABLE,
  name: 'milesight',
  label: 'Milesight gateway',
  recognises: (message, topic) =>
    TABLE.recognises(message, topic) &&
    (isThere(message.gatewaySN) || typeof message.applicationID === 'number'),
  uplink: (message) => ({
    ...TABLE.uplink?.(message),
    ...definedOf({ gatewayTime: momentOf(message.gatewayTime) }),
  }),
});

function eventFacts(message: JsonObject): Partial<NetworkEvent> {
  const { acknowledged, gatewayID } = message;
  const location = objectOf(message.location);
  return definedOf({
    errorType: textOf(message.type),
    error: textOf(message.error),
    subtype: textOf(message.status),
    acknowledged: typeof acknowledged === 'boolean' ? acknowledged : undefined,
    gatewayId: gatewayIdOf(gatewayID),
    // An ack and a txack name the counter of the downlink that they are about.
    fCntDown:
      isThere(acknowledged) || isThere(gatewayID) ? numberOf(message.fCnt ?? message.fcnt) : undefined,
    margin: numberOf(message.margin),
    batteryPercent: message.batteryLevelUnavailable === true ? undefined : numberOf(message.batteryLevel),
    lat: numberOf(location?.latitude),
    lon: numberOf(location?.longitude),
    altitudeM: numberOf(location?.altitude),
  });
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

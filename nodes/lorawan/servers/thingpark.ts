import { MessageError } from '../../observation/errors.ts';
import { parseFrame } from '../frames.ts';
import { counterOf, type JsonObject, numberOf, objectOf, present } from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, Uplink } from '../network-message.ts';
import { batteryPercentOf, bytesOfHex, momentOf, nameOf, nestedObject } from './notation.ts';
import { type NetworkServer, readAt, type ServerTable, senderOf, tableServer, valueAt } from './table.ts';

/** Documents of the LRC-AS tunnel interface and what they are; a notification says more in its `Type`. */
const DOCUMENTS = new Map([
  ['DevEUI_uplink', 'uplink'],
  ['DevEUI_downlink_Sent', 'txack'],
  ['DevEUI_downlink_Rejected', 'failed'],
  ['DevEUI_downlink', 'downlink'],
  ['DevEUI_multicast_summary', 'txack'],
  ['DevEUI_location', 'location'],
  ['DevEUI_notification', 'notification'],
  ['DevEUI_statistics', 'status'],
  ['BS_alarm', 'alarm'],
]);
/** Reports that later versions add are notifications. */
const NAME = /^(?:DevEUI|BS)_[A-Za-z_]+$/;

const NOTIFICATIONS = new Map([
  ['join', 'join'],
  ['devstatusans', 'status'],
]);

/** Fields of an uplink of ThingPark, which its operators hand on (KPN, Swisscom, Orange, Proximus). */
const TABLE: ServerTable = {
  name: 'actility',
  label: 'Actility ThingPark',
  recognises: () => true,
  eventOf: (report) => (isJoin(report) ? 'join' : undefined),
  places: {
    devEui: 'DevEUI',
    devAddr: 'DevAddr',
    fPort: 'FPort',
    fCnt: 'FCntUp',
    hex: 'payload_hex',
    networkTime: 'Time',
    sf: ['SpFact', 'Spfact'],
    frequency: 'Frequency',
    totalGateways: 'DevLrrCnt',
    receptions: { lists: 'Lrrs.Lrr', gatewayId: 'Lrrid', rssi: 'LrrRSSI', snr: 'LrrSNR' },
    gatewayId: 'Lrrid',
    rssi: 'LrrRSSI',
    snr: 'LrrSNR',
    decoded: ['payload', 'payloadDecoded'],
  },
  uplink: (report) => ({
    ...nameIn(report),
    ...(numberOf(report.MType) === undefined ? {} : { confirmed: numberOf(report.MType) === 4 }),
    maybeEncrypted: true,
  }),
  event: (report) => ({ ...nameIn(report), ...joinIn(report) }),
};
const uplinks = tableServer(TABLE);

/**
 * Actility ThingPark, as JSON with or without types, or XML that was read into the same shape (thingpark-xml.ts); also
 * the positions that its location engine makes of an uplink.
 * Source: "LRC to application server tunnel interface" of ThingPark's documentation.
 */
export const thingpark: NetworkServer = {
  name: TABLE.name,
  label: TABLE.label,
  read(message) {
    const document = Object.keys(message).find((name) => NAME.test(name) && objectOf(message[name]));
    if (document === undefined) return isFlat(message) ? uplinks.read(message) : location.read(message);
    const report = objectOf(message[document]) ?? {};
    const type = DOCUMENTS.get(document) ?? 'notification';
    return type === 'uplink' ? uplinks.read(report) : readReport(report, type);
  },
};

/** KPN's developer portal sent the fields of an uplink without a document around them. */
function isFlat({ FCntUp, payload_hex, Lrrid, LrrRSSI }: JsonObject): boolean {
  return [FCntUp, payload_hex].some(isThere) && [Lrrid, LrrRSSI].some(isThere);
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}

/** What the location engine (Abeeway) forwards: the uplink is inside. Only a server's table reads it. */
const location = tableServer({
  name: 'actility',
  label: TABLE.label,
  recognises: (message) => objectOf(message.processedFeed) !== undefined,
  eventOf: (message) =>
    valueAt(message, 'processedFeed.payloadEncoded') === undefined ? 'location' : undefined,
  places: {
    devEui: 'deviceEUI',
    fPort: 'processedFeed.port',
    hex: 'processedFeed.payloadEncoded',
    networkTime: ['processedFeed.receptionTime', 'time'],
    sf: 'processedFeed.SF',
    gatewayId: 'processedFeed.processedPacket.baseStationId',
    rssi: 'processedFeed.processedPacket.RSSI',
    snr: 'processedFeed.processedPacket.SNR',
    decoded: 'resolvedTracker',
  },
});

function readReport(report: JsonObject, type: string): NetworkMessage {
  const subtype = nameOf(report.Type);
  // A location is of its own time, which may be weeks before the uplink that carries it.
  const time = momentOf(type === 'location' ? (report.DevLocTime ?? report.Time) : report.Time);
  return present<NetworkEvent>({
    kind: 'event',
    type: NOTIFICATIONS.get(subtype ?? '') ?? type,
    subtype,
    ...senderOf(TABLE, report),
    ...nameIn(report),
    time: time ?? momentOf(report.DevLocTime) ?? momentOf(report.LastUpdateTime),
    fPort: counterOf(report.FPort),
    fCntDown: counterOf(report.FCntDn),
    deliveryStatus: statusOf(report.DeliveryStatus ?? report.TransmissionStatus),
    correlationId: nameOf(report.CorrelationID),
    gatewayId: nameOf(report.LrrID ?? report.Lrrid),
    lat: numberOf(report.DevLAT),
    lon: numberOf(report.DevLON),
    altitudeM: numberOf(report.DevAlt),
    accuracyM: numberOf(report.DevLocRadius),
    // Var1 of a join may be a key, so variables are read of a device status only.
    margin: subtype === 'devstatusans' ? numberOf(report.Var2) : undefined,
    batteryPercent: subtype === 'devstatusans' ? batteryPercentOf(numberOf(report.Var1)) : undefined,
  });
}

function statusOf(value: unknown): string | number | undefined {
  return typeof value === 'number' ? value : nameOf(value);
}

/** The name that the operator's customer gave the device. */
function nameIn(report: JsonObject): { deviceId?: string } {
  const name = nameOf(nestedObject(report.CustomerData)?.name);
  return name === undefined ? {} : { deviceId: name };
}

/** Join requests come inside `DevEUI_uplink`, some with a port and a counter. */
function isJoin(report: JsonObject): boolean {
  return nameOf(report.rawJoinRequest) !== undefined || numberOf(report.MType) === 0;
}

function joinIn(report: JsonObject): Partial<NetworkEvent> {
  const bytes = nameOf(report.rawJoinRequest) === undefined ? undefined : bytesOfHex(report.rawJoinRequest);
  if (!bytes) return {};
  try {
    const frame = parseFrame(bytes);
    return frame.mtype === 'JoinRequest' ? { joinEui: frame.joinEui, devNonce: frame.devNonce } : {};
  } catch (error) {
    // A join is no reading whatever its frame looks like.
    if (error instanceof MessageError) return {};
    throw error;
  }
}

/**
 * Proximus EnCo/MyThings: ThingPark's fields in other letters, flat, one message for each value that Proximus decoded.
 * Source: Proximus EnCo, "IoT: uplink messages".
 */
export const proximus = tableServer({
  name: 'proximus',
  label: 'Proximus EnCo',
  recognises: ({ DevEUI, Fcntup, container, thingName }) =>
    DevEUI !== undefined && [Fcntup, container, thingName].some((field) => field !== undefined),
  eventOf: () => undefined,
  places: {
    devEui: 'DevEUI',
    deviceId: 'thingName',
    devAddr: 'DevAddr',
    fPort: ['FPort', 'Fport'],
    fCnt: ['Fcntup', 'FCntUp'],
    hex: ['payload', 'payload_hex'],
    networkTime: ['timestamp', 'Time'],
    sf: ['Spfact', 'SpFact'],
    totalGateways: ['Dvlrrcnt', 'Devlrrcnt', 'DevLrrCnt'],
    gatewayId: 'Lrrid',
    rssi: ['Lrrrssi', 'LrrRSSI'],
    snr: ['Lrrsnr', 'LrrSNR'],
  },
  uplink: (message): Partial<Uplink> => {
    const name = nameOf(message.containerFriendlyName) ?? nameOf(message.container);
    const value = readAt(message, 'value', nameOf);
    if (name === undefined || value === undefined) return { maybeEncrypted: true };
    const decoded = { [name]: numberOf(value) ?? value };
    const hasPayload = [message.payload, message.payload_hex].some((field) => field !== undefined);
    return { decoded, ...(hasPayload ? { maybeEncrypted: true } : { valuesOnly: true }) };
  },
});

/**
 * Comcast machineQ: ThingPark with names of its own.
 * Source: machineQ, "Output message format".
 */
export const machineq = tableServer({
  name: 'machineq',
  label: 'machineQ',
  recognises: ({ GatewayRSSI, GatewayList, DecoderType, SpreadingFactor, payload_hex }) =>
    [GatewayRSSI, GatewayList, DecoderType].some((field) => field !== undefined) ||
    (SpreadingFactor !== undefined && payload_hex !== undefined),
  eventOf: (message) =>
    nameOf(message.rawJoinRequest) !== undefined || numberOf(message.MessageType) === 0 ? 'join' : undefined,
  places: {
    devEui: ['DevEUI', 'DevEui'],
    deviceId: ['DeviceName', 'PrivateMetadata.name'],
    devAddr: 'DevAddr',
    fPort: 'FPort',
    fCnt: 'FCntUp',
    hex: 'payload_hex',
    networkTime: 'Time',
    sf: 'SpreadingFactor',
    totalGateways: 'GatewayCount',
    receptions: { lists: 'GatewayList', gatewayId: 'GatewayID', rssi: 'GatewayRSSI', snr: 'GatewaySNR' },
    gatewayId: 'GatewayID',
    rssi: 'GatewayRSSI',
    snr: 'GatewaySNR',
    decoded: 'decoded_payload',
  },
  uplink: ({ MessageType }) =>
    numberOf(MessageType) === undefined ? {} : { confirmed: numberOf(MessageType) === 4 },
});

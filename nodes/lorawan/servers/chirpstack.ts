import { MessageError } from '../../observation/errors.ts';
import {
  bytesOfBase64,
  counterOf,
  hexOf,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  portOf,
  present,
  textOf,
  timeOf,
} from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, Sender, Uplink } from '../network-message.ts';
import { type Reception, snrOf, summarize } from '../receptions.ts';
import type { NetworkServer } from './table.ts';

/** Fields of which one shows which event a body is, most telling first: a txack has a time and a txInfo as an uplink has. */
const MARKS: readonly (readonly [type: string, fields: readonly string[]])[] = [
  ['up', ['data']],
  ['log', ['level', 'code', 'description']],
  ['txack', ['downlinkId', 'gatewayId']],
  ['ack', ['acknowledged', 'queueItemId', 'fCntDown']],
  ['status', ['margin', 'batteryLevel', 'batteryLevelUnavailable', 'externalPowerSource']],
  ['integration', ['integrationName', 'eventType']],
  ['up', ['rxInfo', 'payload', 'fPort', 'fCnt', 'dr']],
  ['location', ['location']],
  ['join', ['devAddr']],
];

/** ChirpStack v4, JSON marshaler. Source: ChirpStack documentation, "Events". */
export const chirpstack: NetworkServer = { name: 'chirpstack-v4', label: 'ChirpStack v4', read };

function read(message: JsonObject, topic?: string): NetworkMessage | undefined {
  const device = objectOf(message.deviceInfo);
  if (!device) return undefined;
  const type = typeOf(message) ?? topic?.match(/\/event\/(\w+)$/)?.[1];
  if (type === undefined) return undefined;
  const sender = present<Sender>({
    network: 'chirpstack-v4',
    devEui: hexOf(device.devEui, 8),
    deviceId: textOf(device.deviceName),
    applicationId: textOf(device.applicationId),
    devAddr: hexOf(message.devAddr, 4),
  });
  return type === 'up' ? readUplink(message, sender) : readEvent(message, sender, type);
}

function typeOf(message: JsonObject): string | undefined {
  return MARKS.find(([, fields]) => fields.some((field) => message[field] !== undefined))?.[0];
}

function readUplink(message: JsonObject, sender: Sender): Uplink {
  // Some forwarders rename `data` to `payload`.
  const payload = bytesOfBase64(message.data ?? message.payload);
  if (payload === undefined) throw new MessageError({ key: 'lorawan.error.payloadNotBase64' });
  const radio = radioOf(objectOf(message.txInfo));
  const time = timeOf(message.time);
  const decoded = objectOf(message.object);
  return present<Uplink>({
    kind: 'uplink',
    ...sender,
    fPort: portOf(message.fPort, payload, decoded),
    fCnt: counterOf(message.fCnt) ?? 0,
    payload,
    payloadHex: payload.toString('hex'),
    time,
    timeField: time === undefined ? undefined : 'time',
    dr: numberOf(message.dr) ?? 0,
    confirmed: message.confirmed === true,
    decoded,
    ...radio,
    ...summarize(objectsOf(message.rxInfo).map((entry) => receptionOf(entry, radio.sf !== undefined))),
  });
}

type Radio = Pick<Uplink, 'sf' | 'bandwidthHz' | 'bitRate' | 'frequencyHz'>;

/** Radio settings of `txInfo`, in uplinks and gateway events. A bandwidth below 1000 is in kHz, as older versions sent it. */
export function radioOf(txInfo: JsonObject | undefined): Radio {
  const modulation = objectOf(txInfo?.modulation);
  const lora = objectOf(modulation?.lora);
  const bandwidth = numberOf(lora?.bandwidth);
  return present<Radio>({
    sf: numberOf(lora?.spreadingFactor),
    bandwidthHz: bandwidth !== undefined && bandwidth < 1000 ? bandwidth * 1000 : bandwidth,
    bitRate: numberOf(objectOf(modulation?.fsk)?.datarate),
    frequencyHz: numberOf(txInfo?.frequency),
  });
}

/** One entry of `rxInfo`. */
export function receptionOf(entry: JsonObject, isLora: boolean): Reception {
  const rssi = numberOf(entry.rssi);
  return present<Reception>({
    gatewayId: textOf(entry.gatewayId),
    rssi,
    snr: snrOf(numberOf(entry.snr), rssi, isLora),
    time: timeOf(entry.gwTime) ?? timeOf(entry.time),
  });
}

function readEvent(message: JsonObject, sender: Sender, type: string): NetworkEvent {
  const location = objectOf(message.location);
  return present<NetworkEvent>({
    kind: 'event',
    type,
    ...sender,
    time: timeOf(message.time),
    fCntDown: numberOf(message.fCntDown),
    // Left out if false.
    acknowledged: type === 'ack' ? message.acknowledged === true : undefined,
    reference: textOf(message.queueItemId) ?? textOf(objectOf(message.context)?.queue_item_id),
    gatewayId: textOf(message.gatewayId),
    level: textOf(message.level),
    code: textOf(message.code),
    description: textOf(message.description),
    lat: numberOf(location?.latitude),
    lon: numberOf(location?.longitude),
    accuracyM: numberOf(location?.accuracy),
    margin: numberOf(message.margin),
    batteryPercent: numberOf(message.batteryLevel),
  });
}

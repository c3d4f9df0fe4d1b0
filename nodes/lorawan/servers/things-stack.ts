import { MessageError } from '../../observation/errors.ts';
import { CORRELATION_PREFIX } from '../downlink/downlink.ts';
import {
  bytesOfBase64,
  counterOf,
  hexOf,
  hexOfBase64,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  portOf,
  present,
  textOf,
  timeOf,
  unpruned,
} from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, Sender, Uplink } from '../network-message.ts';
import { type Reception, snrOf, summarize } from '../receptions.ts';
import type { NetworkServer } from './table.ts';

/** Field of an ApplicationUp message that names an event -> our name for it. */
const EVENTS = {
  join_accept: 'join',
  downlink_ack: 'ack',
  downlink_nack: 'nack',
  downlink_sent: 'txack',
  downlink_failed: 'failed',
  downlink_queued: 'queued',
  downlink_queue_invalidated: 'queue-invalidated',
  location_solved: 'location',
  service_data: 'integration',
  uplink_normalized: 'normalized',
} as const;

/** The Things Stack v3, messages of type ApplicationUp. Source: The Things Stack documentation, "Data formats". */
export const thingsStack: NetworkServer = { name: 'tts-v3', label: 'The Things Stack v3', read };

function read(message: JsonObject): NetworkMessage | undefined {
  return isStreamed(message) ? readStreamed(message) : (readUp(message) ?? readInternal(message));
}

function readUp(message: JsonObject): NetworkMessage | undefined {
  const uplink = objectOf(message.uplink_message);
  if (uplink) return readUplink(message, uplink);
  for (const [field, type] of Object.entries(EVENTS)) {
    const detail = objectOf(message[field]);
    if (detail) return readEvent(message, type, detail);
  }
  const type = textOf(message['@type']) ?? '';
  return type.endsWith('.ErrorDetails') ? readEvent(message, 'error', { error: message }) : undefined;
}

/** No `log`: that would say that a downlink which it names has failed. */
const INTERNAL = 'internal';

/** An event of the Events API or the console: its name, whom it is about, and maybe a message as `data`. */
function isStreamed({ name, identifiers }: JsonObject): boolean {
  return /^\w+(?:\.\w+)+$/.test(textOf(name) ?? '') && Array.isArray(identifiers);
}

/** One uplink makes a dozen such events; what the application server forwards is in clear, and comes once. */
function readStreamed({ name, time, identifiers, data }: JsonObject): NetworkMessage {
  const word = String(name);
  const message = objectOf(data);
  const forwarded = message && /^as\.up\..+\.forward$/.test(word) ? readUp(message) : undefined;
  if (forwarded) return forwarded;
  const ids = objectsOf(identifiers);
  const gateway = ids.map(({ gateway_ids }) => objectOf(gateway_ids)).find((found) => found !== undefined);
  return present<NetworkEvent>({
    kind: 'event',
    type: /\bjoin\b/.test(word) ? 'join' : INTERNAL,
    subtype: word,
    ...senderOf({ end_device_ids: ids.map(({ device_ids }) => device_ids).find(objectOf) }),
    time: timeOf(time),
    gatewayId: hexOf(gateway?.eui, 8) ?? textOf(gateway?.gateway_id),
  });
}

/** What the servers of a stack tell each other is encrypted; without its event only the type shows what it is. */
function readInternal(message: JsonObject): NetworkMessage | undefined {
  const type = /ttn\.lorawan\.v3\.(\w+)$/.exec(textOf(message['@type']) ?? '')?.[1];
  if (type === undefined || type === 'ApplicationUp') return undefined;
  const isJoin = /Join/.test(type) || objectOf(message.payload)?.join_request_payload !== undefined;
  return readEvent(message, isJoin ? 'join' : INTERNAL, {});
}

function senderOf(message: JsonObject): Sender {
  const ids = objectOf(message.end_device_ids);
  return present<Sender>({
    network: 'tts-v3',
    devEui: hexOf(ids?.dev_eui, 8),
    deviceId: textOf(ids?.device_id),
    applicationId: textOf(objectOf(ids?.application_ids)?.application_id),
    devAddr: hexOf(ids?.dev_addr, 4),
  });
}

function readUplink(message: JsonObject, uplink: JsonObject): Uplink {
  const payload = bytesOfBase64(uplink.frm_payload);
  if (payload === undefined) throw new MessageError({ key: 'lorawan.error.payloadNotBase64' });
  const settings = objectOf(uplink.settings);
  const rate = objectOf(settings?.data_rate);
  const lora = objectOf(rate?.lora);
  const facts = summarize(
    objectsOf(uplink.rx_metadata).map((entry) => receptionOf(entry, lora !== undefined)),
  );
  const { network, devEui, deviceId, applicationId, devAddr } = senderOf(message);
  const { time, timeField } = timesOf(message, uplink);
  const decoded = objectOf(uplink.decoded_payload);
  return unpruned<Uplink>({
    kind: 'uplink',
    network,
    devEui,
    deviceId,
    applicationId,
    devAddr,
    fPort: portOf(uplink.f_port, payload, decoded),
    // Zeros are left out; a simulated uplink has neither session nor counter.
    fCnt: counterOf(uplink.f_cnt) ?? (uplink.session_key_id === undefined ? undefined : 0),
    payload,
    payloadHex: payload.toString('hex'),
    time,
    timeField,
    sf: numberOf(lora?.spreading_factor),
    bandwidthHz: numberOf(lora?.bandwidth),
    bitRate: numberOf(objectOf(rate?.fsk)?.bit_rate),
    frequencyHz: numberOf(settings?.frequency),
    confirmed: uplink.confirmed === true,
    simulated: message.simulated === true ? true : undefined,
    // The server hands its AppSKey on where it was told to leave the payload encrypted.
    encrypted: uplink.app_s_key === undefined ? undefined : true,
    decoded,
    rssi: facts.rssi,
    snr: facts.snr,
    receptions: facts.receptions,
    distinctGateways: facts.distinctGateways,
    gatewayId: facts.gatewayId,
    gatewayIds: facts.gatewayIds,
    gatewayTime: facts.gatewayTime ?? timeOf(settings?.time),
  });
}

function timesOf(message: JsonObject, uplink: JsonObject): { time?: string; timeField?: string } {
  const inner = timeOf(uplink.received_at);
  if (inner !== undefined) return { time: inner, timeField: 'uplink_message.received_at' };
  const outer = timeOf(message.received_at);
  return outer === undefined ? {} : { time: outer, timeField: 'received_at' };
}

function receptionOf(entry: JsonObject, isLora: boolean): Reception {
  const ids = objectOf(entry.gateway_ids);
  const rssi = numberOf(entry.rssi);
  return present<Reception>({
    gatewayId: hexOf(ids?.eui, 8) ?? textOf(ids?.gateway_id),
    rssi,
    snr: snrOf(numberOf(entry.snr), rssi, isLora),
    time: timeOf(entry.time),
  });
}

function readEvent(message: JsonObject, type: string, detail: JsonObject): NetworkEvent {
  const location = objectOf(detail.location);
  const downlinkHex = type === 'normalized' ? undefined : hexOfBase64(detail.frm_payload);
  return present<NetworkEvent>({
    kind: 'event',
    type,
    ...senderOf(message),
    time: timeOf(message.received_at),
    fPort: numberOf(detail.f_port),
    fCnt: numberOf(detail.f_cnt),
    downlinkPayloadHex: downlinkHex === '' ? undefined : downlinkHex,
    reference: referenceIn(message, detail),
    error: textOf(objectOf(detail.error)?.name),
    lat: numberOf(location?.latitude),
    lon: numberOf(location?.longitude),
    accuracyM: numberOf(location?.accuracy),
  });
}

/** Our own name of a downlink, among those that other applications and the server gave it. */
function referenceIn(message: JsonObject, detail: JsonObject): string | undefined {
  return [message, detail, objectOf(detail.downlink)]
    .flatMap((part) => (Array.isArray(part?.correlation_ids) ? part.correlation_ids : []))
    .map(textOf)
    .find((id) => id?.startsWith(CORRELATION_PREFIX))
    ?.slice(CORRELATION_PREFIX.length);
}

import { MessageError } from '../../observation/errors.ts';
import {
  bytesOfBase64,
  counterOf,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  present,
} from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, NetworkName, Sender, Uplink } from '../network-message.ts';
import { type Reception, type ReceptionFacts, summarize } from '../receptions.ts';
import {
  bandwidthOf,
  bytesOfHex,
  bytesOfList,
  dataRateOf,
  devAddrOf,
  euiOf,
  frequencyOf,
  gatewayIdOf,
  momentOf,
  nameOf,
} from './notation.ts';

/** Where a fact lies in a message: names joined by dots. The first place that holds something readable wins. */
export type Places = string | readonly string[];

/** Where the facts of a single reception lie. */
interface ReceptionPlaces {
  gatewayId?: Places;
  rssi?: Places;
  snr?: Places;
  time?: Places;
}

/** Where the facts of an uplink lie; notations are told by the values themselves (servers/notation.ts). */
export interface UplinkPlaces extends ReceptionPlaces {
  devEui?: Places;
  deviceId?: Places;
  applicationId?: Places;
  devAddr?: Places;
  fPort?: Places;
  fCnt?: Places;
  /** FRMPayload in clear: hex digits (or else base64), or base64. */
  hex?: Places;
  base64?: Places;
  /** FRMPayload that only the AppSKey opens; read if there is none in clear. */
  encryptedHex?: Places;
  encryptedBase64?: Places;
  /** When the network server got it. `time` of the single reception is the gateway's clock. */
  networkTime?: Places;
  sf?: Places;
  bandwidth?: Places;
  frequency?: Places;
  /** `SF7BW125`, or the bit rate of FSK as a number. */
  dataRate?: Places;
  dr?: Places;
  confirmed?: Places;
  /** How many gateways heard it, where the server does not list them all. */
  totalGateways?: Places;
  /** Lists of receptions; `gatewayId`, `rssi`, `snr`, `time` outside are read if a message has none. */
  receptions?: ReceptionPlaces & { lists: Places };
  /** What the server itself decoded. */
  decoded?: Places;
}

/** A network server's messages. */
export interface NetworkServer {
  name: NetworkName;
  /** As its makers write it, in every language. */
  label: string;
  /** Undefined if the message is of another server. Throws MessageError if it is of this one and cannot be used. */
  read(message: JsonObject, topic?: string): NetworkMessage | undefined;
}

/** What is special about the messages of one server. */
export interface ServerTable {
  name: NetworkName;
  label: string;
  recognises(message: JsonObject, topic?: string): boolean;
  /** Type of an event, as network-message.ts names it; undefined for an uplink. */
  eventOf(message: JsonObject, topic?: string): string | undefined;
  /** The same for all messages, or as one says of itself. */
  places: UplinkPlaces | ((message: JsonObject) => UplinkPlaces);
  /** Facts that no place gives. */
  uplink?(message: JsonObject): Partial<Uplink>;
  event?(message: JsonObject): Partial<NetworkEvent>;
}

/** A server whose messages a table describes. */
export function tableServer(table: ServerTable): NetworkServer {
  return {
    name: table.name,
    label: table.label,
    read(message, topic) {
      if (!table.recognises(message, topic)) return undefined;
      const type = table.eventOf(message, topic);
      return type === undefined ? readUplink(table, message) : readEvent(table, message, type);
    },
  };
}

/** The value at a place, or undefined. */
export function valueAt(message: unknown, place: string): unknown {
  let value = message;
  for (const name of stepsOf(place)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** The first readable value of several places. */
export function readAt<T>(
  message: unknown,
  places: Places | undefined,
  read: (value: unknown) => T | undefined,
): T | undefined {
  return foundAt(message, places, read)?.value;
}

function foundAt<T>(
  message: unknown,
  places: Places | undefined,
  read: (value: unknown) => T | undefined,
): { value: T; place: string } | undefined {
  for (const place of typeof places === 'string' ? [places] : (places ?? [])) {
    const value = read(valueAt(message, place));
    if (value !== undefined) return { value, place };
  }
  return undefined;
}

const steps = new Map<string, readonly string[]>();

/** Places come from tables, so there are not many. */
function stepsOf(place: string): readonly string[] {
  const known = steps.get(place) ?? place.split('.');
  steps.set(place, known);
  return known;
}

function placesOf({ places }: Pick<ServerTable, 'places'>, message: JsonObject): UplinkPlaces {
  return typeof places === 'function' ? places(message) : places;
}

export function senderOf(table: Pick<ServerTable, 'name' | 'places'>, message: JsonObject): Sender {
  const places = placesOf(table, message);
  return present<Sender>({
    network: table.name,
    devEui: readAt(message, places.devEui, euiOf),
    deviceId: readAt(message, places.deviceId, nameOf),
    applicationId: readAt(message, places.applicationId, nameOf),
    devAddr: readAt(message, places.devAddr, devAddrOf),
  });
}

function readUplink(table: ServerTable, message: JsonObject): Uplink {
  const places = placesOf(table, message);
  const rate = dataRateOf(readAt(message, places.dataRate, somethingOf));
  const isFsk = rate.bitRate !== undefined;
  const network = foundAt(message, places.networkTime, momentOf);
  return present<Uplink>({
    kind: 'uplink',
    ...senderOf(table, message),
    fPort: portAt(message, places.fPort),
    fCnt: readAt(message, places.fCnt, counterOf),
    ...payloadOf(message, places),
    time: network?.value,
    timeField: network?.place,
    dr: readAt(message, places.dr, numberOf),
    sf: readAt(message, places.sf, numberOf) ?? rate.sf,
    bandwidthHz: readAt(message, places.bandwidth, bandwidthOf) ?? rate.bandwidthHz,
    bitRate: rate.bitRate,
    frequencyHz: readAt(message, places.frequency, frequencyOf),
    confirmed: readAt(message, places.confirmed, truthOf),
    totalGateways: readAt(message, places.totalGateways, counterOf),
    decoded: readAt(message, places.decoded, somethingOf),
    ...receptionFacts(message, places, isFsk),
    ...table.uplink?.(message),
  });
}

function readEvent(table: ServerTable, message: JsonObject, type: string): NetworkEvent {
  const places = placesOf(table, message);
  return present<NetworkEvent>({
    kind: 'event',
    type,
    ...senderOf(table, message),
    time: readAt(message, places.networkTime, momentOf) ?? readAt(message, places.time, momentOf),
    fPort: readAt(message, places.fPort, counterOf),
    fCnt: readAt(message, places.fCnt, counterOf),
    ...heardBy(message, places),
    ...table.event?.(message),
  });
}

/** Throws MessageError `lorawan.error.portNotReadable`: nobody knows what the bytes of a port that is none mean. */
function portAt(message: JsonObject, places: Places | undefined): number | undefined {
  const value = readAt(message, places, somethingOf);
  if (value === undefined) return undefined;
  const port = counterOf(value);
  if (port !== undefined && port <= 255) return port;
  throw new MessageError({ key: 'lorawan.error.portNotReadable' });
}

type PayloadFacts = Pick<Uplink, 'payload' | 'payloadHex' | 'encrypted' | 'valuesOnly'>;

function payloadOf(message: JsonObject, places: UplinkPlaces): PayloadFacts {
  const clear = bytesAt(message, places.hex, hexOrBase64) ?? bytesAt(message, places.base64, base64Of);
  if (clear) return { payload: clear, payloadHex: clear.toString('hex') };
  const closed =
    bytesAt(message, places.encryptedHex, hexOrBase64) ?? bytesAt(message, places.encryptedBase64, base64Of);
  if (closed) return { payload: closed, payloadHex: closed.toString('hex'), encrypted: true };
  const payload = Buffer.alloc(0);
  // A payload that is there and empty says that the device sent no bytes, whatever the server made of them.
  const hasPlace = [places.hex, places.base64].some((place) => readAt(message, place, presenceOf));
  const valuesOnly = !hasPlace && readAt(message, places.decoded, somethingOf) !== undefined;
  return { payload, payloadHex: '', ...(valuesOnly ? { valuesOnly: true as const } : {}) };
}

/** Bytes of the first place with something in it. Throws MessageError `lorawan.error.payloadNotReadable`. */
function bytesAt(
  message: JsonObject,
  places: Places | undefined,
  read: (value: unknown) => Buffer | undefined,
): Buffer | undefined {
  const value = readAt(message, places, somethingOf);
  if (value === undefined) return undefined;
  const bytes = read(value);
  if (bytes) return bytes;
  throw new MessageError({ key: 'lorawan.error.payloadNotReadable' });
}

function hexOrBase64(value: unknown): Buffer | undefined {
  return bytesOfHex(value) ?? base64Of(value);
}

function base64Of(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? bytesOfBase64(value.trim()) : bytesOfList(value);
}

/** Anything but nothing, which servers write as null, an empty text or an empty object. */
export function somethingOf(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  const object = objectOf(value);
  return object && Object.keys(object).length === 0 ? undefined : value;
}

/** A copy without undefined fields, for facts of which any may be missing. */
export function definedOf<T extends object>(facts: { [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return present<Partial<T>>(facts as { [K in keyof Partial<T>]: Partial<T>[K] | undefined });
}

function presenceOf(value: unknown): true | undefined {
  return value === undefined ? undefined : true;
}

function truthOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function receptionFacts(message: JsonObject, places: UplinkPlaces, isFsk: boolean): ReceptionFacts {
  const { receptions } = places;
  const listed = receptions
    ? (readAt(message, receptions.lists, entriesOf) ?? []).map((entry) =>
        receptionOf(entry, receptions, isFsk),
      )
    : [];
  if (listed.length > 0) return summarize(listed);
  const single = receptionOf(message, places, isFsk);
  const isHeard = single.rssi !== undefined || single.snr !== undefined || single.gatewayId !== undefined;
  // Without a list a server tells only the best of all that heard it.
  return summarize(isHeard ? [single] : []);
}

/** Receptions of a message that may have none. */
function heardBy(message: JsonObject, places: UplinkPlaces): Partial<NetworkEvent> {
  const facts = receptionFacts(message, places, false);
  return facts.receptions > 0 ? facts : {};
}

/** The entries of a list; XML has no list of one. */
function entriesOf(value: unknown): JsonObject[] | undefined {
  const entries = Array.isArray(value)
    ? objectsOf(value)
    : [objectOf(value)].filter((entry) => entry !== undefined);
  return entries.length > 0 ? entries : undefined;
}

function receptionOf(entry: JsonObject, places: ReceptionPlaces, isFsk: boolean): Reception {
  return present<Reception>({
    gatewayId: readAt(entry, places.gatewayId, gatewayIdOf),
    rssi: readAt(entry, places.rssi, numberOf),
    snr: isFsk ? undefined : readAt(entry, places.snr, numberOf),
    time: readAt(entry, places.time, momentOf),
  });
}

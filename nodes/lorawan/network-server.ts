import { MessageError } from '../observation/errors.ts';
import { type JsonObject, objectOf } from './json-fields.ts';
import type { NetworkMessage, NetworkName } from './network-message.ts';
import { akenza } from './servers/akenza.ts';
import { awsIot } from './servers/aws-iot.ts';
import { basicsStation } from './servers/basics-station.ts';
import { chirpstack } from './servers/chirpstack.ts';
import { chirpstackV3, milesight } from './servers/chirpstack-v3.ts';
import { everynet } from './servers/everynet.ts';
import { firefly } from './servers/firefly.ts';
import { gatewayBridge } from './servers/gateway-bridge.ts';
import { helium } from './servers/helium.ts';
import { kerlink } from './servers/kerlink.ts';
import { isSenml, kpnThings } from './servers/kpn-things.ts';
import { liveObjects } from './servers/live-objects.ts';
import { loriot } from './servers/loriot.ts';
import { mapped } from './servers/mapped.ts';
import { multitech } from './servers/multitech.ts';
import { netmore } from './servers/netmore.ts';
import { jsonObjectOf, nestedObject } from './servers/notation.ts';
import { objenious } from './servers/objenious.ts';
import { orbiwise } from './servers/orbiwise.ts';
import { datagramOf, semtechUdp } from './servers/semtech-udp.ts';
import { senet } from './servers/senet.ts';
import type { NetworkServer } from './servers/table.ts';
import { tektelic } from './servers/tektelic.ts';
import { machineq, proximus, thingpark } from './servers/thingpark.ts';
import { readXml } from './servers/thingpark-xml.ts';
import { thingsStack } from './servers/things-stack.ts';
import { ttnV2 } from './servers/ttn-v2.ts';

/** In the order in which they are asked: those with marks of their own first, those with common names last. */
const SERVERS: readonly NetworkServer[] = [
  thingsStack,
  chirpstack,
  gatewayBridge,
  thingpark,
  everynet,
  awsIot,
  akenza,
  tektelic,
  objenious,
  liveObjects,
  firefly,
  kerlink,
  ttnV2,
  loriot,
  helium,
  milesight,
  chirpstackV3,
  proximus,
  machineq,
  netmore,
  multitech,
  orbiwise,
  senet,
  kpnThings,
  basicsStation,
  semtechUdp,
];

/** Network servers and gateways that can be chosen by hand, by name. */
export const SERVER_CHOICES: readonly { id: NetworkName; label: string }[] = SERVERS.map(
  ({ name, label }) => ({
    id: name,
    label,
  }),
).toSorted((one, other) => one.label.localeCompare(other.label, 'en'));

/**
 * Reads one message: an object, the text or bytes of JSON or of ThingPark's XML, or a packet forwarder's datagram in hex.
 * Which server sent it shows in the message itself, or in the topic; `server` asks that one alone.
 * Throws MessageError if it is of none of them. Formats: servers/.
 */
export function readNetworkMessage(message: unknown, topic?: string, server?: NetworkName): NetworkMessage {
  const object = messageOf(message);
  const asked = server === undefined ? SERVERS : SERVERS.filter(({ name }) => name === server);
  const result = readAny(asked, object, topic);
  if (result) return checked(result);
  const wanted = SERVER_CHOICES.find(({ id }) => id === server)?.label;
  throw wanted === undefined
    ? new MessageError({ key: 'lorawan.error.unknownFormat' })
    : new MessageError({ key: 'lorawan.error.otherFormat', parameters: { server: wanted } });
}

/** Reads what a person's mapping made of a message. Throws MessageError if that is no object, or not usable. */
export function readMapped(result: unknown): NetworkMessage {
  const object = objectOf(result);
  const message = object && mapped.read(object);
  if (message) return checked(message);
  throw new MessageError({ key: 'lorawan.error.mappingNoObject' });
}

/** Names under which platforms in between put the message of a network server, as an object, its JSON, or that in base64. */
const WRAPPERS = [
  ...['result', 'data', 'message', 'Message', 'msg', 'payload', 'body', 'content', 'event', 'value'],
  ...['uplink', 'params', 'record'],
];

function readAny(
  servers: readonly NetworkServer[],
  object: JsonObject,
  topic: string | undefined,
  depth = 0,
): NetworkMessage | undefined {
  for (const server of servers) {
    const result = server.read(object, topic);
    if (result) return result;
  }
  if (depth > 1) return undefined;
  for (const name of WRAPPERS) {
    const inner = nestedObject(object[name]) ?? objectInBase64(object[name]);
    const result = inner && readAny(servers, inner, topic, depth + 1);
    if (result) return result;
  }
  return undefined;
}

/** Google Pub/Sub and Azure carry messages like that; base64 of what begins with a brace begins with one of these. */
function objectInBase64(value: unknown): JsonObject | undefined {
  return typeof value === 'string' && /^e[wy]/.test(value)
    ? jsonObjectOf(Buffer.from(value, 'base64').toString('utf8'))
    : undefined;
}

/** The message as an object. Throws MessageError `lorawan.error.notJson`, `xmlNotReadable`. */
function messageOf(message: unknown): JsonObject {
  if (isSenml(message)) return { senml: message };
  const object = objectOf(message) ?? datagramIn(message);
  if (object) return object;
  const bytesOrText = message instanceof Uint8Array ? Buffer.from(message).toString('utf8') : message;
  const text = typeof bytesOrText === 'string' ? bytesOrText.trimStart() : '';
  if (text.startsWith('<')) return readXml(text);
  // Other nodes than the intake may leave JSON as a text.
  const parsed = jsonObjectOf(text);
  if (parsed) return parsed;
  throw new MessageError({ key: 'lorawan.error.notJson' });
}

/** A packet forwarder's datagram, as bytes or as their hex digits. */
function datagramIn(message: unknown): JsonObject | undefined {
  if (message instanceof Uint8Array) return datagramOf(Buffer.from(message));
  const isHex = typeof message === 'string' && /^(?:[0-9a-f]{2})+$/i.test(message);
  return isHex ? datagramOf(Buffer.from(message, 'hex')) : undefined;
}

/** Bytes of a PHYPayload, LoRaWAN 1.0.4, chapter 6; no payload is longer than its frame. */
const LONGEST = 255;

/** No server has longer names. Those of a message stand in errors, in topics and on disk. */
const LONGEST_NAME = 200;
const NAMES = ['deviceId', 'applicationId', 'gatewayId'] as const;

function checked(message: NetworkMessage): NetworkMessage {
  for (const field of NAMES) {
    const name = message[field];
    if (name !== undefined && name.length > LONGEST_NAME) message[field] = name.slice(0, LONGEST_NAME);
  }
  const length = message.kind === 'uplink' ? message.payload.length : 0;
  if (length <= LONGEST) return message;
  throw new MessageError({ key: 'lorawan.error.payloadTooLong', parameters: { length, longest: LONGEST } });
}

/**
 * The single messages of one that carries several: a JSON array, JSON line by line, packets of a gateway, the answer of
 * an API with `list`. The same message twice counts once.
 */
export function splitMessages(message: unknown): unknown[] {
  const lines = linesOf(message);
  if (lines) return distinct(lines.flatMap(splitObject));
  if (Array.isArray(message)) return isSenml(message) ? [message] : distinct(message.flatMap(splitObject));
  return splitObject(message);
}

/** JSON line by line, as The Things Stack's storage gives it; a line that is none stays a text, and is said to be none. */
function linesOf(message: unknown): unknown[] | undefined {
  const text = message instanceof Uint8Array ? Buffer.from(message).toString('utf8') : message;
  if (typeof text !== 'string' || !/\}[ \t\r]*\n\s*\{/.test(text)) return undefined;
  const [first, ...others] = text.split('\n').filter((line) => line.trim() !== '');
  const object = jsonObjectOf(first ?? '');
  return object && [object, ...others.map((line) => jsonObjectOf(line) ?? line)];
}

function splitObject(message: unknown): unknown[] {
  const object = objectOf(message) ?? datagramIn(message);
  const packets = object?.rxpk;
  if (Array.isArray(packets) && packets.length > 1) {
    const { rxpk: _, stat, ...gateway } = object ?? {};
    return [
      ...packets.map((packet) => ({ rxpk: [packet], ...gateway })),
      ...(stat === undefined ? [] : [{ stat, ...gateway }]),
    ];
  }
  return Array.isArray(object?.list) ? distinct(object.list) : [message];
}

function distinct(messages: readonly unknown[]): unknown[] {
  return [...new Map(messages.map((entry) => [JSON.stringify(entry), entry])).values()];
}

import type { Codec } from '../codec/codec.ts';
import type { Identity } from '../devices/identity.ts';
import type { DecodeContext } from '../lorawan/decode-node.ts';
import {
  bytesOfBase64,
  type JsonObject,
  numberOf,
  objectOf,
  present,
  textOf,
  timeOf,
} from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';
import { namedIdentity, type Sender, senderOf, senderOnPlatform } from './device-finder.ts';
import { type Datagram, ENVELOPE_INTAKES, readEnvelope } from './envelope.ts';
import { identityIn, identityInFields } from './payload-identity.ts';
import type { NbiotEvent, NbiotUplink } from './platform-message.ts';
import { platformMessages, splitPlatform } from './platforms.ts';
import type { Body } from './samples.ts';

/** A message that may hold readings, whatever way it came. */
export interface Uplink {
  kind: 'uplink';
  sender: Sender;
  /** What may be its name: the parts of its MQTT topic. Asked only where nothing else says whose the message is. */
  hints?: Sender;
  /** The platform, or how it came without one. */
  network: string;
  body: Body;
  /** The device's bytes in one of the fields of `body`, for models whose codec reads bytes. */
  wrapped?: Buffer;
  /** Arrival at the platform, ISO 8601 UTC. */
  time?: string;
  /** Signal strength, dBm. */
  rssi?: number;
}

/** A message that is no reading. */
export type OtherMessage = Omit<NbiotEvent, 'platform'> & { platform: string };

/** How a decode node is told to read what no rule knows. */
export interface ReadingOptions {
  /** Name of the field in which devices say who they are; IMEI and IMSI are found without. */
  identityField?: string;
}

/**
 * The messages in a flow message's payload: of a list each one, of a platform's request with several each as a request
 * of its own. A SenML pack is one message.
 */
export function splitMessage(message: unknown): readonly unknown[] {
  if (Array.isArray(message)) {
    // No platform nests lists, and one without end would exhaust the stack.
    return isSenml(message)
      ? [message]
      : message.flatMap((each) => (Array.isArray(each) ? [each] : splitMessage(each)));
  }
  const fields = objectOf(message);
  return fields ? splitPlatform(fields) : [message];
}

/**
 * Reads one message: the envelope of our own intake of datagrams, a request of an operator's platform, JSON of the
 * device itself (over MQTT), a SenML pack, or bytes. Throws MessageError `nbiot.error...`.
 */
export function readMessage(
  message: unknown,
  context: Pick<DecodeContext, 'topic' | 'transport'>,
  { identityField }: ReadingOptions = {},
): Uplink | OtherMessage {
  const datagram = isEnvelopeOf(context.transport) ? readEnvelope(message) : undefined;
  if (datagram) return ofDatagram(datagram);
  const fields = objectOf(message);
  const [onPlatform] = (fields && platformMessages(fields)) ?? [];
  if (onPlatform?.kind === 'event') return onPlatform;
  if (onPlatform) return ofPlatform(onPlatform);
  const network = networkOf(context);
  const hints = topicNames(context.topic);
  if (fields) {
    const wrapped = bytesIn(fields);
    const sender = [identityInFields(fields, identityField), ...(wrapped ? [identityIn(wrapped)] : [])];
    return present<Uplink>({ kind: 'uplink', sender, hints, network, body: { fields }, wrapped });
  }
  if (isSenml(message)) {
    const body = { bytes: Buffer.from(JSON.stringify(message)), contentFormat: SENML_JSON };
    return { kind: 'uplink', sender: [], hints, network, body };
  }
  if (typeof message !== 'string' && !(message instanceof Uint8Array))
    throw new MessageError({ key: 'nbiot.error.notMessage' });
  const bytes = Buffer.from(message as Uint8Array);
  return { kind: 'uplink', sender: [identityIn(bytes)], hints, network, body: { bytes } };
}

/**
 * What a person's mapping made of a message: `imei`, `imsi`, `endpoint` or `address`, then `payloadHex`,
 * `payloadBase64` or `values`, and maybe `time`, `rssi`, `contentFormat`, `path`; `event` for what is no reading.
 * Throws MessageError `nbiot.error.mappingNoObject` or `mappingPayload`.
 */
export function readMappedMessage(result: unknown): Uplink | OtherMessage {
  const fields = objectOf(result);
  if (!fields) throw new MessageError({ key: 'nbiot.error.mappingNoObject' });
  const type = textOf(fields.event);
  const texts = present<Identity>({
    imei: textIn(fields.imei),
    imsi: textIn(fields.imsi),
    address: textIn(fields.address),
    ...namedIdentity(textIn(fields.endpoint)),
  });
  const time = timeOf(fields.time);
  if (type !== undefined)
    return present<OtherMessage>({
      kind: 'event',
      type,
      platform: MAPPED,
      deviceId: texts.endpoint ?? texts.imei,
      time,
    });
  const values = objectOf(fields.values);
  const bytes = values ? undefined : mappedBytes(fields);
  if (!values && !bytes) throw new MessageError({ key: 'nbiot.error.mappingPayload' });
  return present<Uplink>({
    kind: 'uplink',
    sender: [texts, ...(bytes ? [identityIn(bytes)] : [])],
    network: MAPPED,
    body: present<Body>({
      bytes,
      fields: values,
      contentFormat: numberOf(fields.contentFormat),
      lwm2mPath: lwm2mPathOf(textOf(fields.path)),
    }),
    time,
    rssi: numberOf(fields.rssi),
  });
}

const MAPPED = 'mapping';
/** Of a message that came by no intake of ours. */
const UNNAMED = 'message';
/** Of a message that a person pasted into the form. */
export const PASTED = 'paste';
const SENML_JSON = 110;

function ofDatagram(datagram: Datagram): Uplink {
  const { transport, payload: bytes, contentFormat, path } = datagram;
  const lwm2mPath = transport === 'lwm2m' ? lwm2mPathOf(path) : undefined;
  return {
    kind: 'uplink',
    sender: senderOf(datagram),
    network: transport,
    body: present<Body>({ bytes, contentFormat, lwm2mPath }),
  };
}

function ofPlatform(message: NbiotUplink): Uplink {
  const { platform: network, payload: bytes, fields, path, time } = message;
  return present<Uplink>({
    kind: 'uplink',
    sender: fields ? [...senderOnPlatform(message), identityInFields(fields)] : senderOnPlatform(message),
    network,
    // Without its content format a resource's value is the vendor's own bytes.
    body: fields ? { fields } : present<Body>({ bytes, ...opaqueAt(lwm2mPathOf(path)) }),
    time,
  });
}

function opaqueAt(lwm2mPath: string | undefined): Pick<Body, 'lwm2mPath' | 'contentFormat'> {
  return lwm2mPath === undefined ? {} : { lwm2mPath, contentFormat: 42 };
}

/** Anybody can write an envelope, with any address in it, to a topic or a webhook; also to those of core nodes. */
function isEnvelopeOf(transport = ''): boolean {
  const [kind = ''] = transport.split('/');
  return kind === PASTED || ENVELOPE_INTAKES.has(kind);
}

function networkOf({ transport }: Pick<DecodeContext, 'transport'>): string {
  return transport?.split('/')[0] ?? UNNAMED;
}

function isSenml(message: unknown): boolean {
  const [first] = Array.isArray(message) ? message : [];
  const record = objectOf(first);
  return record !== undefined && ['n', 'bn'].some((label) => typeof record[label] === 'string');
}

/** What a codec is to read of a message: the bytes that are wrapped in JSON, unless it reads JSON itself. */
export function bodyFor({ body, wrapped }: Uplink, codec: Pick<Codec, 'reads'> | undefined): Body {
  return wrapped && codec?.reads !== 'json' ? { bytes: wrapped } : body;
}

/** Fields in which platforms and gateways wrap a device's bytes, as hexadecimal or base64. */
const WRAPPERS = ['payload', 'payloadHex', 'payload_hex', 'payload_raw', 'data', 'hex', 'raw'] as const;

function bytesIn(fields: JsonObject): Buffer | undefined {
  for (const name of WRAPPERS) {
    const bytes = typeof fields[name] === 'string' ? bytesOfText(fields[name]) : undefined;
    if (bytes) return bytes;
  }
  return undefined;
}

function bytesOfText(text: string): Buffer | undefined {
  if (text === '') return undefined;
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : bytesOfBase64(text);
}

function mappedBytes({ payloadHex, payloadBase64 }: JsonObject): Buffer | undefined {
  if (typeof payloadHex === 'string')
    return /^([0-9a-f]{2})*$/i.test(payloadHex) ? Buffer.from(payloadHex, 'hex') : undefined;
  return typeof payloadBase64 === 'string' ? bytesOfBase64(payloadBase64) : undefined;
}

/** Over MQTT a device's name often stands in its topic. */
function topicNames(topic: string | undefined): Identity[] {
  return (topic ?? '').split('/').flatMap((part) => (part.length > 3 ? [namedIdentity(part)] : []));
}

function lwm2mPathOf(path: string | undefined): string | undefined {
  const numbers = path?.replace(/^\/|\/$/g, '');
  return numbers !== undefined && /^\d+(\/\d+){0,3}$/.test(numbers) ? `/${numbers}` : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : textOf(value);
}

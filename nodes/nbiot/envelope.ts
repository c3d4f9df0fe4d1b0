import { maskKeys } from '../intake/mask-keys.ts';
import { type JsonObject, numberOf, objectOf, present, textOf } from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';

export type DatagramTransport = 'coap' | 'udp' | 'lwm2m';

/** What a device sent over IP, with what the network says of it. A field that the protocol lacks is absent. */
export interface Datagram {
  transport: DatagramTransport;
  /** Where it came from. IPv4 as such also on a socket of IPv6 (never `::ffff:10.0.0.5`). */
  source: Source;
  /** CoAP method. Absent for a notification of an observed resource, and for plain UDP. */
  method?: string;
  /** Uri-Path of the request or of the observed resource, as in a URI: `/bins/4`; `/` if there is none. */
  path?: string;
  /** Uri-Query options, one `name=value` each. */
  query?: readonly string[];
  /** Content-Format of CoAP, such as 110 for SenML JSON. */
  contentFormat?: number;
  /** Name that the device gave itself: LwM2M endpoint, or `ep` in the query of a CoAP request. */
  endpoint?: string;
  /** What the device sent; of a block-wise transfer all of it. */
  payload: Buffer;
}

export interface Source {
  address: string;
  port: number;
}

/** Kinds of intake (`msg.intake.transport`) that write envelopes. From any other, or none, it is somebody's claim. */
export const ENVELOPE_INTAKES: ReadonlySet<string> = new Set(['nbiot', 'lwm2m']);

const VERSION = 1;
/** What devices that were made for another platform send along to be let in: nobody here asks for it. */
const SECRET_PARAMETER = /^([\w.-]*(?:token|secret|key|psk|passwd|password|pwd)=).*$/is;
const TRANSPORTS: ReadonlySet<string> = new Set<DatagramTransport>(['coap', 'udp', 'lwm2m']);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The one form in which the journal keeps what came over IP, and in which it goes through the flow:
 * `{"byflyt":1,"transport":"coap","source":{"address":"10.64.0.7","port":40123},"method":"POST","path":"/bins/4",
 * "query":["ep=bin-4"],"contentFormat":110,"endpoint":"bin-4","payload":"<base64>"}`.
 */
export function writeEnvelope({ payload, query, ...facts }: Datagram): Buffer {
  // Base64 would hide a key from those who mask it later.
  const bytes = maskKeys(payload);
  const named = query && { query: query.map((part) => part.replace(SECRET_PARAMETER, '$1***')) };
  return Buffer.from(
    JSON.stringify({ byflyt: VERSION, ...facts, ...named, payload: bytes.toString('base64') }),
  );
}

/**
 * The datagram in a message's payload; undefined if the message is something else (a platform's webhook, MQTT).
 * Throws MessageError `nbiot.error.envelope` if it is damaged, or of a later version of Byflyt.
 */
export function readEnvelope(message: unknown): Datagram | undefined {
  const fields = objectOf(message);
  if (fields?.byflyt === undefined || textOf(fields.transport) === undefined) return undefined;
  const source = sourceIn(fields);
  const { transport, payload } = fields;
  if (fields.byflyt !== VERSION || !isTransport(transport) || !source || !isBase64(payload)) {
    throw new MessageError({ key: 'nbiot.error.envelope' });
  }
  return present<Datagram>({
    transport,
    source,
    method: textOf(fields.method),
    path: textOf(fields.path),
    query: textsIn(fields.query),
    contentFormat: numberOf(fields.contentFormat),
    endpoint: textOf(fields.endpoint),
    payload: Buffer.from(payload, 'base64'),
  });
}

/** Topic of a datagram's message: how it came, from whom and to which path. */
export function topicOf({ transport, source, path = '', endpoint }: Datagram): string {
  return transport === 'lwm2m' && endpoint !== undefined
    ? `${transport}/${endpoint}${path}`
    : `${transport}/${source.address}${path}`;
}

function sourceIn(fields: JsonObject): Source | undefined {
  const source = objectOf(fields.source);
  const address = textOf(source?.address);
  const port = numberOf(source?.port);
  return address === undefined || port === undefined ? undefined : { address, port };
}

function isTransport(value: unknown): value is DatagramTransport {
  return typeof value === 'string' && TRANSPORTS.has(value);
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && BASE64.test(value);
}

function textsIn(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}

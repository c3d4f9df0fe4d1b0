import { isUtf8 } from 'node:buffer';
import { objectOf, objectsOf, textOf } from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';
import { type ResourceType, resourceType } from './lwm2m-objects.ts';
import { readTlv, type TlvEntry } from './lwm2m-tlv.ts';
import { type ResolvedRecord, readSenmlCbor, readSenmlJson, resolveSenml } from './senml.ts';

export type ResourceValue = number | string | boolean;

/** One value of an LwM2M client. */
export interface Resource {
  /** `/object/instance/resource` or `/object/instance/resource/instance`. */
  path: string;
  /** Opaque data as lower-case hex, object links as `object:instance`, whole numbers past 2^53 as text. */
  value: ResourceValue;
  /** Seconds since 1970 UTC; absent if the message does not say: it is as old as the message. */
  time?: number;
}

/** A message body of an LwM2M client. */
export interface Lwm2mBody {
  /** CoAP Content-Format (OMA LwM2M TS 1.1, section 7.4; the older TLV and JSON numbers are known too). */
  contentFormat: number;
  bytes: Uint8Array;
  /** What was asked for or observed: `/3`, `/3303/0`, `/3/0/9` ... */
  path: string;
}

type Reader = (body: Lwm2mBody, now: number) => Resource[];

/** CoAP Content-Format -> who reads it. */
const READERS: Readonly<Record<number, Reader>> = {
  0: ({ bytes, path }) => [{ path, value: fromText(textIn(bytes), typeAt(path), path) }],
  42: ({ bytes, path }) => [{ path, value: Buffer.from(bytes).toString('hex') }],
  110: ({ bytes }, now) => resolveSenml(readSenmlJson(textIn(bytes)), now).map(resourceOf),
  112: ({ bytes }, now) => resolveSenml(readSenmlCbor(bytes), now).map(resourceOf),
  1542: ({ bytes, path }) => tlvResources(bytes, path),
  1543: ({ bytes, path }) => readLwm2mJson(parseJson(textIn(bytes)), path),
  11542: ({ bytes, path }) => tlvResources(bytes, path),
  11543: ({ bytes, path }) => readLwm2mJson(parseJson(textIn(bytes)), path),
};

/**
 * The values in a message of an LwM2M client, without keys; `now` in seconds since 1970 UTC.
 * Throws MessageError `nbiot.error...`.
 */
export function readLwm2m(body: Lwm2mBody, now: number): Resource[] {
  const read = READERS[body.contentFormat];
  if (!read) {
    const parameters = { format: body.contentFormat };
    throw new MessageError({ key: 'nbiot.error.contentFormat', parameters });
  }
  return read(body, now).filter(({ path }) => !isSecret(path));
}

/** Whether a resource is a key, by its path; also by a SenML name that lacks the slash, or has the device's name before it. */
export function isSecret(name: string): boolean {
  return typeAt(name.slice(name.lastIndexOf(':') + 1).replace(/^\/*/, '/')) === 'secret';
}

/** Values of a TLV body below a path. Throws MessageError if the path or a value does not fit. */
function tlvResources(bytes: Uint8Array, path: string): Resource[] {
  const steps = stepsOf(path);
  return readTlv(bytes).flatMap((entry) => resourcesOf(entry, steps));
}

/** Steps of the path that stand above an entry of a kind: a body may begin at any level below what was asked for. */
const ABOVE: Readonly<Record<TlvEntry['kind'], number>> = {
  'object-instance': 1,
  'multiple-resource': 2,
  resource: 2,
  'resource-instance': 3,
};

function resourcesOf({ kind, id, bytes, children }: TlvEntry, steps: readonly number[]): Resource[] {
  const above = steps.slice(0, ABOVE[kind]);
  // A client answers a read of an object that has one instance with the instance's resources alone.
  if (above.length === 1 && ABOVE[kind] === 2) above.push(0);
  const own = [...above, id];
  if (children) return children.flatMap((child) => resourcesOf(child, own));
  const isPlaced = above.length === ABOVE[kind];
  const name = isPlaced ? `/${own.join('/')}` : `resource ${id}`;
  const type = isPlaced ? typeOf(own) : undefined;
  return [{ path: name, value: fromBytes(bytes ?? new Uint8Array(), type, name) }];
}

/**
 * Values of LwM2M 1.0's own JSON (`{ bn, bt?, e: [{ n, t?, v | sv | bv | ov }] }`), OMA LwM2M TS 1.0, section 6.4.4.
 * Unlike in SenML a base time is always absolute, and `bv` is a boolean value. Throws MessageError.
 * Some clients leave out the slash between base name and name (`/3303/0`, `5700`): `asked`, the path that was asked for,
 * tells.
 */
export function readLwm2mJson(message: unknown, asked = '/'): Resource[] {
  const fields = objectOf(message);
  if (!fields || !Array.isArray(fields.e)) throw new MessageError({ key: 'nbiot.error.lwm2mJson' });
  const base = textOf(fields.bn) ?? '';
  const baseTime = typeof fields.bt === 'number' ? fields.bt : undefined;
  const seen = new Set<string>();
  return objectsOf(fields.e).map((entry) => {
    const path = pathOf(base, textOf(entry.n) ?? '', asked);
    const time = baseTime === undefined ? undefined : baseTime + (typeof entry.t === 'number' ? entry.t : 0);
    const key = `${path} ${time} ${entry.t}`;
    if (seen.has(key)) throw wrong('lwm2mTwice', path);
    seen.add(key);
    return { path, value: jsonValue(entry, path), ...(time !== undefined && { time }) };
  });
}

function pathOf(base: string, name: string, asked: string): string {
  const path = `/${`${base}${name}`.replace(/^\//, '')}`;
  const slashed = `/${base.replace(/^\//, '')}/${name}`;
  return !isBelow(path, asked) && isBelow(slashed, asked) ? slashed : path;
}

function isBelow(path: string, above: string): boolean {
  return above === '/' || path === above || path.startsWith(`${above}/`);
}

function jsonValue({ v, sv, bv, ov }: Record<string, unknown>, path: string): ResourceValue {
  const given = [v, sv, bv, ov].filter((value) => value !== undefined);
  const [value] = given;
  const fits =
    given.length === 1 &&
    (typeof v === 'number' || typeof sv === 'string' || typeof bv === 'boolean' || typeof ov === 'string');
  if (!fits) throw wrong('lwm2mNoValue', path);
  return value as ResourceValue;
}

function resourceOf({ n, v, vs, vb, vd, vlo, t }: ResolvedRecord): Resource {
  const value = v ?? vs ?? vb ?? vd ?? vlo;
  if (value === undefined) throw wrong('lwm2mNoValue', n);
  return { path: n, value, time: t };
}

/** How bytes become a value, by type; undefined: they do not fit. */
const FROM_BYTES: Readonly<Record<ResourceType, (bytes: Buffer) => ResourceValue | undefined>> = {
  string: (bytes) => (isUtf8(bytes) ? bytes.toString('utf8') : undefined),
  integer: integerIn,
  unsigned: unsignedIn,
  time: integerIn,
  float: (bytes) =>
    bytes.length === 4 ? shortFloat(bytes) : bytes.length === 8 ? bytes.readDoubleBE() : undefined,
  boolean: (bytes) => (bytes.length === 1 && (bytes[0] ?? 2) < 2 ? bytes[0] === 1 : undefined),
  link: (bytes) => (bytes.length === 4 ? `${bytes.readUInt16BE(0)}:${bytes.readUInt16BE(2)}` : undefined),
  opaque: (bytes) => bytes.toString('hex'),
  secret: () => '',
};

function fromBytes(bytes: Uint8Array, type: ResourceType = 'opaque', path: string): ResourceValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const value = FROM_BYTES[type](buffer);
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    throw wrong('lwm2mBadValue', path);
  return value;
}

/** Signed, 1, 2, 4 or 8 bytes. */
function integerIn(bytes: Buffer): ResourceValue | undefined {
  if (![1, 2, 4, 8].includes(bytes.length)) return undefined;
  if (bytes.length < 8) return bytes.readIntBE(0, bytes.length);
  const value = bytes.readBigInt64BE();
  return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
}

/** 1, 2, 4 or 8 bytes. */
function unsignedIn(bytes: Buffer): ResourceValue | undefined {
  if (![1, 2, 4, 8].includes(bytes.length)) return undefined;
  if (bytes.length < 8) return bytes.readUIntBE(0, bytes.length);
  const value = bytes.readBigUInt64BE();
  return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
}

/** The shortest decimal number that a 32-bit float can mean: 21.3, not 21.299999237060547. */
function shortFloat(bytes: Buffer): number {
  const value = bytes.readFloatBE();
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}

const FROM_TEXT: Partial<Record<ResourceType, (text: string) => ResourceValue | undefined>> = {
  integer: numberIn,
  unsigned: numberIn,
  float: numberIn,
  time: numberIn,
  boolean: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

function fromText(text: string, type: ResourceType | undefined, path: string): ResourceValue {
  const read = type && FROM_TEXT[type];
  const value = read ? read(text) : text;
  if (value === undefined) throw wrong('lwm2mBadValue', path);
  return value;
}

function numberIn(text: string): number | undefined {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}

function textIn(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new MessageError({ key: 'nbiot.error.notText' });
  return Buffer.from(bytes).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MessageError({ key: 'nbiot.error.lwm2mJson' }, { cause });
  }
}

function stepsOf(path: string): number[] {
  if (!/^(\/\d{1,5}){0,4}\/?$/.test(path)) throw wrong('lwm2mBadPath', path);
  return path.split('/').filter(Boolean).map(Number);
}

function typeOf([object, , resource]: readonly number[]): ResourceType | undefined {
  return resource === undefined ? undefined : resourceType(object, resource);
}

function typeAt(path: string): ResourceType | undefined {
  return typeOf(path.split('/').slice(1).map(Number));
}

function wrong(name: string, path: string): MessageError {
  return new MessageError({ key: `nbiot.error.${name}`, parameters: { path: path.slice(0, 60) } });
}

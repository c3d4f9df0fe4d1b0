import { encode } from 'cborg';
import { MessageError } from '../../observation/errors.ts';
import type { ResourceValue } from '../lwm2m.ts';
import { type ResourceType, resourceType } from '../lwm2m-objects.ts';
import { writeTlv } from './write-tlv.ts';

/** A value for one resource, with the type that decides how its bytes are written. Opaque data as lower-case hex. */
export interface TypedValue {
  /** `/object/instance/resource`. */
  path: string;
  type: ResourceType;
  value: ResourceValue;
}

/** Content-Formats of CoAP for LwM2M: OMA LwM2M TS 1.1, section 7.4. */
export const FORMAT = {
  text: 0,
  linkFormat: 40,
  opaque: 42,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11_542,
  json: 11_543,
};

const LONGEST_TEXT = 1024;

const FITS: Readonly<Record<ResourceType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string' && value.length <= LONGEST_TEXT,
  integer: Number.isSafeInteger,
  unsigned: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  time: Number.isSafeInteger,
  float: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  link: (value) => typeof value === 'string' && /^\d{1,5}:\d{1,5}$/.test(value),
  opaque: (value) => typeof value === 'string' && /^([0-9a-f]{2}){0,1024}$/i.test(value),
  secret: () => false,
};

/**
 * The value that a flow wants to write, with the type of its resource. What the registry of objects does not know has
 * the type of the value itself. Throws MessageError `nbiot.error.lwm2mWriteValue`.
 */
export function typedValue(path: string, value: unknown): TypedValue {
  const [object, , resource] = path.split('/').slice(1).map(Number);
  const type = resourceType(object, resource ?? -1) ?? typeOf(value);
  if (type !== undefined && FITS[type](value)) return { path, type, value: value as ResourceValue };
  const parameters = { path, value: String(value).slice(0, 60) };
  throw new MessageError({ key: 'nbiot.error.lwm2mWriteValue', parameters });
}

function typeOf(value: unknown): ResourceType | undefined {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? (Number.isSafeInteger(value) ? 'integer' : 'float') : undefined;
}

/** Who writes a body, by its Content-Format. */
const WRITERS: Readonly<Record<number, (values: readonly TypedValue[]) => Buffer>> = {
  [FORMAT.text]: ([first]) => Buffer.from(first ? textOf(first) : ''),
  [FORMAT.opaque]: ([first]) => Buffer.from(String(first?.value ?? ''), 'hex'),
  [FORMAT.senmlJson]: (values) => Buffer.from(JSON.stringify(values.map(senmlJsonRecord))),
  [FORMAT.senmlCbor]: (values) => Buffer.from(encode(values.map(senmlCborRecord))),
  [FORMAT.tlv]: (values) =>
    writeTlv(values.map((value) => ({ id: Number(value.path.split('/')[3]), bytes: tlvBytes(value) }))),
};

/** Values of one object instance in a Content-Format: one value for plain text and opaque. */
export function writeBody(format: number, values: readonly TypedValue[]): Buffer {
  const write = WRITERS[format];
  if (!write) throw new MessageError({ key: 'nbiot.error.contentFormat', parameters: { format } });
  return write(values);
}

/** Formats in which values can be written, best first; a device that does not take one gets the next. */
export function writeFormats(
  values: readonly TypedValue[],
  version: string,
  formats: readonly number[],
): number[] {
  const { text, opaque, senmlJson, senmlCbor, tlv } = FORMAT;
  const structured = version === '1.0' ? [tlv, senmlCbor, senmlJson] : [senmlCbor, senmlJson, tlv];
  const told = structured.filter((format) => formats.includes(format));
  const single = values.length !== 1 ? [] : [values[0]?.type === 'opaque' ? opaque : text];
  return [...new Set([...told, ...single, ...structured])];
}

function textOf({ type, value }: TypedValue): string {
  if (type === 'boolean') return value ? '1' : '0';
  return type === 'opaque' ? Buffer.from(String(value), 'hex').toString('base64') : String(value);
}

function senmlJsonRecord({ path, type, value }: TypedValue): object {
  if (type === 'opaque') return { n: path, vd: Buffer.from(String(value), 'hex').toString('base64url') };
  if (type === 'link') return { n: path, vlo: value };
  if (typeof value === 'boolean') return { n: path, vb: value };
  return typeof value === 'string' ? { n: path, vs: value } : { n: path, v: value };
}

/** Labels of RFC 8428, table 4; an object link's is a text (OMA LwM2M TS 1.1, table 7.4.5-1). */
function senmlCborRecord({ path, type, value }: TypedValue): Map<number | string, unknown> {
  if (type === 'opaque')
    return new Map<number, unknown>([
      [0, path],
      [8, Buffer.from(String(value), 'hex')],
    ]);
  if (type === 'link')
    return new Map<number | string, unknown>([
      [0, path],
      ['vlo', value],
    ]);
  const label = typeof value === 'boolean' ? 4 : typeof value === 'string' ? 3 : 2;
  return new Map<number, unknown>([
    [0, path],
    [label, value],
  ]);
}

const TLV_BYTES: Readonly<Record<ResourceType, (value: ResourceValue) => Buffer>> = {
  string: (value) => Buffer.from(String(value)),
  integer: integerBytes,
  unsigned: unsignedBytes,
  time: integerBytes,
  float: floatBytes,
  boolean: (value) => Buffer.from([value ? 1 : 0]),
  link: (value) => Buffer.from(Uint16Array.from(String(value).split(':').map(Number)).buffer).swap16(),
  opaque: (value) => Buffer.from(String(value), 'hex'),
  secret: () => Buffer.alloc(0),
};

function tlvBytes({ type, value }: TypedValue): Buffer {
  return TLV_BYTES[type](value);
}

/** Two's complement in 1, 2, 4 or 8 bytes. */
function integerBytes(value: ResourceValue): Buffer {
  const number = Number(value);
  const length = [1, 2, 4].find(
    (bytes) => number >= -(2 ** (8 * bytes - 1)) && number < 2 ** (8 * bytes - 1),
  );
  const bytes = Buffer.alloc(length ?? 8);
  if (length === undefined) bytes.writeBigInt64BE(BigInt(number));
  else bytes.writeIntBE(number, 0, length);
  return bytes;
}

function unsignedBytes(value: ResourceValue): Buffer {
  const number = Number(value);
  const length = [1, 2, 4].find((bytes) => number < 2 ** (8 * bytes));
  const bytes = Buffer.alloc(length ?? 8);
  if (length === undefined) bytes.writeBigUInt64BE(BigInt(number));
  else bytes.writeUIntBE(number, 0, length);
  return bytes;
}

/** 4 bytes where they say the same as 8. */
function floatBytes(value: ResourceValue): Buffer {
  const number = Number(value);
  const isShort = Math.fround(number) === number;
  const bytes = Buffer.alloc(isShort ? 4 : 8);
  if (isShort) bytes.writeFloatBE(number);
  else bytes.writeDoubleBE(number);
  return bytes;
}

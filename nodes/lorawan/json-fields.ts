import { MessageError } from '../observation/errors.ts';
import { plainUtc } from '../observation/time.ts';

/** A JSON object whose fields are not known yet. */
export type JsonObject = Record<string, unknown>;

/** The value as a JSON object, or undefined for anything else (arrays, bytes and null included). */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
    ? (value as JsonObject)
    : undefined;
}

/** The objects of a JSON array; empty for anything else. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf).filter((entry) => entry !== undefined) : [];
}

/** A non-empty text, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number; servers also send 64-bit integers as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Lower-case hex digits of exactly `bytes` bytes, separators removed; undefined if it is something else. */
export function hexOf(value: unknown, bytes: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const digits = value.length === bytes * 2 ? value : value.replace(/[\s:-]/g, '');
  return digits.length === bytes * 2 && /^[0-9a-f]+$/i.test(digits) ? digits.toLowerCase() : undefined;
}

const BASE64 = /^([A-Za-z0-9+/_-]+)={0,2}$/;
const NO_BYTES = Buffer.alloc(0);

/** Bytes of a base64 text; none if it is absent; undefined if the text is not base64. */
export function bytesOfBase64(value: unknown): Buffer | undefined {
  if (value === undefined || value === null || value === '') return NO_BYTES;
  const digits = typeof value === 'string' ? BASE64.exec(value)?.[1] : undefined;
  // A last group of one character holds no whole byte: something was cut off.
  if (digits === undefined || digits.length % 4 === 1) return undefined;
  return Buffer.from(digits, 'base64');
}

/** As `bytesOfBase64`, in lower-case hex. */
export function hexOfBase64(value: unknown): string | undefined {
  return bytesOfBase64(value)?.toString('hex');
}

/** A whole number that 32 bits hold, as frame counters are. */
export function counterOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 && number < 2 ** 32
    ? number
    : undefined;
}

/**
 * FPort of an uplink. Servers leave a zero out, so a payload without a port was on port 0; not one that the server
 * decoded, of which somebody in between left the port out.
 * Throws MessageError `lorawan.error.portNotReadable`, rather than take a reading for a MAC command.
 */
export function portOf(value: unknown, payload: Uint8Array, decoded?: JsonObject): number | undefined {
  if (value === undefined || value === null) {
    const isDecoded = decoded !== undefined && Object.keys(decoded).length > 0;
    return payload.length === 0 || isDecoded ? undefined : 0;
  }
  const port = counterOf(value);
  if (port !== undefined && port <= 255) return port;
  throw new MessageError({ key: 'lorawan.error.portNotReadable' });
}

/** The object without undefined fields, so that "not present" stays absent: itself if there are none, else a copy. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  for (const name in fields) if (fields[name] === undefined) return withoutUndefined(fields);
  return fields as T;
}

/**
 * As `present`, but undefined fields stay: nobody asks an uplink which fields it has, and a copy of two dozen takes a
 * microsecond. For the same reason such an object is best written without spreads.
 */
export function unpruned<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return fields as T;
}

function withoutUndefined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const result: Partial<T> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) result[name] = value;
  }
  return result as T;
}

/**
 * ISO 8601 with all separators or without any, to the second at least. What has no zone is UTC, as network servers
 * mean it; some write ` GMT`.
 */
const TIMESTAMP =
  /^(\d{4})(-?)(\d\d)\2(\d\d)[T ](\d\d)(:?)(\d\d)\6(\d\d)(?:[.,](\d+))?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/;

/** ISO 8601 UTC with milliseconds, truncated (servers send up to nine digits); undefined for no time or Go's zero time. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = plainUtc(value);
  if (plain !== undefined) return plain.startsWith('0001-') ? undefined : plain;
  const parts = TIMESTAMP.exec(value);
  if (!parts || parts[1] === '0001') return undefined;
  const [, year, , month, day, hour, , minute, second, fraction = '', zone = 'Z'] = parts;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const offset = /^[+-]/.test(zone) ? zone : 'Z';
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

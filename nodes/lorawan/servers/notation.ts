import { isDeeplyNested } from '../../intake/nesting.ts';
import { type JsonObject, numberOf, objectOf, timeOf } from '../json-fields.ts';

/** ChirpStack v3 writes the bytes of an EUI (8) and of an address (4) in base64, as Protobuf does in JSON. */
const BASE64_EUI = /^[A-Za-z0-9+/]{11}=$/;
const BASE64_ADDRESS = /^[A-Za-z0-9+/]{6}==$/;

/** 16 lower-case hex digits of an EUI in any notation, also with a name before it (`ELSYS-A8...`, `urn:lo:nsid:lora:70B3...`). */
export function euiOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = plainOf(value);
  const digits = /^[0-9a-f]{16}$/i.test(plain)
    ? plain
    : /(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])/i.exec(value)?.[0];
  return digits?.toLowerCase();
}

/** As `euiOf`; if it is no EUI, the text as it is: some servers have gateway ids of their own. */
export function gatewayIdOf(value: unknown): string | undefined {
  const plain = typeof value === 'string' ? plainOf(value) : '';
  if (/^[0-9a-f]{16}$/i.test(plain)) return plain.toLowerCase();
  return nameOf(value);
}

/** Hex digits without separators, also of an EUI in base64. */
function plainOf(text: string): string {
  return BASE64_EUI.test(text) ? Buffer.from(text, 'base64').toString('hex') : text.replace(/[\s:-]/g, '');
}

/** 8 lower-case hex digits of a device address; OrbiWise and Basics Station write it as a number. */
export function devAddrOf(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32
      ? (value >>> 0).toString(16).padStart(8, '0')
      : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const digits = BASE64_ADDRESS.test(value)
    ? Buffer.from(value, 'base64').toString('hex')
    : value.replace(/[\s:-]/g, '');
  return /^[0-9a-f]{8}$/i.test(digits) ? digits.toLowerCase() : undefined;
}

/** A name or a number as text, spaces around it removed; undefined for none, and for a number that JSON has rounded. */
export function nameOf(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** Later than this is no time but a number with a digit too many. */
const LATEST = Date.UTC(2100, 0, 1);

/**
 * A time as text, or since 1970 in seconds (also with a fraction), milliseconds, microseconds or nanoseconds, which the
 * number of digits tells. ISO 8601 UTC with milliseconds, truncated.
 */
export function momentOf(value: unknown): string | undefined {
  const text = timeOf(value);
  if (text !== undefined) return text;
  const number = numberOf(value);
  if (number === undefined || number < 0) return undefined;
  const milliseconds = millisecondsOf(number);
  return milliseconds < LATEST ? new Date(milliseconds).toISOString() : undefined;
}

function millisecondsOf(number: number): number {
  // A fraction of seconds has 7 digits in a double; half a microsecond keeps .431 from becoming .430.
  if (number < 1e11) return Math.floor(number * 1000 + 0.0005);
  if (number < 1e14) return Math.floor(number);
  return Math.floor(number < 1e17 ? number / 1e3 : number / 1e6);
}

/** Hz of a frequency in Hz, kHz or MHz: the bands of LoRaWAN, 137 to 2500 MHz, leave no doubt which of them it is. */
export function frequencyOf(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return undefined;
  if (number < 1e4) return Math.round(number * 1e6);
  return number < 1e7 ? Math.round(number * 1e3) : Math.round(number);
}

/** Hz of a bandwidth in Hz or kHz. */
export function bandwidthOf(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return undefined;
  return number < 2000 ? number * 1000 : number;
}

export interface DataRate {
  sf?: number;
  bandwidthHz?: number;
  /** FSK. */
  bitRate?: number;
}

/** `SF7BW125`, `SF7 BW125 4/5`; a number is the bit rate of FSK. */
export function dataRateOf(value: unknown): DataRate {
  if (typeof value === 'number') return value > 0 ? { bitRate: value } : {};
  const [, sf, bandwidth] =
    (typeof value === 'string' && /SF\s?(\d{1,2})\s?(?:BW\s?(\d{2,4}))?/i.exec(value)) || [];
  if (sf === undefined) return {};
  return { sf: Number(sf), ...(bandwidth === undefined ? {} : { bandwidthHz: Number(bandwidth) * 1000 }) };
}

/** Bytes of hex digits in any notation, or of a list of numbers; undefined if it is neither. */
export function bytesOfHex(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return bytesOfList(value);
  const digits = value.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  return digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** Bytes of `[1, 2]` or of a Buffer as JSON shows it. */
export function bytesOfList(value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value);
  const list = Array.isArray(value) ? value : objectOf(value)?.data;
  const isBytes =
    Array.isArray(list) && list.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  return isBytes ? Buffer.from(list as number[]) : undefined;
}

/** The object of a JSON text, or the object itself: some servers put one into the other. */
export function nestedObject(value: unknown): JsonObject | undefined {
  return typeof value === 'string' ? jsonObjectOf(value) : objectOf(value);
}

/** The object of a JSON text; undefined for anything else, and for one with more levels than an intake would let in. */
export function jsonObjectOf(text: string): JsonObject | undefined {
  if (!text.includes('{') || isDeeplyNested(text)) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Percent of a battery code of DevStatusAns (LoRaWAN 1.0.4, 5.5), one decimal: 1 is empty, 254 full; 0 (external power)
 * and 255 (unknown) are no level.
 */
export function batteryPercentOf(code: number | undefined): number | undefined {
  if (code === undefined || code < 1 || code > 254) return undefined;
  return Math.round(((code - 1) / 253) * 1000) / 10;
}

/** Type of an event by the server's word for it: as the table says, else the word itself in our notation, or `other`. */
export function eventNamed(table: Readonly<Record<string, string>>, word: unknown): string {
  const name = String(word);
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replaceAll('_', '-');
  return /^[a-z][a-z\d-]{0,39}$/.test(plain) ? plain : 'other';
}

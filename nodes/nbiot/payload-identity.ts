import { plainCbor, readCbor } from '../codec/formats/cbor.ts';
import { type Identity, isImei } from '../devices/identity.ts';
import { isDeeplyNested } from '../intake/nesting.ts';
import { type JsonObject, objectOf, present } from '../lorawan/json-fields.ts';

const [OBJECT] = Buffer.from('{');
/** Major type of a CBOR map, in the three highest bits. */
const CBOR_MAP = 5;
/** Levels of objects in which a device may say who it is: `pld.dev.imei`. */
const LEVELS = 3;
/** An IMEI as decimal digits in half-bytes with one digit in front, as payloads of Dragino and Adeunis begin. */
const PACKED = { start: 0, end: 8 };
/** Serial number in messages of Efento: the first field, six bytes. */
const EFENTO = { tag: Buffer.from([0x0a, 0x06]), start: 2, end: 8 };
/** IMEI and IMSI as text in frames of Milesight, behind the versions and the serial number. */
const MILESIGHT = { tag: 0x02, imei: 33, imsi: 48, end: 63 };

/**
 * What a device says of who it is at the places where devices do: an IMEI or IMSI in JSON or CBOR, an IMEI in the first
 * eight bytes, also of bytes written as hex digits, in the frame's head of Milesight, the serial number of Efento's
 * messages. It is a claim. Never throws.
 */
export function identityIn(payload: Buffer): Identity {
  if (payload[0] === OBJECT) return identityInFields(jsonIn(payload));
  if ((payload[0] ?? 0) >> 5 === CBOR_MAP) return identityInFields(cborIn(payload));
  const bytes = isHexText(payload) ? Buffer.from(payload.toString('latin1'), 'hex') : payload;
  return {
    ...present<Identity>({ imei: packedImei(bytes), endpoint: efentoSerial(bytes) }),
    ...milesightNumbers(bytes),
  };
}

/** The same of an object's fields. `field`: path of the one that has the device's number or name, steps joined by dots. */
export function identityInFields(fields: JsonObject | undefined, field?: string): Identity {
  const own = field === undefined ? undefined : textAt(fields, field.split('.'));
  const named = own === undefined ? {} : { endpoint: own, ...numbersOf(own) };
  return { ...found(fields, LEVELS), ...named };
}

/** Numbers in fields that are called after them, whatever their case; the outer ones count first. */
function found(fields: JsonObject | undefined, levels: number): Identity {
  if (!fields || levels === 0) return {};
  const identity: Identity = {};
  const entries = Object.entries(fields);
  // There may be a hundred thousand of them.
  for (const [, value] of entries.toReversed()) Object.assign(identity, found(objectOf(value), levels - 1));
  for (const [name, value] of entries) {
    const wanted = name.toLowerCase();
    if (wanted !== 'imei' && wanted !== 'imsi') continue;
    Object.assign(identity, present<Identity>({ [wanted]: numbersOf(textOf(value) ?? '')[wanted] }));
  }
  return identity;
}

/** What a number may be. Both have 15 digits: a field's name says which it is. */
function numbersOf(text: string): Pick<Identity, 'imei' | 'imsi'> {
  return present<Pick<Identity, 'imei' | 'imsi'>>({
    imei: isImei(text) ? text : undefined,
    imsi: /^\d{14,15}$/.test(text) ? text : undefined,
  });
}

function textAt(value: unknown, [step, ...rest]: readonly string[]): string | undefined {
  if (step === undefined) return textOf(value);
  const fields = objectOf(value);
  return fields && Object.hasOwn(fields, step) ? textAt(fields[step], rest) : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function jsonIn(payload: Buffer): JsonObject | undefined {
  const text = payload.toString('utf8');
  if (isDeeplyNested(text)) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function cborIn(payload: Buffer): JsonObject | undefined {
  try {
    return objectOf(plainCbor(readCbor(payload)));
  } catch {
    return undefined;
  }
}

/** Of at least as many digits as an IMEI needs. */
function isHexText(payload: Buffer): boolean {
  return (
    payload.length >= 2 * PACKED.end &&
    payload.length % 2 === 0 &&
    payload.every(
      (byte) => (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66),
    )
  );
}

function packedImei(bytes: Buffer): string | undefined {
  const digits = bytes.toString('hex', PACKED.start, PACKED.end).slice(1);
  return isImei(digits) ? digits : undefined;
}

function efentoSerial(bytes: Buffer): string | undefined {
  const { tag, start, end } = EFENTO;
  return bytes.length > end && bytes.subarray(0, start).equals(tag)
    ? bytes.toString('hex', start, end)
    : undefined;
}

function milesightNumbers(bytes: Buffer): Identity {
  const { tag, imei, imsi, end } = MILESIGHT;
  const number = bytes[0] === tag ? bytes.toString('latin1', imei, imsi) : '';
  if (!isImei(number)) return {};
  return present<Identity>({ imei: number, imsi: numbersOf(bytes.toString('latin1', imsi, end)).imsi });
}

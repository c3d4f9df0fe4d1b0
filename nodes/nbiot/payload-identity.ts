import { type Identity, isImei } from '../devices/identity.ts';
import { type JsonObject, objectOf, present } from '../lorawan/json-fields.ts';

/** Bytes of a serial number, of Efento's message: its first field, six bytes. */
const EFENTO_SERIAL = { start: Buffer.from([0x0a, 0x06]), length: 6 };
/** An IMEI as decimal digits in half-bytes with one digit in front, as Dragino's payloads begin. */
const IMEI_BYTES = 8;
const [OBJECT] = Buffer.from('{');

/**
 * What a device says of who it is at the places where devices do: an IMEI or IMSI in a JSON object, an IMEI in the
 * first eight bytes, also of bytes written as hex digits, the serial number of Efento's messages. It is a claim.
 * Never throws.
 */
export function identityIn(payload: Buffer): Identity {
  if (payload[0] === OBJECT) return identityInFields(objectIn(payload));
  const bytes = isHexText(payload) ? Buffer.from(payload.toString('latin1'), 'hex') : payload;
  return present<Identity>({ imei: packedImei(bytes), endpoint: efentoSerial(bytes) });
}

/** The same of an object's fields. `field`: the one that has the device's number or name, where staff have named it. */
export function identityInFields(fields: JsonObject | undefined, field?: string): Identity {
  const texts = new Map(
    Object.entries(fields ?? {}).map(([key, value]) => [key.toLowerCase(), String(value)]),
  );
  const own = field === undefined ? undefined : texts.get(field.toLowerCase());
  const imei = [own, texts.get('imei')].find((text) => text !== undefined && isImei(text));
  const imsi = [own, texts.get('imsi')].find((text) => text !== undefined && /^\d{14,15}$/.test(text));
  return present<Identity>({ imei, imsi: imsi === imei ? undefined : imsi, endpoint: own });
}

function objectIn(payload: Buffer): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(payload.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Of at least as many digits as an IMEI needs. */
function isHexText(payload: Buffer): boolean {
  return (
    payload.length >= 2 * IMEI_BYTES &&
    payload.length % 2 === 0 &&
    payload.every(
      (byte) => (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66),
    )
  );
}

function packedImei(bytes: Buffer): string | undefined {
  const digits = bytes.toString('hex', 0, IMEI_BYTES).slice(1);
  return isImei(digits) ? digits : undefined;
}

function efentoSerial(bytes: Buffer): string | undefined {
  const { start, length } = EFENTO_SERIAL;
  const isThere = bytes.length > start.length + length && bytes.subarray(0, start.length).equals(start);
  return isThere ? bytes.toString('hex', start.length, start.length + length) : undefined;
}

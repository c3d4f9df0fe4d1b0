import type { CodecOutput } from '../codec.ts';
import { type Piece, requireLength, type Values } from './field.ts';

/** Cayenne Low Power Payload: each value brings its channel and its type, so that there is nothing to describe. */
export interface CayenneLpp {
  kind: 'cayenne-lpp';
}

/** A number: bytes (big-endian), the least step, and whether it can be negative. */
interface Part {
  size: number;
  /** Steps in a unit. */
  per: number;
  signed?: true;
}

/** A type is one number, or an object of several. */
type Type = readonly [name: string, parts: Part | Readonly<Record<string, Part>>];

const BYTE: Part = { size: 1, per: 1 };
const WORD: Part = { size: 2, per: 1 };
const axes = (per: number) => {
  const axis: Part = { size: 2, per, signed: true };
  return { x: axis, y: axis, z: axis };
};
const degrees: Part = { size: 3, per: 10_000, signed: true };

/**
 * By type code. Names and units as The Things Network and ChirpStack give them: °C, %, hPa, lux, g, °/s, V, A, W, m,
 * kWh, Hz, s since 1970. Sources: myDevices' description of the format; IPSO object ids less 3200.
 */
const TYPES: Readonly<Record<number, Type>> = {
  0: ['digital_in', BYTE],
  1: ['digital_out', BYTE],
  2: ['analog_in', { size: 2, per: 100, signed: true }],
  3: ['analog_out', { size: 2, per: 100, signed: true }],
  100: ['generic', { size: 4, per: 1 }],
  101: ['luminosity', WORD],
  102: ['presence', BYTE],
  103: ['temperature', { size: 2, per: 10, signed: true }],
  104: ['relative_humidity', { size: 1, per: 2 }],
  113: ['accelerometer', axes(1000)],
  115: ['barometric_pressure', { size: 2, per: 10 }],
  116: ['voltage', { size: 2, per: 100 }],
  117: ['current', { size: 2, per: 1000 }],
  118: ['frequency', { size: 4, per: 1 }],
  120: ['percentage', BYTE],
  121: ['altitude', { size: 2, per: 1, signed: true }],
  125: ['concentration', WORD],
  128: ['power', WORD],
  130: ['distance', { size: 4, per: 1000 }],
  131: ['energy', { size: 4, per: 1000 }],
  132: ['direction', WORD],
  133: ['unixtime', { size: 4, per: 1 }],
  134: ['gyrometer', axes(100)],
  135: ['colour', { r: BYTE, g: BYTE, b: BYTE }],
  136: ['gps', { latitude: degrees, longitude: degrees, altitude: { size: 3, per: 100, signed: true } }],
  142: ['switch', BYTE],
};

/**
 * The values as `<type>_<channel>`, for example `temperature_1`. An unknown type has no known length: what comes before
 * it is kept, and a warning says so. Throws CodecError if a value is cut off.
 */
export function decodeCayenneLpp(piece: Piece): CodecOutput {
  const { model, bytes } = piece;
  const data: Values = {};
  for (let at = 0; at < bytes.length; ) {
    requireLength(piece, at + 2);
    const [channel = 0, code = 0] = bytes.subarray(at, at + 2);
    const type = TYPES[code];
    if (!type) return { data, warnings: [`unknown type ${code} of channel ${channel}`] };
    const [name, parts] = type;
    const size = sizeOf(parts);
    at += 2;
    requireLength(piece, at + size);
    data[`${name}_${channel}`] = read(parts, { model, bytes: bytes.subarray(at, at + size) });
    at += size;
  }
  return { data };
}

function isSingle(parts: Type[1]): parts is Part {
  return typeof parts.size === 'number';
}

function sizeOf(parts: Type[1]): number {
  return isSingle(parts) ? parts.size : Object.values(parts).reduce((sum, { size }) => sum + size, 0);
}

function read(parts: Type[1], { bytes }: Piece): Values[string] {
  if (isSingle(parts)) return numberOf(parts, bytes);
  const values: Values = {};
  let at = 0;
  for (const [name, part] of Object.entries(parts)) {
    values[name] = numberOf(part, bytes.subarray(at, at + part.size));
    at += part.size;
  }
  return values;
}

function numberOf({ size, per, signed }: Part, bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, size);
  return (signed ? buffer.readIntBE(0, size) : buffer.readUIntBE(0, size)) / per;
}

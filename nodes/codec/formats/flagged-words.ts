import type { CodecOutput, DownlinkOutput } from '../codec.ts';
import { type Piece, requireLength, type Values, viewOf } from './field.ts';

interface WordValue {
  name: string;
  displayName: string;
  /** Which of the sensor's words, 0 and up; with `high`, the lower half of a number of 32 bits. */
  word?: number;
  /** Which word is the upper half. */
  high?: number;
  /** In place of `word`: sums of all words, each with its weight. The largest sum counts, never less than 0. */
  largestSum?: readonly (readonly number[])[];
  /** Value = (word + add) * multiply / divide + offset, in `unit`. */
  add?: number;
  multiply?: number;
  divide?: number;
  offset?: number;
  unit?: string;
  /** The word of a sensor that is not connected: there is no value then. */
  missing?: number;
}

/**
 * A payload of 16-bit big-endian words, where a bit per sensor says whether its words are present (Decentlab,
 * protocol version 2): version (1 byte), device id (2), flags (2), then the words of each sensor in order.
 */
export interface FlaggedWords {
  kind: 'flagged-words';
  version: number;
  sensors: readonly { words: number; values: readonly WordValue[] }[];
}

const HEADER = 5;
const COMMAND_PORT = 1;
const COMMAND_LENGTH = 6;

/** TS013 output with `{ value, unit, displayName }` per measured value. Throws CodecError if words are missing. */
export function decodeFlaggedWords(format: FlaggedWords, piece: Piece): CodecOutput {
  requireLength(piece, 1);
  const view = viewOf(piece.bytes);
  const version = view.getUint8(0);
  if (version !== format.version) {
    return { errors: [`protocol version ${version} doesn't match v${format.version}`] };
  }
  requireLength(piece, HEADER);
  const data: Values = { protocol_version: version, device_id: view.getUint16(1) };
  const flags = view.getUint16(3);
  let at = HEADER;
  for (const [index, sensor] of format.sensors.entries()) {
    if (((flags >> index) & 1) === 0) continue;
    requireLength(piece, at + sensor.words * 2);
    const words = Array.from({ length: sensor.words }, (_, word) => view.getUint16(at + word * 2));
    for (const value of sensor.values) {
      if (value.missing === undefined || words[value.word ?? 0] !== value.missing)
        data[value.name] = readValue(value, words);
    }
    at += sensor.words * 2;
  }
  return { data };
}

function readValue(value: WordValue, words: readonly number[]): Values {
  const { displayName, add = 0, multiply = 1, divide = 1, offset = 0, unit } = value;
  const number = ((numberOf(value, words) + add) * multiply) / divide + offset;
  return { displayName, value: number, ...(unit === undefined ? {} : { unit }) };
}

function numberOf({ word = 0, high, largestSum }: WordValue, words: readonly number[]): number {
  if (largestSum) return Math.max(0, ...largestSum.map((weights) => weightedSum(weights, words)));
  return (words[word] ?? 0) + (high === undefined ? 0 : (words[high] ?? 0) * 0x10000);
}

function weightedSum(weights: readonly number[], words: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (words[index] ?? 0), 0);
}

/** Codes of the settings that all Decentlab devices take; `parameter` is false where the command has none. */
const COMMANDS: readonly { code: number; name: string; parameter: boolean }[] = [
  ...saveable(0x0001, 'set period'),
  ...saveable(0x0003, 'set dr'),
  ...saveable(0x0005, 'set adr on', false),
  ...saveable(0x0007, 'set adr off', false),
  ...saveable(0x0009, 'set dr_min'),
  ...saveable(0x000b, 'set dr_max'),
  ...saveable(0x000d, 'set pwridx_min'),
  ...saveable(0x000f, 'set pwridx_max'),
  ...saveable(0x0011, 'set send_period'),
  ...saveable(0x0013, 'set join_period'),
  ...saveable(0x0015, 'set pwridx'),
  ...saveable(0x0017, 'set linkcheck_period'),
  ...saveable(0x0019, 'set linkcheck_tolerance'),
  ...saveable(0x001b, 'set linkcheck_limit'),
  ...saveable(0x001d, 'set port'),
  ...numbered(0x0020, 'set param', 16),
  ...numbered(0x0050, 'set sensor_period', 10),
  { code: 0xfefe, name: 'reset', parameter: false },
  { code: 0xfef0, name: 'factory reset', parameter: false },
  { code: 0xfef1, name: 'sleep', parameter: false },
];

/** A setting for now, and with the next code the same kept over a restart. */
function saveable(code: number, name: string, parameter = true) {
  return [
    { code, name, parameter },
    { code: code + 1, name: `${name} + save`, parameter },
  ];
}

/** A row of settings, and 16 codes further the same kept over a restart. */
function numbered(code: number, name: string, count: number) {
  return Array.from({ length: count }, (_, index) => [
    { code: code + index, name: `${name} ${index}`, parameter: true },
    { code: code + 16 + index, name: `${name} ${index} + save`, parameter: true },
  ]).flat();
}

/**
 * Encodes `{ command, parameter? }` as command, parameter and CRC-16/MODBUS, two bytes each, big-endian.
 * The errors are the vendor's own.
 */
export function encodeWordCommand(request: unknown): DownlinkOutput {
  const { command, parameter } = (request ?? {}) as { command?: unknown; parameter?: unknown };
  const known = COMMANDS.find(({ name }) => name === command);
  if (!known) return { errors: ['invalid command'] };
  const value = known.parameter ? Number.parseInt(String(parameter), 10) : 0;
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) return { errors: ['invalid parameter'] };
  const bytes = Buffer.alloc(COMMAND_LENGTH);
  bytes.writeUInt16BE(known.code, 0);
  bytes.writeUInt16BE(value, 2);
  bytes.writeUInt16BE(crc16(bytes.subarray(0, 4)), 4);
  return { fPort: COMMAND_PORT, bytes: [...bytes] };
}

/** The reverse of `encodeWordCommand`. */
export function decodeWordCommand({ fPort, bytes }: { fPort: number; bytes: Uint8Array }): CodecOutput {
  if (bytes.length !== COMMAND_LENGTH) return { errors: ['invalid message length'] };
  if (fPort !== COMMAND_PORT) return { errors: ['invalid FPort'] };
  const view = viewOf(bytes);
  const known = COMMANDS.find(({ code }) => code === view.getUint16(0));
  if (!known) return { errors: ['invalid command'] };
  if (view.getUint16(4) !== crc16(bytes.subarray(0, 4))) return { errors: ['invalid CRC'] };
  return { data: { command: known.name, ...(known.parameter ? { parameter: view.getUint16(2) } : {}) } };
}

/** CRC-16/MODBUS: polynomial 0x8005 reflected, start value 0xFFFF. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

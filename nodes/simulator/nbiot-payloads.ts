import { encode } from 'cborg';
import type { NbiotReading, NbiotSandboxDevice } from './nbiot-devices.ts';

/** A message body as a device sends it; `contentFormat` as CoAP has it. */
export interface NbiotPayload {
  bytes: Buffer;
  contentFormat?: number;
}

const [SENML_JSON, SENML_CBOR] = [110, 112];
/** Labels of RFC 8428, table 4. */
const [BASE_TIME, BASE_NAME, NAME, UNIT, VALUE, TIME] = [-3, -2, 0, 1, 2, 6];
/** V: that of a lithium cell, full and empty. */
const [FULL_CELL, EMPTY_CELL] = [3.65, 3.1];
/** What the NDDS20 says besides: firmware version, signal quality, mode, no interrupt. */
const [VERSION, CSQ, MODE, INTERRUPT] = [0x6464, 20, 1, 0];

const UNITS: readonly (readonly [name: 'distance' | 'water_level' | 'battery_level', unit: string])[] = [
  ['distance', 'm'],
  ['water_level', 'm'],
  ['battery_level', '%EL'],
];

/** Readings, oldest first, as a SenML pack: CBOR of the bins, JSON of the river. */
export function senmlOf(
  { kind, endpoint }: NbiotSandboxDevice,
  readings: readonly NbiotReading[],
): NbiotPayload {
  const start = Math.floor((readings[0]?.time ?? 0) / 1000);
  const values = readings.flatMap((reading) =>
    UNITS.flatMap(([n, u]) => {
      const v = reading[n];
      return v === undefined ? [] : [{ n, u, v, t: Math.floor(reading.time / 1000) - start }];
    }),
  );
  const base = { bn: `${endpoint}:`, bt: start };
  if (kind === 'level') {
    const [first, ...others] = values;
    const pack = [{ ...base, ...first }, ...others];
    return { bytes: Buffer.from(JSON.stringify(pack)), contentFormat: SENML_JSON };
  }
  const records = values.map(
    ({ n, u, v, t }) =>
      new Map<number, unknown>([
        [NAME, n],
        [UNIT, u],
        [VALUE, v],
        [TIME, t],
      ]),
  );
  records[0]?.set(BASE_NAME, base.bn).set(BASE_TIME, base.bt);
  return { bytes: Buffer.from(encode(records)), contentFormat: SENML_CBOR };
}

/** Readings, oldest first, as LwM2M 1.1 sends them: SenML CBOR with the paths of resources, of those at or below one. */
export function lwm2mOf(readings: readonly NbiotReading[], below = ''): NbiotPayload {
  const records = readings.flatMap((reading) =>
    resourcesOf(reading, below).map(
      ([path, value]) =>
        new Map<number, unknown>([
          [NAME, path],
          [VALUE, value],
          [TIME, Math.floor(reading.time / 1000)],
        ]),
    ),
  );
  return { bytes: Buffer.from(encode(records)), contentFormat: SENML_CBOR };
}

/** Distance and battery: IPSO object 3330, OMA device object. */
export function resourcesOf(
  { distance = 0, battery_level }: NbiotReading,
  below: string,
): [path: string, value: number][] {
  const all: [string, number][] = [
    ['/3330/0/5700', distance],
    ['/3/0/9', battery_level],
  ];
  return all.filter(([path]) => path === below || path.startsWith(`${below}/`));
}

/** Readings, oldest first, as the NDDS20 sends them: the newest, and those that it stored behind it, newest first. */
export function ndds20Of({ imei }: NbiotSandboxDevice, readings: readonly NbiotReading[]): NbiotPayload {
  const [newest, ...stored] = readings.toReversed();
  if (!newest) return { bytes: Buffer.alloc(0) };
  const head = Buffer.alloc(15);
  head.write(`f${imei}`, 'hex');
  head.writeUInt16BE(VERSION, 8);
  const volts = EMPTY_CELL + ((FULL_CELL - EMPTY_CELL) * newest.battery_level) / 100;
  head.writeUInt16BE(Math.round(1000 * volts), 10);
  head.set([CSQ, MODE, INTERRUPT], 12);
  return { bytes: Buffer.concat([head, row(newest), ...stored.map(row)]) };
}

function row({ time, distance = 0 }: NbiotReading): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(Math.round(1000 * distance));
  bytes.writeUInt32BE(Math.floor(time / 1000), 2);
  return bytes;
}

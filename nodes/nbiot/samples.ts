import type { DeviceModel } from '../devices/device.ts';
import { completed, mappedValues } from '../devices/model.ts';
import { type JsonObject, objectOf, present } from '../lorawan/json-fields.ts';
import { decodePayload, type PayloadReader, type PayloadSample } from '../lorawan/payload.ts';
import { ByflytError } from '../observation/errors.ts';
import { andThen, type NowOrLater } from '../observation/now-or-later.ts';
import type { Observation } from '../observation/observation.ts';
import { isQuantity, QUANTITIES } from '../observation/quantities.ts';
import { convert } from '../observation/units.ts';
import { isSecret, type Resource, type ResourceValue, readLwm2m } from './lwm2m.ts';
import { lwm2mReading } from './lwm2m-quantities.ts';
import { ABSOLUTE_FROM, type ResolvedRecord, readSenmlCbor, readSenmlJson, resolveSenml } from './senml.ts';
import { ucumOfSenml } from './senml-units.ts';
import { signalIn } from './signal-strength.ts';

/** What one moment of a message says: quantities where they are certain, and everything as it was sent. */
export interface Sample {
  values: Observation['values'];
  decoded: unknown;
  /** Names that nobody knows the meaning of. */
  unknownNames: string[];
  /** The device's clock: seconds or milliseconds since 1970 UTC, or ISO 8601. */
  time?: number | string;
  /** Seconds before the message was sent, of a device that counts so. */
  age?: number;
  /** Signal strength, dBm. */
  rssi?: number;
}

/** The samples of a message, in the order sent. */
export interface SampleSet {
  samples: Sample[];
  warnings: string[];
}

/** What a message carries: the device's bytes, or values that somebody named. */
export interface Body {
  bytes?: Buffer;
  fields?: JsonObject;
  /** CoAP Content-Format. */
  contentFormat?: number;
  /** LwM2M object, instance or resource to which the bytes belong. */
  lwm2mPath?: string;
}

/** CoAP Content-Formats (IANA registry; the older two of LwM2M have numbers of before it) of messages that name their values. */
const SENML_FORMATS: ReadonlySet<number> = new Set([110, 111, 112, 113]);
const LWM2M_FORMATS: ReadonlySet<number> = new Set([1542, 1543, 11_542, 11_543]);
const [TEXT, OPAQUE, TLV] = [0, 42, 11_542];
const SENML_CBOR = new Set([112, 113]);
const [LIST] = Buffer.from('[');

/**
 * What a message says, by the standard that it is written in (SenML, LwM2M), else by the codec of the device's model;
 * what it names itself by the model's mappings. Throws, or rejects with, MessageError or CodecError.
 */
export function samplesIn(body: Body, reader: PayloadReader, recvTime: Date): NowOrLater<SampleSet> {
  const { fields, bytes = Buffer.alloc(0), contentFormat, lwm2mPath } = body;
  if (fields) return fromFields(fields, reader, recvTime);
  if (contentFormat !== undefined && SENML_FORMATS.has(contentFormat))
    return { samples: fromSenml(senmlIn(bytes, SENML_CBOR.has(contentFormat)), reader), warnings: [] };
  const isLwm2m = contentFormat !== undefined && LWM2M_FORMATS.has(contentFormat);
  if (isLwm2m || lwm2mPath !== undefined) return fromLwm2m({ ...body, bytes }, reader, recvTime);
  switch (reader.codec?.reads) {
    case 'senml':
      return { samples: fromSenml(senmlIn(bytes, bytes[0] !== LIST), reader), warnings: [] };
    case 'lwm2m':
      return fromLwm2m({ ...body, bytes, contentFormat: TLV }, reader, recvTime);
    default:
      return fromPayload(bytes, reader, recvTime);
  }
}

/** Resolved with `now` as 0, so that a time that is relative to now is the negative age. */
export function senmlIn(pack: Uint8Array, isCbor: boolean): ResolvedRecord[] {
  const records = isCbor ? readSenmlCbor(pack) : readSenmlJson(Buffer.from(pack).toString('utf8'));
  return resolveSenml(records, 0);
}

/** One sample per time of records that were resolved with `now` as 0; keys are left out. */
export function fromSenml(records: readonly ResolvedRecord[], reader: PayloadReader): Sample[] {
  const open = records.filter(({ n }) => !isSecret(n));
  return byTime(open, ({ t }) => t).map(([time, those]) => ({
    ...named(those.flatMap(recordValue), reader),
    ...whenOf(time),
    decoded: those.map((record) => ({ ...record })),
  }));
}

/** One sample per time of LwM2M resources whose times are as those of SenML above; keys are left out. */
export function fromResources(resources: readonly Resource[], reader: PayloadReader): Sample[] {
  const open = resources.filter(({ path }) => !isSecret(path));
  return byTime(open, ({ time }) => time).map(([time, those]) => ({
    ...named(
      those.map(({ path, value }) => ({ name: path, value })),
      reader,
    ),
    ...whenOf(time),
    decoded: Object.fromEntries(those.map(({ path, value }) => [path, value])),
  }));
}

/** The device's own bytes, read by its model's codec. */
export function fromPayload(
  bytes: Buffer,
  reader: PayloadReader,
  recvTime: Date,
  fPort?: number,
): NowOrLater<SampleSet> {
  const input = { bytes, recvTime, ...(fPort !== undefined && { fPort }) };
  return andThen(decodePayload(reader, input), ({ samples, warnings }) => ({
    samples: samples.map((sample) => sampleOf(sample, reader.model)),
    warnings,
  }));
}

function sampleOf({ values, unknownNames, deviceTime, data }: PayloadSample, model?: DeviceModel): Sample {
  return present<Sample>({
    values,
    unknownNames,
    decoded: data,
    time: deviceTime,
    age: ageIn(data, model),
    rssi: signalIn(data, model),
  });
}

/** Seconds. Throws ConfigurationError if the model's unit is none of time. */
function ageIn(data: unknown, model: DeviceModel | undefined): number | undefined {
  const age = model?.age && objectOf(data)?.[model.age.from];
  return typeof age === 'number' ? convert(age, model?.age?.unit ?? 's', 's') : undefined;
}

/** Values that a platform, or the device itself, names: LwM2M resources by their paths, others by the model's mappings. */
function fromFields(fields: JsonObject, reader: PayloadReader, recvTime: Date): NowOrLater<SampleSet> {
  const resources = Object.entries(fields).flatMap(([path, value]) =>
    path.startsWith('/') && isValue(value) ? [{ path, value }] : [],
  );
  if (resources.length > 0) {
    const decoded = Object.fromEntries(Object.entries(fields).filter(([path]) => !isSecret(path)));
    const samples = fromResources(resources, reader).map((sample) => ({ ...sample, decoded }));
    return { samples, warnings: [] };
  }
  if (reader.codec?.reads === 'json')
    return fromPayload(Buffer.from(JSON.stringify(fields)), reader, recvTime);
  const codec = { id: 'json', version: '', decodeUplink: () => ({ data: fields }) };
  return fromPayload(Buffer.alloc(0), { ...reader, codec }, recvTime);
}

function fromLwm2m(
  { bytes, contentFormat, lwm2mPath: path = '/' }: Body & { bytes: Buffer },
  reader: PayloadReader,
  recvTime: Date,
): NowOrLater<SampleSet> {
  const isResource = path.split('/').length > 3;
  const resources = readLwm2m({ bytes, path, contentFormat: contentFormat ?? (isResource ? TEXT : TLV) }, 0);
  const [only, ...others] = resources;
  // An opaque resource (object 19 carries nothing else) holds the vendor's own bytes.
  const isVendors = only !== undefined && others.length === 0 && isOpaque(only, contentFormat);
  if (isVendors && reader.codec && reader.codec.reads !== 'lwm2m')
    return fromPayload(Buffer.from(String(only.value), 'hex'), reader, recvTime);
  return { samples: fromResources(resources, reader), warnings: [] };
}

/** Binary application data: OMA LwM2M registry, object 19, resource 0. */
const BINARY_DATA = /^\/19\/\d+\/0(\/\d+)?$/;

function isOpaque({ path, value }: Resource, contentFormat: number | undefined): boolean {
  return typeof value === 'string' && (contentFormat === OPAQUE || BINARY_DATA.test(path));
}

interface NamedValue {
  name: string;
  value: ResourceValue;
  /** UCUM. */
  unit?: string;
}

function recordValue({ n, u, v, vs, vb }: ResolvedRecord): NamedValue[] {
  const value = v ?? vs ?? vb;
  if (value === undefined) return [];
  return [present<NamedValue>({ name: n, value, unit: u === undefined ? undefined : ucumOfSenml(u) })];
}

type Reading = Pick<Sample, 'values' | 'rssi' | 'unknownNames'>;

/**
 * Values that name themselves, as quantities: what the device's model maps, LwM2M resources whose meaning is in their
 * object, and names that are those of quantities and have a unit that fits. Nothing else is guessed.
 */
function named(all: readonly NamedValue[], { model, device }: PayloadReader): Reading {
  const paths = all.filter(({ name }) => name.startsWith('/'));
  const { values, rssi, unknownNames } = lwm2mReading(
    paths.map(({ name, value }) => ({ path: name, value })),
  );
  const own = new Set(unknownNames.filter((path) => !isManagement(path)));
  const others = withShortNames(all.filter(({ name }) => !name.startsWith('/')));
  for (const [name, { value, unit }] of others) {
    const canonical = isQuantity(name) ? quantityOf(name, value, unit) : undefined;
    if (canonical === undefined) own.add(name);
    else if (isQuantity(name)) values[name] = canonical;
  }
  if (!model) return present<Reading>({ values, rssi, unknownNames: [...own] });
  const data = Object.fromEntries([
    ...paths.map(({ name, value }) => [name, value]),
    ...[...others].map(([name, { value }]) => [name, value]),
  ]);
  const mapped = mappedValues(model, data);
  return present<Reading>({
    values: completed({ ...values, ...mapped.values }, model, device),
    rssi,
    unknownNames: mapped.unknownNames.filter((name) => own.has(name)),
  });
}

/** Objects by which a server looks after a client, such as its manufacturer and its cell: no measurements. */
function isManagement(path: string): boolean {
  return Number(path.split('/')[1]) < 20;
}

/** By the last part of the name, before which most packs have the device's (`urn:dev:mac:0024befffe804ff1:temperature`). */
function withShortNames(all: readonly NamedValue[]): Map<string, NamedValue> {
  const byName = new Map<string, NamedValue>();
  for (const one of all) {
    const short = one.name.slice(Math.max(one.name.lastIndexOf(':'), one.name.lastIndexOf('/')) + 1);
    byName.set(short === '' || byName.has(short) ? one.name : short, one);
  }
  return byName;
}

function quantityOf(
  name: keyof typeof QUANTITIES,
  value: ResourceValue,
  unit: string | undefined,
): ResourceValue | undefined {
  const { valueType, unit: canonical } = QUANTITIES[name];
  if (typeof value !== valueType) return undefined;
  if (typeof value !== 'number') return value;
  try {
    return convert(value, unit ?? '1', canonical);
  } catch (error) {
    if (error instanceof ByflytError) return undefined;
    throw error;
  }
}

/** A time of a record, in which one that is relative to now is below zero. */
function whenOf(time: number | undefined): Pick<Sample, 'time' | 'age'> {
  if (time === undefined) return {};
  return time < ABSOLUTE_FROM ? { age: -time } : { time };
}

function byTime<T>(
  items: readonly T[],
  timeOf: (item: T) => number | undefined,
): [number | undefined, T[]][] {
  return [...Map.groupBy(items, timeOf)];
}

function isValue(value: unknown): value is ResourceValue {
  return ['number', 'string', 'boolean'].includes(typeof value);
}

import { type JsonObject, objectOf, textOf } from '../lorawan/json-fields.ts';
import { MessageError, problemOf } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';
import { choosePhenomenonTime } from '../observation/time.ts';
import { plainCbor, readCbor } from './cbor.ts';
import { type Resource, readLwm2m, readLwm2mJson } from './lwm2m.ts';
import { lwm2mReading } from './lwm2m-quantities.ts';
import { type ResolvedRecord, readSenmlCbor, readSenmlJson, resolveSenml } from './senml.ts';

export type NbiotLineResult = Observation | { error: { key: string; message: string } };

/** What one moment of a message says: quantities where they are certain, and everything as it was sent. */
interface Sample {
  /** Seconds since 1970 UTC; absent: as old as the message. */
  time?: number;
  decoded: unknown;
  resources: Resource[];
}

type Format = (line: JsonObject, now: number) => Sample[];

const TLV = 11_542;

/** Field of a line that holds a message -> who reads it. */
const FORMATS: Readonly<Record<string, Format>> = {
  senml: ({ senml }, now) => fromSenml(resolveSenml(recordsOf(senml), now)),
  lwm2mTlv: ({ lwm2mTlv, path }, now) =>
    fromResources(
      readLwm2m({ contentFormat: TLV, bytes: bytesOf('lwm2mTlv', lwm2mTlv), path: textOf(path) ?? '/' }, now),
    ),
  lwm2mJson: ({ lwm2mJson }) => fromResources(readLwm2mJson(lwm2mJson)),
  cbor: ({ cbor }) => [{ decoded: plainCbor(readCbor(bytesOf('cbor', cbor))), resources: [] }],
};

/** The format of a line of `byflyt decode` that holds a message of NB-IoT; undefined for other lines. */
export function nbiotFormat(line: unknown): string | undefined {
  const fields = objectOf(line);
  return fields && Object.keys(FORMATS).find((name) => fields[name] !== undefined);
}

/**
 * Decodes a line `{ senml | lwm2mTlv | lwm2mJson | cbor, path?, receivedTime? }`: SenML as its JSON or as hex of CBOR,
 * the others that are binary as hex. One Observation per moment, oldest first, of a device that nobody registered.
 * Never throws: an error becomes `{ error }`.
 */
export function decodeNbiotLine(line: unknown, format: string, language: Language): NbiotLineResult[] {
  const fields = objectOf(line) ?? {};
  const receivedTime = textOf(fields.receivedTime) ?? new Date().toISOString();
  try {
    const samples = FORMATS[format]?.(fields, Date.parse(receivedTime) / 1000) ?? [];
    return samples.map((sample) => observationOf(sample, format, fields[format], receivedTime));
  } catch (error) {
    return [{ error: { key: problemOf(error).key, message: describeError(error, language) } }];
  }
}

function observationOf(
  { time, decoded, resources }: Sample,
  codec: string,
  message: unknown,
  receivedTime: string,
): Observation {
  const { values, rssi } = lwm2mReading(resources);
  return {
    device: { id: 'unknown', name: 'unknown', area: 'unassigned' },
    ...choosePhenomenonTime({ device: time, received: receivedTime }),
    receivedTime,
    values,
    link: { network: 'nbiot', ...(rssi !== undefined && { rssi }) },
    decoded,
    raw: { payloadHex: hexOfMessage(message), codec, codecVersion: '' },
  };
}

function fromSenml(records: readonly ResolvedRecord[]): Sample[] {
  return byTime(records, ({ t }) => t).map(([time, those]) => ({
    time,
    decoded: those,
    resources: those.flatMap(resourceOf),
  }));
}

function resourceOf({ n, v, vs, vb }: ResolvedRecord): Resource[] {
  const value = v ?? vs ?? vb;
  return n.startsWith('/') && value !== undefined ? [{ path: n, value }] : [];
}

function fromResources(resources: readonly Resource[]): Sample[] {
  return byTime(resources, ({ time }) => time).map(([time, those]) => ({
    ...(time !== undefined && { time }),
    decoded: Object.fromEntries(those.map(({ path, value }) => [path, value])),
    resources: those,
  }));
}

/** Oldest first; what has no time of its own is the newest. */
function byTime<T, K extends number | undefined>(items: readonly T[], timeOf: (item: T) => K): [K, T[]][] {
  return [...Map.groupBy(items, timeOf)].sort(
    ([one], [other]) => (one ?? Number.POSITIVE_INFINITY) - (other ?? Number.POSITIVE_INFINITY),
  );
}

function recordsOf(senml: unknown) {
  return typeof senml === 'string' && /^([0-9a-f]{2})+$/i.test(senml)
    ? readSenmlCbor(Buffer.from(senml, 'hex'))
    : readSenmlJson(senml);
}

function bytesOf(field: string, value: unknown): Buffer {
  if (typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value)) return Buffer.from(value, 'hex');
  throw new MessageError({ key: 'nbiot.error.notHex', parameters: { field } });
}

function hexOfMessage(message: unknown): string {
  if (typeof message === 'string' && /^([0-9a-f]{2})*$/i.test(message)) return message.toLowerCase();
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return Buffer.from(text).toString('hex');
}

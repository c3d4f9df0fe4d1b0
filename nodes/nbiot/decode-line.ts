import { plainCbor, readCbor } from '../codec/formats/cbor.ts';
import type { ModelCatalog } from '../codec/models.ts';
import { type JsonObject, objectOf, present, textOf } from '../lorawan/json-fields.ts';
import { decodePayload } from '../lorawan/payload.ts';
import { MessageError, problemOf } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { DeviceReference, Observation } from '../observation/observation.ts';
import { choosePhenomenonTime } from '../observation/time.ts';
import { type Resource, readLwm2m, readLwm2mJson } from './lwm2m.ts';
import { lwm2mReading } from './lwm2m-quantities.ts';
import type { NbiotEvent, NbiotUplink } from './platform-message.ts';
import { readPlatform } from './platforms.ts';
import { type ResolvedRecord, readSenmlCbor, readSenmlJson, resolveSenml } from './senml.ts';

export interface NbiotLineContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  language: Language;
}

export type NbiotLineResult =
  | Observation
  | { event: NbiotEvent }
  | { error: { key: string; message: string } };

/** What one moment of a message says: quantities where they are certain, and everything as it was sent. */
interface Sample {
  values: Observation['values'];
  decoded: unknown;
  /** The device's clock: seconds or milliseconds since 1970 UTC, or ISO 8601. */
  time?: number | string | undefined;
  rssi?: number | undefined;
}

interface Line {
  fields: JsonObject;
  /** ISO 8601 UTC. */
  receivedTime: string;
  /** Seconds since 1970 UTC. */
  now: number;
}

type Format = (line: Line, context: NbiotLineContext) => Sample[] | Promise<Sample[]>;

const TLV = 11_542;

/** Field of a line that holds a message -> who reads it. */
const FORMATS: Readonly<Record<string, Format>> = {
  senml: ({ fields, now }) => fromSenml(resolveSenml(recordsOf(fields.senml), now)),
  lwm2mTlv: ({ fields, now }) =>
    fromResources(
      readLwm2m(
        { contentFormat: TLV, bytes: bytesIn(fields, 'lwm2mTlv'), path: textOf(fields.path) ?? '/' },
        now,
      ),
    ),
  lwm2mJson: ({ fields }) => fromResources(readLwm2mJson(fields.lwm2mJson)),
  cbor: ({ fields }) => [{ values: {}, decoded: plainCbor(readCbor(bytesIn(fields, 'cbor'))) }],
  udp: (line, context) => fromBytes(bytesIn(line.fields, 'udp'), line, context),
};

/** The format of a line of `byflyt decode` that holds a message of NB-IoT; undefined for other lines. */
export function nbiotFormat(line: unknown): string | undefined {
  const fields = objectOf(line);
  return fields && [...Object.keys(FORMATS), 'webhook'].find((name) => fields[name] !== undefined);
}

/**
 * Decodes a line `{ senml | lwm2mTlv | lwm2mJson | cbor | udp | webhook, path?, model?, receivedTime? }`: SenML as its
 * JSON or as hex of CBOR, the others that are binary as hex, a webhook as the platform's request. One Observation per
 * moment, oldest first, of a device that nobody registered; `model` reads the bytes that a device sent.
 * Never rejects: an error becomes `{ error }`.
 */
export async function decodeNbiotLine(
  value: unknown,
  format: string,
  context: NbiotLineContext,
): Promise<NbiotLineResult[]> {
  const fields = objectOf(value) ?? {};
  const receivedTime = textOf(fields.receivedTime) ?? new Date().toISOString();
  const line = { fields, receivedTime, now: Date.parse(receivedTime) / 1000 };
  try {
    if (format === 'webhook') return await webhookResults(line, context);
    const samples = (await FORMATS[format]?.(line, context)) ?? [];
    const raw = { payloadHex: hexOfMessage(fields[format]), codec: textOf(fields.model) ?? format };
    return samples.map((sample) => observationOf(sample, { device: UNREGISTERED, raw, receivedTime }));
  } catch (error) {
    return [{ error: { key: problemOf(error).key, message: describeError(error, context.language) } }];
  }
}

const UNREGISTERED: DeviceReference = { id: 'unknown', name: 'unknown', area: 'unassigned' };

async function webhookResults(line: Line, context: NbiotLineContext): Promise<NbiotLineResult[]> {
  const results = readPlatform(line.fields.webhook).map(async (message): Promise<NbiotLineResult[]> => {
    if (message.kind === 'event') return [{ event: message }];
    const id = message.deviceId ?? message.imei ?? message.imsi ?? UNREGISTERED.id;
    const raw = { payloadHex: message.payload?.toString('hex') ?? '', codec: message.platform };
    const { receivedTime } = line;
    const samples = await samplesOf(message, line, context);
    return samples.map((sample) =>
      observationOf(sample, {
        device: { ...UNREGISTERED, id, name: id },
        raw,
        receivedTime,
        network: message.time,
      }),
    );
  });
  return (await Promise.all(results)).flat();
}

function samplesOf(
  { payload, fields }: NbiotUplink,
  line: Line,
  context: NbiotLineContext,
): Sample[] | Promise<Sample[]> {
  if (payload) return fromBytes(payload, line, context);
  const resources = Object.entries(fields ?? {}).flatMap(([path, value]) =>
    path.startsWith('/') && ['number', 'string', 'boolean'].includes(typeof value)
      ? [{ path, value: value as Resource['value'] }]
      : [],
  );
  return [{ ...readingOf(resources), decoded: fields }];
}

/** The device's own bytes, read by the model that the line names. */
async function fromBytes(bytes: Buffer, { fields, receivedTime }: Line, { models }: NbiotLineContext) {
  const id = textOf(fields.model);
  const model = id === undefined ? undefined : models.get(id);
  if (id !== undefined && !model) {
    throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
  }
  const reader = model ? { model, codec: models.codecFor(model) } : {};
  const input = { fPort: Number(fields.fPort ?? 0), bytes, recvTime: new Date(receivedTime) };
  const { samples } = await decodePayload(reader, input);
  return samples.map(({ values, deviceTime, data }) => ({ values, time: deviceTime, decoded: data }));
}

interface Facts {
  device: DeviceReference;
  raw: { payloadHex: string; codec: string };
  receivedTime: string;
  /** The platform's clock, ISO 8601 UTC. */
  network?: string | undefined;
}

function observationOf(
  { values, decoded, time, rssi }: Sample,
  { device, raw, receivedTime, network }: Facts,
): Observation {
  return present<Observation>({
    device,
    ...choosePhenomenonTime({ device: time, network, received: receivedTime }),
    receivedTime,
    values,
    link: present<NonNullable<Observation['link']>>({ network: 'nbiot', rssi }),
    decoded,
    raw: { ...raw, codecVersion: '' },
  });
}

function fromSenml(records: readonly ResolvedRecord[]): Sample[] {
  return byTime(records, ({ t }) => t).map(([time, those]) => ({
    ...readingOf(those.flatMap(resourceOf)),
    time,
    decoded: those,
  }));
}

function resourceOf({ n, v, vs, vb }: ResolvedRecord): Resource[] {
  const value = v ?? vs ?? vb;
  return n.startsWith('/') && value !== undefined ? [{ path: n, value }] : [];
}

function fromResources(resources: readonly Resource[]): Sample[] {
  return byTime(resources, ({ time }) => time).map(([time, those]) => ({
    ...readingOf(those),
    time,
    decoded: Object.fromEntries(those.map(({ path, value }) => [path, value])),
  }));
}

function readingOf(resources: readonly Resource[]): Pick<Sample, 'values' | 'rssi'> {
  const { values, rssi } = lwm2mReading(resources);
  return { values, rssi };
}

/** Oldest first; what has no time of its own is the newest. */
function byTime<T, K extends number | undefined>(items: readonly T[], timeOf: (item: T) => K): [K, T[]][] {
  return [...Map.groupBy(items, timeOf)].sort(
    ([one], [other]) => (one ?? Number.POSITIVE_INFINITY) - (other ?? Number.POSITIVE_INFINITY),
  );
}

function recordsOf(senml: unknown) {
  return typeof senml === 'string' && isHex(senml)
    ? readSenmlCbor(Buffer.from(senml, 'hex'))
    : readSenmlJson(senml);
}

function bytesIn(fields: JsonObject, name: string): Buffer {
  const value = fields[name];
  if (typeof value === 'string' && isHex(value)) return Buffer.from(value, 'hex');
  throw new MessageError({ key: 'nbiot.error.notHex', parameters: { field: name } });
}

function hexOfMessage(message: unknown): string {
  if (typeof message === 'string' && isHex(message)) return message.toLowerCase();
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return Buffer.from(text).toString('hex');
}

function isHex(text: string): boolean {
  return /^([0-9a-f]{2})*$/i.test(text);
}

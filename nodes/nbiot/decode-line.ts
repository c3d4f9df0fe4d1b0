import { plainCbor, readCbor } from '../codec/formats/cbor.ts';
import type { ModelCatalog } from '../codec/models.ts';
import { type JsonObject, objectOf, present, textOf } from '../lorawan/json-fields.ts';
import type { PayloadReader } from '../lorawan/payload.ts';
import { MessageError, problemOf } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { NowOrLater } from '../observation/now-or-later.ts';
import type { DeviceReference, Observation } from '../observation/observation.ts';
import { readCoap } from './coap-message.ts';
import { readCoapOptions } from './coap-options.ts';
import { readLwm2mJson } from './lwm2m.ts';
import { type MessageFacts, observationsOf } from './observations.ts';
import type { NbiotEvent } from './platform-message.ts';
import { readPlatform } from './platforms.ts';
import { type Body, fromPayload, fromResources, fromSenml, type SampleSet, samplesIn } from './samples.ts';
import { readSenmlCbor, readSenmlJson, resolveSenml } from './senml.ts';

export interface NbiotLineContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  language: Language;
}

export type NbiotLineResult =
  | Observation
  | { event: NbiotEvent }
  | { error: { key: string; message: string } };

interface Line {
  fields: JsonObject;
  /** ISO 8601 UTC. */
  receivedTime: string;
  recvTime: Date;
}

type Format = (line: Line, context: NbiotLineContext) => NowOrLater<Pick<SampleSet, 'samples'>>;

const TLV = 11_542;

/** Field of a line that holds a message -> who reads it. */
const FORMATS: Readonly<Record<string, Format>> = {
  senml: (line, context) => ({
    samples: fromSenml(resolveSenml(recordsOf(line.fields.senml), 0), readerOf(line, context)),
  }),
  lwm2mTlv: (line, context) => {
    const body = { bytes: bytesIn(line.fields, 'lwm2mTlv'), lwm2mPath: textOf(line.fields.path) ?? '/' };
    return samplesIn({ ...body, contentFormat: TLV }, readerOf(line, context), line.recvTime);
  },
  lwm2mJson: (line, context) => ({
    samples: fromResources(readLwm2mJson(line.fields.lwm2mJson), readerOf(line, context)),
  }),
  cbor: ({ fields }) => ({
    samples: [{ values: {}, unknownNames: [], decoded: plainCbor(readCbor(bytesIn(fields, 'cbor'))) }],
  }),
  coap: (line, context) => samplesIn(coapBody(line.fields), readerOf(line, context), line.recvTime),
  udp: (line, context) => ofDevice({ bytes: bytesIn(line.fields, 'udp') }, line, context),
};

/** The format of a line of `byflyt decode` that holds a message of NB-IoT; undefined for other lines. */
export function nbiotFormat(line: unknown): string | undefined {
  const fields = objectOf(line);
  return fields && [...Object.keys(FORMATS), 'webhook'].find((name) => fields[name] !== undefined);
}

/**
 * Decodes a line `{ senml | lwm2mTlv | lwm2mJson | cbor | coap | udp | webhook, path?, model?, receivedTime? }`: SenML as
 * its JSON or as hex of CBOR, the others that are binary as hex (CoAP with its header), a webhook as the platform's
 * request. One Observation per moment, oldest first, of a device that nobody registered; `model` reads the bytes that a
 * device sent.
 * Never rejects: an error becomes `{ error }`.
 */
export async function decodeNbiotLine(
  value: unknown,
  format: string,
  context: NbiotLineContext,
): Promise<NbiotLineResult[]> {
  const fields = objectOf(value) ?? {};
  const receivedTime = textOf(fields.receivedTime) ?? new Date().toISOString();
  const line = { fields, receivedTime, recvTime: new Date(receivedTime) };
  try {
    if (format === 'webhook') return await webhookResults(line, context);
    const { samples } = (await FORMATS[format]?.(line, context)) ?? { samples: [] };
    const raw = { payloadHex: hexOfMessage(fields[format]), codec: textOf(fields.model) ?? format };
    return observationsOf(samples, { device: UNREGISTERED, raw: { ...raw, codecVersion: '' }, receivedTime })
      .observations;
  } catch (error) {
    return [{ error: { key: problemOf(error).key, message: describeError(error, context.language) } }];
  }
}

const UNREGISTERED: DeviceReference = { id: 'unknown', name: 'unknown', area: 'unassigned' };

async function webhookResults(line: Line, context: NbiotLineContext): Promise<NbiotLineResult[]> {
  const results = readPlatform(line.fields.webhook).map(async (message): Promise<NbiotLineResult[]> => {
    if (message.kind === 'event') return [{ event: message }];
    const { payload: bytes, fields, platform, time } = message;
    const id = message.deviceId ?? message.imei ?? message.imsi ?? UNREGISTERED.id;
    const { samples } = await ofDevice(present<Body>({ bytes, fields }), line, context);
    const facts = present<MessageFacts>({
      device: { ...UNREGISTERED, id, name: id },
      raw: { payloadHex: bytes?.toString('hex') ?? '', codec: platform, codecVersion: '' },
      receivedTime: line.receivedTime,
      network: time,
    });
    return observationsOf(samples, facts).observations;
  });
  return (await Promise.all(results)).flat();
}

/**
 * What a datagram of CoAP carries; `path` says what an LwM2M value belongs to. Throws MessageError of `readCoap` and
 * `readCoapOptions`, or `nbiot.error.coapEmpty` and `coapPart` for one that holds no message, or not all of it.
 */
function coapBody(fields: JsonObject): Body {
  const { options, payload: bytes } = readCoap(bytesIn(fields, 'coap'));
  const { contentFormat, block1, block2 } = readCoapOptions(options);
  const isPart = [block1, block2].some((block) => block && (block.more || block.number > 0));
  if (isPart) throw new MessageError({ key: 'nbiot.error.coapPart' });
  if (bytes.length === 0) throw new MessageError({ key: 'nbiot.error.coapEmpty' });
  return present<Body>({ bytes, contentFormat, lwm2mPath: textOf(fields.path) });
}

/** The device's own bytes or words, read by the model that the line names. */
function ofDevice(body: Body, line: Line, context: NbiotLineContext): NowOrLater<SampleSet> {
  const reader = readerOf(line, context);
  if (body.bytes && !reader.codec?.reads)
    return fromPayload(body.bytes, reader, line.recvTime, Number(line.fields.fPort ?? 0));
  return samplesIn(body, reader, line.recvTime);
}

/** Throws MessageError if there is no such model; a line that names none is read without. */
function readerOf({ fields }: Line, { models }: NbiotLineContext): PayloadReader {
  const id = textOf(fields.model);
  const model = id === undefined ? undefined : models.get(id);
  if (model) return { model, codec: models.codecFor(model) };
  if (id === undefined) return {};
  throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
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

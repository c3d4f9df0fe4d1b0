import { describeCodec } from '../codec/codec-description.ts';
import type { ModelCatalog } from '../codec/models.ts';
import { pastedBytes } from '../codec/pasted-bytes.ts';
import type { Device, DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { MessageError } from '../observation/errors.ts';
import { quantityLabel, unitSymbol } from '../observation/labels.ts';
import { describeError, intlLocale, type Language, translate } from '../observation/messages.ts';
import type { Observation, Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { type JsonObject, objectOf, present, textOf } from './json-fields.ts';
import { isEmpty } from './no-reading.ts';
import { isMessage, type MappingFor, type PastedMessage, readPasted } from './paste-message.ts';
import { type DecodedPayload, decodePayload, type PayloadCodec, type UplinkBytes } from './payload.ts';
import { serverCodec } from './server-codec.ts';

export interface PasteContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  registry?: Pick<DeviceRegistry, 'get' | 'byDevEui'>;
  language: Language;
  mappingFor: MappingFor;
}

/** One value as the form shows it. */
interface PasteRow {
  quantity: string;
  label: string;
  value: string;
  unit: string;
}

/** What the paste-a-payload form shows; `error` is a sentence, and then there is nothing else. */
export type PasteAnswer =
  | { error: string }
  | {
      /** What the message is, if a whole message was pasted. */
      message?: string[];
      /** Which codec read it, and its form; absent if there was nothing to read. */
      codec?: string;
      samples: { time?: string | number; rows: PasteRow[]; decoded?: unknown }[];
      /** Names that the codec gives and the model does not know. */
      unknownNames: string[];
      warnings: string[];
    };

/**
 * Decodes what a person pasted: `{ payload: hex or base64, fPort, model?: id, device?: id }`, or a whole message as
 * `payload`, with the form's `server`, `mapping` and `serverDecoded`; a message may name the device itself.
 * Never rejects.
 */
export async function decodePasted(body: unknown, context: PasteContext): Promise<PasteAnswer> {
  try {
    const fields = objectOf(body) ?? {};
    const text = textOf(fields.payload) ?? '';
    if (isMessage(text)) return await decodeMessage(await readPasted(text, fields, context), fields, context);
    const input = { fPort: portOf(fields.fPort), bytes: payloadBytes(text), recvTime: new Date() };
    return await decodeBytes(
      input,
      pasteReader(textOf(fields.device), textOf(fields.model), context),
      context,
    );
  } catch (error) {
    return { error: describeError(error, context.language) };
  }
}

/** What was made of a message is shown also where no device or model is there to read its payload. */
async function decodeMessage(
  { sentences, uplink }: PastedMessage,
  fields: JsonObject,
  context: PasteContext,
): Promise<PasteAnswer> {
  const nothing = { message: sentences, samples: [], unknownNames: [], warnings: [] };
  const isOpen = uplink && uplink.frameHex === undefined && !uplink.encrypted;
  if (!isOpen || (isEmpty(uplink) && !uplink.valuesOnly)) return nothing;
  const named = uplink.devEui === undefined ? undefined : context.registry?.byDevEui(uplink.devEui)?.id;
  const [device, model] = [textOf(fields.device) ?? named, textOf(fields.model)];
  if (device === undefined && model === undefined) {
    const unknown = translate(context.language, 'lorawan.paste.unregistered');
    return { ...nothing, message: [...sentences, unknown] };
  }
  const reader = pasteReader(model === undefined ? device : textOf(fields.device), model, context);
  const server = fields.serverDecoded === true ? { codec: serverCodec(uplink) } : {};
  const input = present<UplinkBytes>({ fPort: uplink.fPort, bytes: uplink.payload, recvTime: new Date() });
  return { message: sentences, ...(await decodeBytes(input, { ...reader, ...server }, context)) };
}

async function decodeBytes(
  input: UplinkBytes,
  reader: { model: DeviceModel; device?: Device; codec?: PayloadCodec },
  { models, language }: PasteContext,
): Promise<DecodedAnswer> {
  const codec = models.codecFor(reader.model);
  const decoded = await decodePayload({ codec, ...reader }, input);
  const answer = answerOf(decoded, language);
  return reader.codec ? answer : { codec: await describeCodec(codec, language), ...answer };
}

type DecodedAnswer = Exclude<PasteAnswer, { error: string }>;

/** Throws MessageError `badPayload`. */
function payloadBytes(text: string): Buffer {
  const bytes = pastedBytes(text);
  if (!bytes) throw new MessageError({ key: 'lorawan.error.badPayload' });
  return bytes;
}

function portOf(value: unknown): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 255) return port;
  throw new MessageError({ key: 'lorawan.error.badPort' });
}

/** The model that a person chose, or that of the chosen device. Throws MessageError `noReader`, `unknownModel`. */
export function pasteReader(
  deviceId: string | undefined,
  modelId: string | undefined,
  { models, registry }: { models: Pick<ModelCatalog, 'get'>; registry?: Pick<DeviceRegistry, 'get'> },
): { model: DeviceModel; device?: Device } {
  const device = deviceId === undefined ? undefined : registry?.get(deviceId);
  const id = device?.model ?? modelId;
  if (id === undefined) throw new MessageError({ key: 'lorawan.error.noReader' });
  const model = models.get(id);
  if (!model) throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
  return present<{ model: DeviceModel; device?: Device }>({ model, device });
}

function answerOf({ samples, warnings }: DecodedPayload, language: Language): DecodedAnswer {
  return {
    samples: samples.map(({ values, deviceTime, data }) => ({
      ...(deviceTime === undefined ? {} : { time: deviceTime }),
      rows: rowsOf(values, language),
      decoded: data,
    })),
    unknownNames: [...new Set(samples.flatMap(({ unknownNames }) => unknownNames))],
    warnings,
  };
}

/** Values as a person reads them. */
export function rowsOf(values: Observation['values'], language: Language): PasteRow[] {
  return Object.entries(values).map(([id, value]) => {
    const quantity = id as QuantityId;
    return {
      quantity,
      label: quantityLabel(quantity, language),
      value: shown(value, language),
      unit: unitSymbol(QUANTITIES[quantity].unit),
    };
  });
}

function shown(value: Value, language: Language): string {
  if (typeof value === 'boolean') return translate(language, value ? 'devices.word.yes' : 'devices.word.no');
  if (typeof value === 'string') return value;
  return new Intl.NumberFormat(intlLocale(language), { maximumSignificantDigits: 8 }).format(value);
}

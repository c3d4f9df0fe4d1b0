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
import { objectOf, present, textOf } from './json-fields.ts';
import { type DecodedPayload, decodePayload } from './payload.ts';

export interface PasteContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  registry?: Pick<DeviceRegistry, 'get'>;
  language: Language;
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
      /** Which codec read it, and its form. */
      codec: string;
      samples: { time?: string | number; rows: PasteRow[]; decoded?: unknown }[];
      /** Names that the codec gives and the model does not know. */
      unknownNames: string[];
      warnings: string[];
    };

/** Decodes what a person pasted: `{ payload: hex or base64, fPort, model?: id, device?: id }`. Never rejects. */
export async function decodePasted(body: unknown, context: PasteContext): Promise<PasteAnswer> {
  try {
    const fields = objectOf(body) ?? {};
    const reader = readerOf(textOf(fields.device), textOf(fields.model), context);
    const codec = context.models.codecFor(reader.model);
    const decoded = await decodePayload(
      { ...reader, codec },
      { fPort: portOf(fields.fPort), bytes: payloadBytes(fields.payload), recvTime: new Date() },
    );
    return {
      codec: await describeCodec(codec, context.language),
      ...answerOf(decoded, context.language),
    };
  } catch (error) {
    return { error: describeError(error, context.language) };
  }
}

/** Throws MessageError `badPayload`. */
function payloadBytes(value: unknown): Buffer {
  const bytes = pastedBytes(textOf(value) ?? '');
  if (!bytes) throw new MessageError({ key: 'lorawan.error.badPayload' });
  return bytes;
}

function portOf(value: unknown): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 255) return port;
  throw new MessageError({ key: 'lorawan.error.badPort' });
}

function readerOf(
  deviceId: string | undefined,
  modelId: string | undefined,
  { models, registry }: PasteContext,
): { model: DeviceModel; device?: Device } {
  const device = deviceId === undefined ? undefined : registry?.get(deviceId);
  const id = device?.model ?? modelId;
  if (id === undefined) throw new MessageError({ key: 'lorawan.error.noReader' });
  const model = models.get(id);
  if (!model) throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
  return present<{ model: DeviceModel; device?: Device }>({ model, device });
}

function answerOf(
  { samples, warnings }: DecodedPayload,
  language: Language,
): Omit<Exclude<PasteAnswer, { error: string }>, 'codec'> {
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

function rowsOf(values: Observation['values'], language: Language): PasteRow[] {
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

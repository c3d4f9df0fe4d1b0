import { describeCodec } from '../codec/codec-description.ts';
import type { ModelCatalog } from '../codec/models.ts';
import { pastedBytes } from '../codec/pasted-bytes.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { objectOf, textOf } from '../lorawan/json-fields.ts';
import { type PasteAnswer, pasteReader, rowsOf } from '../lorawan/paste.ts';
import type { MappingFor } from '../lorawan/paste-message.ts';
import { MessageError } from '../observation/errors.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import { findDevice } from './device-finder.ts';
import {
  bodyFor,
  type OtherMessage,
  PASTED,
  readMappedMessage,
  readMessage,
  splitMessage,
  type Uplink,
} from './nbiot-message.ts';
import { samplesIn } from './samples.ts';

export interface PasteContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  registry?: Pick<DeviceRegistry, 'get' | 'byIdentity'>;
  language: Language;
  mappingFor: MappingFor;
}

/**
 * Decodes what a person pasted into the form of the NB-IoT decode node: `{ payload, model?: id, device?: id, mapping?,
 * identityField? }`. `payload` is a whole message (JSON) or the device's bytes in hex or base64; without a device or
 * model the message says whose it is. Never rejects.
 */
export async function decodePastedMessage(body: unknown, context: PasteContext): Promise<PasteAnswer> {
  try {
    return await decode(body, context);
  } catch (error) {
    return { error: describeError(error, context.language) };
  }
}

async function decode(body: unknown, context: PasteContext): Promise<PasteAnswer> {
  const fields = objectOf(body) ?? {};
  const { registry, language } = context;
  const text = (key: string, parameters = {}) => translate(language, `nbiot.paste.${key}`, parameters);
  const { read, count } = await readPasted(fields, context);
  const message = read.kind === 'event' ? [text('event', { type: read.type })] : [];
  if (read.kind === 'uplink' && read.network !== PASTED)
    message.push(text('from', { network: read.network }));
  if (count > 1) message.push(translate(language, 'lorawan.paste.several', { count }));
  const nothing = { message, samples: [], unknownNames: [], warnings: [] };
  if (read.kind === 'event') return nothing;
  const sender = registry && (findDevice(registry, read.sender) ?? findDevice(registry, read.hints ?? []));
  if (sender) message.push(text('device', { name: sender.name }));
  const model = textOf(fields.model);
  const device = textOf(fields.device) ?? (model === undefined ? sender?.id : undefined);
  if (device === undefined && model === undefined)
    return { ...nothing, message: [...message, text('unregistered')] };
  const chosen = pasteReader(device, model, context);
  const codec = context.models.codecFor(chosen.model);
  const { samples, warnings } = await samplesIn(bodyFor(read, codec), { ...chosen, codec }, new Date());
  return {
    message,
    codec: await describeCodec(codec, language),
    samples: samples.map(({ values, decoded, time }) => ({
      ...(time !== undefined && { time }),
      rows: rowsOf(values, language),
      decoded,
    })),
    unknownNames: [...new Set(samples.flatMap(({ unknownNames }) => unknownNames))],
    warnings,
  };
}

/** The first of the messages that were pasted, and how many they are. Throws MessageError. */
async function readPasted(
  { payload, platform, mapping, identityField }: Record<string, unknown>,
  { mappingFor }: PasteContext,
): Promise<{ read: Uplink | OtherMessage; count: number }> {
  const pasted = pastedMessage(textOf(payload) ?? '');
  if (platform === 'mapping') {
    return { read: readMappedMessage(await mappingFor(textOf(mapping) ?? '')(pasted)), count: 1 };
  }
  const singles = splitMessage(pasted);
  const field = textOf(identityField);
  return {
    read: readMessage(singles[0], { transport: PASTED }, field === undefined ? {} : { identityField: field }),
    count: singles.length,
  };
}

function pastedMessage(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) {
    const bytes = pastedBytes(text);
    if (bytes) return bytes;
    throw new MessageError({ key: 'lorawan.error.badPayload' });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MessageError({ key: 'lorawan.error.pastedNotJson' }, { cause });
  }
}

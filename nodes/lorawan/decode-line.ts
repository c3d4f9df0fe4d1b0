import { CodecFiles } from '../codec/codec-files.ts';
import type { ModelCatalog } from '../codec/models.ts';
import type { Device, DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { MessageError, problemOf } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { DeviceReference, Observation } from '../observation/observation.ts';
import { isEncrypted, openPayload } from './encrypted-payload.ts';
import type { FrameKeys } from './frame-crypto.ts';
import { parseFrame } from './frames.ts';
import { hexOf, objectOf, present, textOf } from './json-fields.ts';
import { joinFacts, keysOf, type OpenedFrame, openFrame } from './keyed-frame.ts';
import { nameDevice } from './name-device.ts';
import type { NetworkEvent, NetworkName, Uplink } from './network-message.ts';
import { readNetworkMessage, SERVER_CHOICES, splitMessages } from './network-server.ts';
import { emptyEvent, encryptedEvent, frameEvent, isDataUplink, isEmpty } from './no-reading.ts';
import { deviceReference, observationsOf } from './observations.ts';
import { decodePayload, type PayloadCodec, type PayloadReader, type UplinkBytes } from './payload.ts';
import { serverCodec } from './server-codec.ts';

/** One line of `byflyt decode`, parsed. */
export interface DecodeLine {
  /**
   * A network server's message: an object, a list of them, the text of ThingPark's XML or of a packet forwarder's
   * datagram in hex; or `{ phyPayload, keys, fCnt?, micParameters? }`. `keys` are session keys, or
   * `{ appKey, joinNonce, netId, devNonce }` of a LoRaWAN 1.0 join, or `{ appKey, nwkKey, joinEui, joinNonce, devNonce }`
   * of a 1.1 join.
   */
  message: unknown;
  /** MQTT topic of the message. */
  topic?: string;
  /** Name of the network server, if it shall not be recognised. */
  server?: NetworkName;
  /** For payloads that a network server left encrypted, or frames: session keys, and the address if the message has none. */
  keys?: FrameKeys;
  devAddr?: string;
  /** Whether the values that the network server decoded are used in place of the codec's. */
  serverDecoded?: boolean;
  /** Path of a codec file. */
  codec?: string;
  /** Id of a model. */
  model?: string;
}

export interface DecodeLineContext {
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  language: Language;
  /** Registered devices are decoded with their model if the line names none. */
  registry?: Pick<DeviceRegistry, 'byDevEui'>;
}

export type DecodeLineResult =
  /** `warnings`: what the codec says of a payload that it read all the same. */
  | (Observation & { warnings?: string[] })
  | { event: NetworkEvent }
  | { error: { key: string; message: string; device?: string } };

/** A script with many lines reads a codec once. */
const codecFiles = new CodecFiles();

type ClearUplink = Partial<OpenedFrame> & Pick<OpenedFrame, 'payload'>;

/**
 * Decodes a message without the machinery of a running Byflyt: no counters are kept, and a device that nobody
 * registered is in the area `unassigned`. With neither codec nor model the Observation has no values.
 * Never rejects: an error becomes `{ error }`. Several samples or messages give several results, oldest sample first.
 */
export async function decodeLine(line: unknown, context: DecodeLineContext): Promise<DecodeLineResult[]> {
  try {
    const { message, ...options } = readLine(line);
    const results = await Promise.allSettled(
      splitMessages(message).map((single) => decodeMessage(single, options, context)),
    );
    return results.flatMap((result) =>
      result.status === 'fulfilled' ? result.value : [errorResult(result.reason, context.language)],
    );
  } catch (error) {
    return [errorResult(error, context.language)];
  }
}

function readLine(line: unknown): DecodeLine {
  const fields = objectOf(line);
  if (fields?.message === undefined) throw new MessageError({ key: 'lorawan.error.lineWithoutMessage' });
  return present<DecodeLine>({
    message: fields.message,
    topic: textOf(fields.topic),
    server: serverNamed(fields.server),
    keys: fields.keys === undefined ? undefined : keysOf(fields.keys),
    devAddr: hexOf(fields.devAddr, 4),
    serverDecoded: fields.serverDecoded === true ? true : undefined,
    codec: textOf(fields.codec),
    model: textOf(fields.model),
  });
}

/** Throws MessageError `lorawan.error.unknownServer`. */
function serverNamed(value: unknown): NetworkName | undefined {
  if (value === undefined) return undefined;
  const server = SERVER_CHOICES.find(({ id }) => id === value)?.id;
  if (server) return server;
  const names = SERVER_CHOICES.map(({ id }) => id).join(', ');
  throw new MessageError({
    key: 'lorawan.error.unknownServer',
    parameters: { server: String(value), names },
  });
}

async function decodeMessage(
  message: unknown,
  options: Omit<DecodeLine, 'message'>,
  context: DecodeLineContext,
): Promise<DecodeLineResult[]> {
  const read = readNetworkMessage(message, options.topic, options.server);
  if (read.kind === 'event') return [{ event: read }];
  return nameDevice(nameOf(read), () => decodeUplink(read, message, options, context));
}

async function decodeUplink(
  read: Uplink,
  message: unknown,
  options: Omit<DecodeLine, 'message'>,
  context: DecodeLineContext,
): Promise<DecodeLineResult[]> {
  const opened = open(read, objectOf(message) ?? {}, options);
  if ('event' in opened) return [opened];
  if (isEmpty(opened) && !read.valuesOnly) return [{ event: emptyEvent(read, opened) }];
  const device = read.devEui === undefined ? undefined : context.registry?.byDevEui(read.devEui);
  const reader = readerOf(options, device, context, read);
  const receivedTime = arrivalOf(read);
  const input = present<UplinkBytes>({
    fPort: opened.fPort,
    bytes: opened.payload,
    recvTime: new Date(receivedTime),
  });
  const { samples, warnings } = await decodePayload(reader, input);
  const observations = observationsOf(samples, {
    device: device ? deviceReference(device) : unregistered(read, opened.devAddr),
    uplink: read,
    found: opened,
    ...(reader.codec ? { codec: reader.codec } : {}),
    context: { receivedTime },
  });
  return warnings.length > 0 ? observations.map((each) => ({ ...each, warnings })) : observations;
}

/** The payload in clear: the network server's, or a frame's with the keys that came along. */
function open(
  uplink: Uplink,
  message: Record<string, unknown>,
  { keys, devAddr }: Omit<DecodeLine, 'message'>,
): ClearUplink | { event: NetworkEvent } {
  const { fPort, fCnt } = uplink;
  if (uplink.frameHex === undefined) {
    // Nobody who has no key can want a reading of it.
    if (uplink.encrypted && !keys?.appSKey) return { event: encryptedEvent(uplink) };
    const payload = isEncrypted(uplink, keys) ? openPayload(uplink, { keys, devAddr }) : uplink.payload;
    return present<ClearUplink>({ payload, fPort, fCnt });
  }
  const frame = parseFrame(Buffer.from(uplink.frameHex, 'hex'));
  const given = message.keys ?? keys;
  return isDataUplink(frame)
    ? openFrame(frame, { ...message, keys: given })
    : { event: { ...frameEvent(uplink, frame), ...joinFacts(frame, given) } };
}

function readerOf(
  options: Omit<DecodeLine, 'message'>,
  device: Device | undefined,
  { models }: DecodeLineContext,
  uplink: Uplink,
): PayloadReader {
  const id = options.model ?? (options.codec === undefined ? device?.model : undefined);
  const model = id === undefined ? undefined : models.get(id);
  if (id !== undefined && !model) {
    throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
  }
  // Nothing else can be shown of a message that has no bytes.
  const isServers = options.serverDecoded || (uplink.valuesOnly && !model && options.codec === undefined);
  const codec = isServers ? serverCodec(uplink) : codecOf(options.codec, model, models);
  if (uplink.valuesOnly && !isServers) {
    throw new MessageError({ key: 'lorawan.error.valuesOnly' });
  }
  return { ...(codec ? { codec } : {}), ...(model ? { model } : {}), ...(device ? { device } : {}) };
}

function codecOf(
  file: string | undefined,
  model: DeviceModel | undefined,
  models: DecodeLineContext['models'],
): PayloadCodec | undefined {
  if (file !== undefined) return codecFiles.codec(file);
  return model && models.codecFor(model);
}

/** A stored message is as old as the server says; only without its word is it new. */
function arrivalOf(uplink: Uplink): string {
  const plausible = [uplink.time, uplink.gatewayTime].find((time) => time !== undefined && time > '2015');
  return plausible ?? new Date().toISOString();
}

function unregistered(uplink: Uplink, devAddr: string | undefined): DeviceReference {
  const id = nameOf(uplink) ?? devAddr ?? 'unknown';
  return { id, name: id, area: 'unassigned' };
}

function errorResult(error: unknown, language: Language): DecodeLineResult {
  const { key, device } = problemOf(error);
  const message = describeError(error, language);
  return { error: { key, message, ...(device !== undefined && { device }) } };
}

function nameOf(uplink: Uplink): string | undefined {
  return uplink.deviceId ?? uplink.devEui ?? uplink.devAddr;
}

import type { Codec } from '../codec/codec.ts';
import { CodecFiles } from '../codec/codec-files.ts';
import type { ModelCatalog } from '../codec/models.ts';
import type { Device, DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { MessageError, problemOf } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { DeviceReference, Observation } from '../observation/observation.ts';
import { decryptPayload, type FrameKeys, type MicParameters, micFits } from './frame-crypto.ts';
import { firstCounter } from './frame-sessions.ts';
import { type DataFrame, parseFrame } from './frames.ts';
import { objectOf, present, textOf } from './json-fields.ts';
import { nameDevice } from './name-device.ts';
import type { NetworkEvent, Uplink } from './network-message.ts';
import { readNetworkMessage, splitMessages } from './network-server.ts';
import { emptyEvent, frameEvent, isDataUplink, isEmpty } from './no-reading.ts';
import { deviceReference, observationsOf } from './observations.ts';
import { decodePayload } from './payload.ts';
import { deriveSessionKeys } from './session-keys.ts';

/** One line of `byflyt decode`, parsed. */
export interface DecodeLine {
  /**
   * A network server's message, or `{ phyPayload, keys, fCnt?, micParameters? }`. `keys` are session keys, or
   * `{ appKey, joinNonce, netId, devNonce }` of a LoRaWAN 1.0 join.
   */
  message: unknown;
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
  | Observation
  | { event: NetworkEvent }
  | { error: { key: string; message: string; device?: string } };

/** A script with many lines reads a codec once. */
const codecFiles = new CodecFiles();

interface ClearUplink {
  payload: Buffer;
  fPort?: number;
  fCnt?: number;
  devAddr?: string;
}

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
    codec: textOf(fields.codec),
    model: textOf(fields.model),
  });
}

async function decodeMessage(
  message: unknown,
  options: Omit<DecodeLine, 'message'>,
  context: DecodeLineContext,
): Promise<DecodeLineResult[]> {
  const read = readNetworkMessage(message);
  if (read.kind === 'event') return [{ event: read }];
  return nameDevice(nameOf(read), () => decodeUplink(read, message, options, context));
}

async function decodeUplink(
  read: Uplink,
  message: unknown,
  options: Omit<DecodeLine, 'message'>,
  context: DecodeLineContext,
): Promise<DecodeLineResult[]> {
  const opened = open(read, objectOf(message) ?? {});
  if ('event' in opened) return [opened];
  if (isEmpty(opened)) return [{ event: emptyEvent(read, opened) }];
  const device = read.devEui === undefined ? undefined : context.registry?.byDevEui(read.devEui);
  const reader = readerOf(options, device, context);
  const receivedTime = arrivalOf(read);
  const input = { fPort: opened.fPort ?? 0, bytes: opened.payload, recvTime: new Date(receivedTime) };
  const { samples } = await decodePayload(reader, input);
  return observationsOf(samples, {
    device: device ? deviceReference(device) : unregistered(read, opened.devAddr),
    uplink: read,
    found: opened,
    ...(reader.codec ? { codec: reader.codec } : {}),
    context: { receivedTime },
  });
}

/** The payload in clear: the network server's, or a frame's with the keys that came along. */
function open(uplink: Uplink, message: Record<string, unknown>): ClearUplink | { event: NetworkEvent } {
  const { fPort, fCnt } = uplink;
  if (uplink.frameHex === undefined) {
    return present<ClearUplink>({ payload: uplink.payload, fPort, fCnt });
  }
  const frame = parseFrame(Buffer.from(uplink.frameHex, 'hex'));
  if (!isDataUplink(frame)) return { event: frameEvent(uplink, frame) };
  return openFrame(frame, message);
}

function openFrame(frame: DataFrame, message: Record<string, unknown>): ClearUplink {
  const keys = keysOf(message.keys);
  const parameters = objectOf(message.micParameters) as Partial<MicParameters> | undefined;
  const mic = { confFCnt: 0, txDr: 0, txCh: 0, ...parameters };
  const fCnt = firstCounter(frame, (counter) => micFits(frame, keys, counter, mic));
  if (fCnt === undefined) {
    throw new MessageError({ key: 'lorawan.error.wrongMic', parameters: { devAddr: frame.devAddr } });
  }
  const payload = decryptPayload(frame, keys, fCnt);
  return present<ClearUplink>({ payload, fPort: frame.fPort, fCnt, devAddr: frame.devAddr });
}

function keysOf(value: unknown): FrameKeys {
  const fields = objectOf(value) ?? {};
  const derived = deriveSessionKeys(fields);
  if (derived) return derived;
  return Object.fromEntries(Object.entries(fields).filter(([, key]) => typeof key === 'string'));
}

function readerOf(
  options: Omit<DecodeLine, 'message'>,
  device: Device | undefined,
  { models }: DecodeLineContext,
): { codec?: Codec; model?: DeviceModel; device?: Device } {
  const id = options.model ?? (options.codec === undefined ? device?.model : undefined);
  const model = id === undefined ? undefined : models.get(id);
  if (id !== undefined && !model) {
    throw new MessageError({ key: 'lorawan.error.unknownModel', parameters: { model: id } });
  }
  const codec =
    options.codec === undefined ? model && models.codecFor(model) : codecFiles.codec(options.codec);
  return { ...(codec ? { codec } : {}), ...(model ? { model } : {}), ...(device ? { device } : {}) };
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

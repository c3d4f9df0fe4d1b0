import { resolve } from 'node:path';
import type { ScriptWishes } from '../devices/device.ts';
import { CodecError } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import type { Codec } from './codec.ts';
import { isScriptWishes } from './model-file.ts';
import type { ModelCatalog } from './models.ts';
import { REQUESTS, type Request } from './sandbox-protocol.ts';
import { readCodecFile } from './scripted-codec.ts';

/** One line of `byflyt codec run`, parsed; every field is checked. */
export interface CodecLine {
  /** Path of a codec file, or the id of a model. */
  codec?: string;
  /** Id of a model; instead of `codec`. */
  model?: string;
  /** How a codec file wants to be run. */
  script?: ScriptWishes;
  /** `describe` tells the codec's form and functions. */
  direction?: Request;
  fPort?: number | null;
  /** Payload for the decoders. */
  bytesHex?: string;
  /** Object for `encodeDownlink` and `normalizeUplink`. */
  data?: unknown;
  /** ISO 8601; now if absent. */
  recvTime?: string;
}

/** TS013 output as the codec gave it (for `describe` a CodecDescription), or why there is none. */
export type CodecLineResult = { output: unknown } | { error: { key: string; message: string } };

/**
 * Runs one direction of a codec, through the same sandbox and formats as the nodes. Never rejects.
 * Paths are relative to the current folder.
 */
export async function runCodecLine(
  line: CodecLine,
  { models, language }: { models: Pick<ModelCatalog, 'get' | 'codecFor'>; language: Language },
): Promise<CodecLineResult> {
  try {
    return { output: await run(line, openCodec(line, models)) };
  } catch (error) {
    const key = error instanceof CodecError ? error.key : 'observation.error.unexpected';
    return { error: { key, message: describeError(error, language) } };
  }
}

function openCodec(
  { codec, model, script }: CodecLine,
  models: Pick<ModelCatalog, 'get' | 'codecFor'>,
): Codec {
  const id = model ?? codec;
  if (typeof id !== 'string' || id === '') throw badRequest('codec');
  const known = models.get(id);
  if (known) return models.codecFor(known);
  if (model !== undefined) throw new CodecError({ key: 'codec.error.unknownModel', parameters: { model } });
  if (script !== undefined && !isScriptWishes(script)) throw badRequest('script');
  return readCodecFile(resolve(id), script);
}

async function run(line: CodecLine, codec: Codec): Promise<unknown> {
  const { direction = 'decodeUplink', data } = line;
  if (!REQUESTS.includes(direction)) throw badRequest('direction');
  if (direction === 'describe') return codec.describe();
  const port = portOf(line);
  if (direction === 'encodeDownlink') return codec.encodeDownlink(data, port);
  if (direction === 'normalizeUplink') return codec.normalizeUplink(data);
  const input = { ...(port === undefined ? {} : { fPort: port }), bytes: bytesOf(line) };
  if (direction === 'decodeDownlink') return codec.decodeDownlink(input);
  return codec.decodeUplink({ ...input, recvTime: timeOf(line) });
}

function portOf({ fPort }: CodecLine): number | undefined {
  if (fPort === undefined || fPort === null) return undefined;
  if (Number.isInteger(fPort) && fPort >= 0 && fPort <= 255) return fPort;
  throw badRequest('fPort');
}

function bytesOf({ bytesHex }: CodecLine): Uint8Array {
  if (typeof bytesHex !== 'string') throw badRequest('bytesHex');
  const digits = bytesHex.replace(/\s/g, '');
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'));
  throw new CodecError({ key: 'codec.error.badHex', parameters: { value: bytesHex.slice(0, 40) } });
}

function timeOf({ recvTime }: CodecLine): Date {
  const time = recvTime === undefined ? new Date() : new Date(recvTime);
  if (Number.isNaN(time.getTime())) throw badRequest('recvTime');
  return time;
}

function badRequest(field: string): CodecError {
  return new CodecError({ key: 'codec.error.badRequest', parameters: { field } });
}

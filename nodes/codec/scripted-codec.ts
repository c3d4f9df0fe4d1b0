import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ScriptWishes } from '../devices/device.ts';
import { CodecError } from '../observation/errors.ts';
import type { Codec, CodecDescription, CodecOutput, DownlinkOutput, UplinkInput } from './codec.ts';
import { Sandbox } from './sandbox.ts';
import type { Request, Script } from './sandbox-protocol.ts';
import { contentVersion } from './version.ts';

/** Characters of a codec script; the largest published one has about a fifth of that. */
const SOURCE_AT_MOST = 1024 * 1024;

const USUAL: Required<ScriptWishes> = { context: 'reused', timeZone: 'UTC', recvTime: 'date' };

/** Codecs whose output names the device; others are spared the fact. */
const NAMES_DEVICE = /\bmetadata\b|dev(ice)?_?(eui|name|info)|LoRaObject/i;

/**
 * A codec from the text of a script in any of the usual forms, run in the shared sandbox. `id` is the name that errors
 * show. The script is loaded at its first call; what is wrong with it is reported then.
 * Throws CodecError if the wishes name a time zone that does not exist.
 */
export function codecFromSource(id: string, source: string, wishes: ScriptWishes = {}): Codec {
  const version = contentVersion(source);
  const options = { ...USUAL, ...wishes };
  checkTimeZone(id, options.timeZone);
  const key = [id, version, ...Object.values(options)].join('@');
  const script: Script = { key, file: id, source, options };
  const ask = <T>(request: Request, input: object) =>
    Sandbox.shared().call(script, request, JSON.stringify(input)) as Promise<T>;
  const namesDevice = NAMES_DEVICE.test(source);
  return {
    id,
    version,
    decodeUplink: ({ fPort, bytes, recvTime, device }: UplinkInput) =>
      ask<CodecOutput>('decodeUplink', {
        bytes: Array.from(bytes),
        fPort,
        recvTime: recvTime.getTime(),
        device: namesDevice && device ? { name: device.name, devEui: device.devEui } : undefined,
      }),
    encodeDownlink: (data, fPort) => ask<DownlinkOutput>('encodeDownlink', { data, fPort }),
    decodeDownlink: ({ fPort, bytes }) =>
      ask<CodecOutput>('decodeDownlink', { bytes: Array.from(bytes), fPort }),
    normalizeUplink: (data) => ask<CodecOutput>('normalizeUplink', { data }),
    describe: () => ask<CodecDescription>('describe', {}),
  };
}

function checkTimeZone(codec: string, timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new CodecError({ key: 'codec.error.timeZone', parameters: { codec, timeZone } }, { cause });
  }
}

/** A codec from a script file; its id is the file's name. Throws CodecError if it cannot be read or is far too large. */
export function readCodecFile(path: string, wishes: ScriptWishes = {}): Codec {
  const file = basename(path);
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CodecError({ key: 'codec.error.unreadable', parameters: { codec: file } }, { cause });
  }
  if (source.length > SOURCE_AT_MOST) {
    throw new CodecError({ key: 'codec.error.sourceTooLarge', parameters: { codec: file } });
  }
  return codecFromSource(file, source, wishes);
}

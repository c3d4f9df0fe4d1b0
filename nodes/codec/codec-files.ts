import { basename } from 'node:path';
import { fileVersion } from '../devices/atomic-file.ts';
import type { ScriptWishes } from '../devices/device.ts';
import { CodecError } from '../observation/errors.ts';
import type { Codec } from './codec.ts';
import { readCodecFile } from './scripted-codec.ts';

/** ms between two looks at a file. */
const LOOK_EVERY = 1000;

interface KnownFile {
  codec: Codec;
  /** Of the file, as `fileVersion` gives it. */
  version: string;
  /** ms since start of the process: when to look again. */
  lookAt: number;
}

/** Codecs from script files, read again when their file has changed. */
export class CodecFiles {
  readonly #known = new Map<string, KnownFile>();

  /** The codec of a script file as it is now. A file that cannot be read gives a codec that throws CodecError. */
  codec(path: string, wishes?: ScriptWishes): Codec {
    const now = performance.now();
    const key = wishes ? `${path}\n${JSON.stringify(wishes)}` : path;
    const known = this.#known.get(key);
    if (known && now < known.lookAt) return known.codec;
    const version = fileVersion(path);
    const codec = known?.version === version ? known.codec : readCodec(path, wishes);
    this.#known.set(key, { codec, version, lookAt: now + LOOK_EVERY });
    return codec;
  }
}

function readCodec(path: string, wishes: ScriptWishes | undefined): Codec {
  try {
    return readCodecFile(path, wishes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return failingCodec(basename(path), error);
  }
}

function failingCodec(id: string, error: CodecError): Codec {
  const fail = () => {
    throw error;
  };
  return {
    id,
    version: '',
    decodeUplink: fail,
    encodeDownlink: fail,
    decodeDownlink: fail,
    normalizeUplink: fail,
    describe: fail,
  };
}

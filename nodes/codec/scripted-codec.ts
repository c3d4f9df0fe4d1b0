import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CodecError } from '../observation/errors.ts';
import type { Codec, CodecOutput, DownlinkOutput, UplinkInput } from './codec.ts';
import { Sandbox } from './sandbox.ts';
import type { CodecFunction, Script } from './sandbox-protocol.ts';
import { contentVersion } from './version.ts';

/** Characters of a codec script; the largest published one has about a fifth of that. */
const SOURCE_AT_MOST = 1024 * 1024;

/**
 * A codec from the text of a TS013 script, run in the shared sandbox. `id` is the name that errors show.
 * The script is loaded at its first call; what is wrong with it is reported then.
 */
export function codecFromSource(id: string, source: string): Codec {
  const version = contentVersion(source);
  const script: Script = { key: `${id}@${version}`, file: id, source };
  const run = async (name: CodecFunction, input: object): Promise<unknown> =>
    withoutPrototypes(await Sandbox.shared().call(script, name, JSON.stringify(input)));
  return {
    id,
    version,
    decodeUplink: ({ fPort, bytes, recvTime }: UplinkInput) =>
      run('decodeUplink', {
        bytes: Array.from(bytes),
        fPort,
        recvTime: recvTime.getTime(),
      }) as Promise<CodecOutput>,
    encodeDownlink: (data: unknown) => run('encodeDownlink', { data }) as Promise<DownlinkOutput>,
    decodeDownlink: ({ fPort, bytes }) =>
      run('decodeDownlink', { bytes: Array.from(bytes), fPort }) as Promise<CodecOutput>,
  };
}

/** A codec from a script file; its id is the file's name. Throws CodecError if it cannot be read or is far too large. */
export function readCodecFile(path: string): Codec {
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
  return codecFromSource(file, source);
}

/**
 * The value of JSON from a codec, without keys that would change an object's prototype when it is copied later.
 * The sandbox has bounded length and nesting, and writes the key in plain letters.
 */
function withoutPrototypes(json: string): unknown {
  if (!json.includes('"__proto__"')) return JSON.parse(json);
  return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value));
}

import { CodecError } from '../../observation/errors.ts';
import type { Codec } from '../codec.ts';
import type { CodecExample } from './codec-examples.ts';
import { normalizingCodec } from './normalizing-codec.ts';
import { namesIn, type OutputName } from './output-names.ts';

/** What the examples of a codec tell of it. */
export interface CodecSample {
  /** Names that stand for a single value. */
  names: OutputName[];
  /** Names of lists. */
  lists: string[];
  /** It brings its values into the repository's own vocabulary. */
  normalizes: boolean;
  /** The FPort of most uplinks. */
  fPort?: number;
  /** Whether one output has values under both names. */
  together(one: string, other: string): boolean;
}

/** Examples tried at most: enough to see every kind of message. */
const TRIED = 60;

/** Decodes the examples of a codec, so that people see which names it gives. Never rejects. */
export async function sampleCodec(codec: Codec, examples: readonly CodecExample[]): Promise<CodecSample> {
  const uplinks = examples.filter(({ direction }) => direction === 'decodeUplink').slice(0, TRIED);
  const normalizes = await hasNormalizer(codec);
  const reader = normalizes ? normalizingCodec(codec) : codec;
  const outputs: unknown[] = [];
  for (const example of uplinks) outputs.push(...(await dataOf(reader, example)));
  const paths = outputs.map((output) => new Set(namesIn([output]).names.map(({ path }) => path)));
  const fPort = mostFrequent(uplinks.flatMap((example) => example.fPort ?? []));
  return {
    ...namesIn(outputs),
    normalizes,
    ...(fPort !== undefined && { fPort }),
    together: (one, other) => paths.some((names) => names.has(one) && names.has(other)),
  };
}

/** A script that cannot be loaded has none; its examples say what is wrong with it. */
async function hasNormalizer(codec: Codec): Promise<boolean> {
  try {
    const { functions } = await codec.describe();
    return functions.includes('normalizeUplink');
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

/** What the codec gives, or its author says it gives if it fails; nothing where an error is right. */
async function dataOf(
  codec: Codec,
  { bytesHex, fPort = 1, recvTime, output }: CodecExample,
): Promise<unknown[]> {
  try {
    const bytes = Uint8Array.from(Buffer.from(bytesHex ?? '', 'hex'));
    const { data } = await codec.decodeUplink({ fPort, bytes, recvTime: new Date(recvTime ?? Date.now()) });
    return data === undefined ? [] : [data];
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { data } = (output ?? {}) as { data?: unknown };
    return data === undefined ? [] : [data];
  }
}

function mostFrequent(numbers: readonly number[]): number | undefined {
  const groups = [...Map.groupBy(numbers, (number) => number)];
  return groups.sort(([, one], [, other]) => other.length - one.length)[0]?.[0];
}

import { isDeepStrictEqual } from 'node:util';
import { CodecError } from '../../observation/errors.ts';
import { describeError, type Language } from '../../observation/messages.ts';
import type { Codec, CodecOutput } from '../codec.ts';
import { type YamlObject, yamlList, yamlObject, yamlText } from './yaml-file.ts';

/** What the author of a codec says that it gives. */
export interface CodecExample {
  direction: 'decodeUplink' | 'normalizeUplink' | 'encodeDownlink' | 'decodeDownlink';
  description: string;
  fPort?: number;
  /** Payload of the decoders. Missing in an example that its author left incomplete. */
  bytesHex?: string;
  /** Object for `encodeDownlink`. */
  data?: unknown;
  /** ISO 8601. */
  recvTime?: string;
  /** TS013 output. */
  output: unknown;
}

/** One example with what came of it. */
export interface ExampleResult {
  description: string;
  direction: CodecExample['direction'];
  passed: boolean;
  expected: unknown;
  /** The codec's output, or the sentence that says why there is none. */
  got: unknown;
}

const SECTIONS = [
  ['uplinkDecoder', 'decodeUplink'],
  ['downlinkEncoder', 'encodeDownlink'],
  ['downlinkDecoder', 'decodeDownlink'],
] as const;

/**
 * All examples of a codec definition of the LoRaWAN device repository. An uplink example with a `normalizedOutput` is
 * two: the second is what `normalizeUplink` makes of the first.
 */
export function readExamples(definition: YamlObject): CodecExample[] {
  return SECTIONS.flatMap(([section, direction]) =>
    yamlList(yamlObject(definition[section])?.examples).flatMap((example) =>
      examplesOf(direction, yamlObject(example) ?? {}),
    ),
  );
}

function examplesOf(direction: CodecExample['direction'], example: YamlObject): CodecExample[] {
  const input = yamlObject(example.input) ?? {};
  const bytesHex = bytesOf(input.bytes);
  const recvTime = yamlText(input.recvTime);
  const common = {
    description: yamlText(example.description) ?? '',
    ...(typeof input.fPort === 'number' && { fPort: input.fPort }),
    ...(bytesHex !== undefined && { bytesHex }),
    ...(input.data !== undefined && { data: input.data }),
    ...(recvTime !== undefined && { recvTime }),
  };
  const { output, normalizedOutput } = example;
  return [
    ...(output === undefined ? [] : [{ ...common, direction, output }]),
    ...(normalizedOutput === undefined
      ? []
      : [{ ...common, direction: 'normalizeUplink' as const, output: normalizedOutput }]),
  ];
}

/** Authors write bytes as a list of numbers; some as hexadecimal. */
function bytesOf(value: unknown): string | undefined {
  const isByte = (one: unknown) => Number.isInteger(one) && Number(one) >= 0 && Number(one) <= 255;
  if (Array.isArray(value) && value.every(isByte)) return Buffer.from(value as number[]).toString('hex');
  const digits = typeof value === 'string' ? value.replace(/\s/g, '').toLowerCase() : '';
  return digits !== '' && /^([0-9a-f]{2})+$/.test(digits) ? digits : undefined;
}

/** Runs examples one after the other, through the sandbox as a flow would. Never rejects. */
export async function runExamples(
  codec: Codec,
  examples: readonly CodecExample[],
  language: Language,
): Promise<ExampleResult[]> {
  const results: ExampleResult[] = [];
  for (const example of examples) results.push(await runExample(codec, example, language));
  return results;
}

async function runExample(codec: Codec, example: CodecExample, language: Language): Promise<ExampleResult> {
  const { description, direction, output: expected } = example;
  try {
    const got = await outputOf(codec, example);
    return { description, direction, passed: isSameOutput(expected, got), expected, got };
  } catch (error) {
    return { description, direction, passed: false, expected, got: describeError(error, language) };
  }
}

async function outputOf(codec: Codec, example: CodecExample): Promise<unknown> {
  const { direction, fPort = 1, data } = example;
  if (direction === 'encodeDownlink') return codec.encodeDownlink(data);
  const bytes = bytesIn(example, codec);
  if (direction === 'decodeDownlink') return codec.decodeDownlink({ fPort, bytes });
  const recvTime = new Date(example.recvTime ?? Date.now());
  const decoded = await codec.decodeUplink({ fPort, bytes, recvTime });
  return direction === 'decodeUplink' ? decoded : asList(await codec.normalizeUplink(decoded.data));
}

/** Authors write a list of measurements; a codec may return a single one by itself. */
function asList(output: CodecOutput): CodecOutput {
  return output.data === undefined ? output : { ...output, data: [output.data].flat() };
}

function bytesIn({ bytesHex }: CodecExample, codec: Codec): Uint8Array {
  if (bytesHex !== undefined) return Uint8Array.from(Buffer.from(bytesHex, 'hex'));
  throw new CodecError({ key: 'codec.repository.noBytes', parameters: { codec: codec.id } });
}

/** Whether two outputs say the same: in any order of keys, and an empty list of warnings or errors is none. */
export function isSameOutput(expected: unknown, got: unknown): boolean {
  return isDeepStrictEqual(plain(expected), plain(got));
}

function plain(output: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(output ?? null));
  const object = yamlObject(copy);
  if (!object) return copy;
  return Object.fromEntries(
    Object.entries(object).filter(
      ([name, value]) => !((name === 'warnings' || name === 'errors') && isEmpty(value)),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

import { andThen } from '../../observation/now-or-later.ts';
import type { Codec, CodecOutput } from '../codec.ts';
import { NORMALIZED_NAME, NORMALIZED_TIME } from './vocabulary.ts';

/**
 * A codec whose output has beside the codec's own names what its `normalizeUplink` makes of them, as `normalized`. One
 * measurement stands there as an object, several as a list. Several with a time each become a list of samples, with
 * the codec's own names in the last.
 */
export function normalizingCodec(codec: Codec): Codec {
  return {
    ...codec,
    decodeUplink: (input) =>
      andThen(codec.decodeUplink(input), (decoded) => {
        if (!hasData(decoded)) return decoded;
        return andThen(codec.normalizeUplink(decoded.data), (normalized) => merged(decoded, normalized));
      }),
  };
}

type Measurement = Record<string, unknown>;

function hasData({ data, errors }: CodecOutput): boolean {
  return typeof data === 'object' && data !== null && !(errors && errors.length > 0);
}

function merged(decoded: CodecOutput, normalized: CodecOutput): CodecOutput {
  const warnings = [...(decoded.warnings ?? []), ...(normalized.warnings ?? [])];
  const outcome = { ...decoded, ...(warnings.length > 0 && { warnings }) };
  if (normalized.errors && normalized.errors.length > 0) return { ...outcome, errors: normalized.errors };
  const measurements = [normalized.data ?? []].flat() as Measurement[];
  return { ...outcome, data: withMeasurements(decoded.data as object, measurements) };
}

function withMeasurements(data: object, measurements: Measurement[]): object {
  const [first] = measurements;
  if (measurements.length > 1 && measurements.every(({ time }) => typeof time === 'string')) {
    const samples = measurements.map(({ time, ...rest }) => ({
      [NORMALIZED_TIME]: time,
      [NORMALIZED_NAME]: rest,
    }));
    return samples.map((sample, index) => (index === samples.length - 1 ? { ...data, ...sample } : sample));
  }
  if (first === undefined) return data;
  if (measurements.length > 1) return { ...data, [NORMALIZED_NAME]: measurements };
  const { time, ...rest } = first;
  return {
    ...data,
    ...(typeof time === 'string' && { [NORMALIZED_TIME]: time }),
    [NORMALIZED_NAME]: rest,
  };
}

import type { Codec, CodecOutput } from '../codec/codec.ts';
import type { Device, DeviceModel } from '../devices/device.ts';
import { applyModel } from '../devices/model.ts';
import { CodecError } from '../observation/errors.ts';
import { andThen, type NowOrLater } from '../observation/now-or-later.ts';
import type { Observation } from '../observation/observation.ts';
import { objectOf } from './json-fields.ts';

/** A codec, or what stands in for one. */
export type PayloadCodec = Pick<Codec, 'id' | 'version' | 'reads' | 'decodeUplink'>;

/** What makes readings of bytes. Without a codec there are none; without a model the codec's names mean nothing here. */
export interface PayloadReader {
  codec?: PayloadCodec;
  model?: DeviceModel;
  device?: Device;
}

/** What a codec is given. */
export interface UplinkBytes {
  /** Absent if the network server did not say it. */
  fPort?: number;
  bytes: Buffer;
  /** Arrival here. */
  recvTime: Date;
}

/** The values of one moment. */
export interface PayloadSample {
  values: Observation['values'];
  /** Names of the codec's output that the model does not know. */
  unknownNames: string[];
  /** The device's own clock, as the codec gives it. */
  deviceTime?: string | number;
  /** The codec's own output of this sample. */
  data?: unknown;
}

export interface DecodedPayload {
  /** Oldest first; one at least. */
  samples: PayloadSample[];
  warnings: string[];
}

/**
 * Bytes -> codec -> values in canonical units.
 * Throws CodecError `lorawan.error.codecErrors` if the codec found errors, `codecNoData` if it returned nothing,
 * and whatever the codec itself throws.
 */
export function decodePayload(
  { codec, model, device }: PayloadReader,
  input: UplinkBytes,
): NowOrLater<DecodedPayload> {
  if (!codec) return { samples: [{ values: {}, unknownNames: [] }], warnings: [] };
  return andThen(codec.decodeUplink(device ? { ...input, device } : input), (output) => {
    const samples = splitSamples(dataOf(output, codec, input.fPort), model).map((data) =>
      sampleOf(data, model, device),
    );
    return { samples: ordered(samples), warnings: textsOf(output.warnings) };
  });
}

function dataOf(output: CodecOutput, codec: PayloadCodec, fPort: number | string = '?'): object {
  const errors = textsOf(output.errors).join('; ');
  if (errors !== '') {
    throw new CodecError({ key: 'lorawan.error.codecErrors', parameters: { codec: codec.id, errors } });
  }
  if (typeof output.data !== 'object' || output.data === null) {
    throw new CodecError({
      key: 'lorawan.error.codecNoData',
      parameters: { codec: codec.id, fPort },
    });
  }
  return output.data;
}

/** What a codec says to people: a list of texts, though strangers' codecs also give a single one, or objects. */
export function textsOf(said: unknown): string[] {
  const list: unknown[] = typeof said === 'string' ? [said] : Array.isArray(said) ? said : [];
  return list.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)));
}

/** A codec's output as single moments: a list of them, or the current one with the stored ones that the model names. */
function splitSamples(data: object, model: DeviceModel | undefined): unknown[] {
  if (Array.isArray(data)) return data;
  const current = objectOf(data);
  const stored = model?.samples === undefined ? undefined : current?.[model.samples];
  if (!current || model?.samples === undefined || !Array.isArray(stored)) return [data];
  const { [model.samples]: _, ...rest } = current;
  return Object.keys(rest).length > 0 ? [...stored, rest] : stored;
}

function sampleOf(data: unknown, model: DeviceModel | undefined, device: Device | undefined): PayloadSample {
  const clock = model?.time === undefined ? undefined : objectOf(data)?.[model.time];
  const applied = model
    ? applyModel(model, withoutClock(data, model), device)
    : { values: {}, unknownNames: [] };
  const hasClock = typeof clock === 'string' || typeof clock === 'number';
  const { values, unknownNames } = applied;
  return hasClock ? { values, unknownNames, data, deviceTime: clock } : { values, unknownNames, data };
}

function withoutClock(data: unknown, model: DeviceModel): unknown {
  const fields = objectOf(data);
  if (!fields || model.time === undefined || !Object.hasOwn(fields, model.time)) return data;
  const { [model.time]: _, ...rest } = fields;
  return rest;
}

/** Stored samples come in any order; those without a clock keep their place. */
function ordered(samples: PayloadSample[]): PayloadSample[] {
  if (samples.length < 2) return samples;
  const time = ({ deviceTime }: PayloadSample) =>
    typeof deviceTime === 'string' ? Date.parse(deviceTime) : (deviceTime ?? Number.NaN);
  return samples.every((sample) => Number.isFinite(time(sample)))
    ? samples.toSorted((a, b) => time(a) - time(b))
    : samples;
}

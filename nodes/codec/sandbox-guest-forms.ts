import type { CodecFunction, Dialect } from './sandbox-protocol.ts';

/** Any function of a codec. */
export type Callable = (...values: unknown[]) => unknown;

/** TS013 input as codecs get it; `device` and `data` where there are. */
export interface GuestInput {
  bytes: number[];
  fPort?: number;
  recvTime?: number | Date | string;
  data?: unknown;
  device?: { name: string; devEui: string };
  variables?: object;
}

/** One way to write a function of a codec. */
export interface GuestForm {
  dialect: Dialect;
  /** Of the codec's own function. */
  name: string;
  /** Whether a function of that name is meant in this form; absent: always. */
  fits?(codec: Callable): boolean;
  /** Done once: what gives the TS013 output for a TS013 input. `call` is the codec's function with its `this`. */
  bind(call: Callable, codec: Callable): (input: GuestInput) => unknown;
}

export interface GuestForms {
  /** By TS013 name; the first that fits is taken. */
  forms: Readonly<Record<CodecFunction, readonly GuestForm[]>>;
  /** Stands for an output that the codec itself called invalid. */
  notValid: object;
  /** The message of a ChirpStack server around the bytes. */
  serverMessage(input: GuestInput): object;
}

/**
 * The text of this function runs in QuickJS, before the codec: the forms in which codecs are published, after the
 * documentation of LoRa Alliance TS013, ChirpStack v3, The Things Network v2, Actility IoT Flow, Datacake and OS2iot.
 * It may use nothing from outside itself. `find` gives a function of the codec.
 */
export function guestForms(
  global: Record<string, unknown>,
  find: (name: string) => { codec: Callable } | undefined,
): GuestForms {
  const { ownKeys, apply } = Reflect;
  const { isArray, from: listOf } = Array;
  const { isView } = ArrayBuffer;
  const DateOf = Date;
  const functionText = Function.prototype.toString;
  const notValid = {};

  /** Names of a function's parameters, as its text has them. */
  function parametersOf(codec: Callable): string[] {
    const source = apply(functionText, codec, []);
    return source.slice(source.indexOf('(') + 1, source.indexOf(')')).split(/[\s,]+/);
  }

  /** Hands bytes and port over in the order that the names of the parameters tell, else the usual one. */
  function byPortAndBytes(call: Callable, codec: Callable, usuallyPortFirst: boolean) {
    const first = parametersOf(codec)[0] ?? '';
    const portFirst = /port/i.test(first) || (usuallyPortFirst && !/^(bytes|payload|buf)/i.test(first));
    return ({ fPort, bytes }: GuestInput) => (portFirst ? call(fPort, bytes, {}) : call(bytes, fPort, {}));
  }

  /** What a function of a form without frame gives, as TS013 output, unless it has that shape already. */
  function framed(result: unknown): unknown {
    if (result !== null && typeof result === 'object' && !isArray(result)) {
      const keys = ownKeys(result);
      const known = keys.filter((key) => key === 'data' || key === 'errors' || key === 'warnings');
      if (known.length > 0 && known.length === keys.length) return result;
    }
    return { data: result };
  }

  interface Field {
    field: unknown;
    value?: unknown;
    timestamp?: unknown;
  }

  function isField(entry: unknown): entry is Field {
    return typeof entry === 'object' && entry !== null && 'field' in entry;
  }

  /** Datacake's list of fields as an object; with times of their own as one object per time. */
  function fieldsOf(result: unknown): unknown {
    if (!isArray(result) || result.length === 0 || !result.every(isField)) return result;
    const samples = new Map<unknown, Record<string, unknown>>();
    for (const { field, value, timestamp } of result) {
      const sample: Record<string, unknown> =
        samples.get(timestamp) ?? (timestamp === undefined ? {} : { timestamp });
      sample[String(field)] = value;
      samples.set(timestamp, sample);
    }
    const list = [...samples.values()];
    return list.length === 1 ? list[0] : list;
  }

  function serverMessage({ bytes, fPort, recvTime, device }: GuestInput): object {
    const time = new DateOf(recvTime ?? 0).toISOString();
    const { name = '', devEui = '' } = device ?? {};
    return {
      deviceName: name,
      devEUI: devEui,
      deviceInfo: { deviceName: name, devEui },
      time,
      fPort,
      data: (global.btoa as (binary: string) => string)(String.fromCharCode(...(bytes ?? []))),
      rxInfo: [{ time, nsTime: time, gwTime: time }],
    };
  }

  const isDriver = () => find('extractPoints') !== undefined;
  const plain: GuestForm['bind'] = (call) => call;
  /** Bytes that stand alone get their port; those of a Uint8Array or Buffer become a list, which JSON needs. */
  function downlink(result: unknown, fPort: number | undefined): unknown {
    if (isArray(result)) return { bytes: result, fPort };
    if (isView(result)) return { bytes: listOf(result as Uint8Array), fPort };
    const { bytes } = (result ?? {}) as { bytes?: unknown };
    return isView(bytes) ? { ...(result as object), bytes: listOf(bytes as Uint8Array) } : result;
  }

  const forms: Record<CodecFunction, GuestForm[]> = {
    decodeUplink: [
      {
        dialect: 'actility',
        name: 'decodeUplink',
        fits: isDriver,
        bind: (call) => (input) => framed(call({ ...input, time: input.recvTime })),
      },
      { dialect: 'ts013', name: 'decodeUplink', bind: plain },
      {
        dialect: 'os2iot',
        name: 'decode',
        fits: (codec) => /^payload meta/i.test(parametersOf(codec).join(' ')),
        bind: (call) => (input) =>
          framed(call(serverMessage(input), { name: input.device?.name ?? '', metadata: {} })),
      },
      {
        dialect: 'chirpstack3',
        name: 'Decode',
        bind: (call, codec) => {
          const decode = byPortAndBytes(call, codec, true);
          return (input) => framed(decode(input));
        },
      },
      {
        dialect: 'datacake',
        name: 'Decoder',
        fits: (codec) => /^payload/i.test(parametersOf(codec)[0] ?? ''),
        bind:
          (call) =>
          ({ bytes, fPort }) =>
            framed(fieldsOf(call(bytes, fPort))),
      },
      {
        dialect: 'ttn2',
        name: 'Decoder',
        bind: (call, codec) => {
          const decode = byPortAndBytes(call, codec, false);
          const convert = find('Converter')?.codec ?? ((decoded: unknown) => decoded);
          const validate = find('Validator')?.codec ?? (() => true);
          return (input) => {
            const converted = convert(fieldsOf(decode(input)), input.fPort);
            return validate(converted, input.fPort) === false ? notValid : framed(converted);
          };
        },
      },
    ],
    encodeDownlink: [
      {
        dialect: 'actility',
        name: 'encodeDownlink',
        fits: isDriver,
        bind: (call) => (input) => downlink(call({ ...input, message: input.data }), input.fPort),
      },
      {
        dialect: 'ts013',
        name: 'encodeDownlink',
        bind: (call) => (input) => downlink(call(input), input.fPort),
      },
      {
        dialect: 'chirpstack3',
        name: 'Encode',
        bind:
          (call) =>
          ({ data, fPort }) =>
            downlink(call(fPort, data, {}), fPort),
      },
      {
        dialect: 'ttn2',
        name: 'Encoder',
        bind:
          (call) =>
          ({ data, fPort }) =>
            downlink(call(data, fPort), fPort),
      },
    ],
    decodeDownlink: [{ dialect: 'ts013', name: 'decodeDownlink', bind: plain }],
    normalizeUplink: [{ dialect: 'ts013', name: 'normalizeUplink', bind: plain }],
  };

  return { forms, notValid, serverMessage };
}

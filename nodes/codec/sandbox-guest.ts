import type { ScriptWishes } from '../devices/device.ts';
import type { CodecFunction, Dialect } from './sandbox-protocol.ts';

/** Any function of a codec. */
type Callable = (...values: unknown[]) => unknown;
type Runner = (json: string) => string;

/** TS013 input as it comes from the host. */
interface Input {
  bytes: number[];
  fPort?: number;
  recvTime?: number | Date | string;
  data?: unknown;
  device?: { name: string; devEui: string };
  variables?: object;
}

/** What the host gets back: `describe` an error, and once the codec is loaded its functions by their TS013 names. */
export interface GuestTools {
  describe(error: unknown): string;
  resolve(): Partial<Record<CodecFunction, Runner>> & { dialect?: Dialect };
}

export interface GuestOptions extends Pick<Required<ScriptWishes>, 'recvTime'> {
  /** Whether the codec reads `input.bytes` with the methods of a Buffer. */
  bytesAreBuffer: boolean;
  /** Names of global objects in which it looks for the message around the bytes. */
  message: string[];
  /** Whether it asks for modules. */
  require: boolean;
  /** Whether its local time is UTC. */
  isUtc: boolean;
}

/**
 * The text of this function runs in QuickJS before the codec, so that it holds the original built-ins whatever the
 * codec redefines. It may use nothing from outside itself. A runner takes the JSON of the TS013 input and gives
 * the JSON of the TS013 output, or `!` and the kind of failure; `!threw` is followed by a description as JSON.
 *
 * Forms of codecs: LoRa Alliance TS013; ChirpStack v3, The Things Network v2, Actility IoT Flow drivers, Datacake and
 * OS2iot after their documentation.
 */
export function guest(
  global: Record<string, unknown>,
  /** `eval`; under another name it runs in the global scope and finds what `let` and `const` declared there. */
  evaluate: (code: string) => unknown,
  options: GuestOptions,
): GuestTools {
  const { parse, stringify } = JSON;
  const { apply, ownKeys } = Reflect;
  const { isArray } = Array;
  const DateOf = Date;
  const { slice } = String.prototype;
  const { create } = Object;
  const text = String;
  const nothing = () => {};
  const exported: Record<string, unknown> = {};
  global.module = { exports: exported };
  global.exports = exported;
  global.console = new Proxy({}, { get: () => nothing });
  // V8's own; classes of errors call it.
  (Error as { captureStackTrace?: unknown }).captureStackTrace ??= nothing;
  if (options.require) global.require = require;
  if (options.isUtc) nameZone();

  /** The only modules there are bring what is global in Node.js. Others are refused by their name. */
  function require(name: unknown): unknown {
    const { Buffer, TextDecoder, TextEncoder } = global;
    if (/^(node:)?buffer$/.test(text(name))) return { Buffer };
    if (/^(node:)?util$/.test(text(name)) && TextDecoder) return { TextDecoder, TextEncoder };
    throw Object.assign(new Error(text(name)), { name: 'ModuleRefused' });
  }

  /** Dates as text end with the name of the zone elsewhere. */
  function nameZone(): void {
    const dates = DateOf.prototype;
    for (const method of ['toString', 'toTimeString'] as const) {
      const original = dates[method];
      dates[method] = function (this: Date) {
        return apply(original, this, []).replace(/GMT\+0000$/, 'GMT+0000 (Coordinated Universal Time)');
      };
    }
  }

  /** JSON has no such numbers; elsewhere a codec that gives one fails. */
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value(this: bigint) {
      const number = Number(this);
      return Number.isSafeInteger(number) ? number : text(this);
    },
    writable: true,
    configurable: true,
  });

  function part(error: unknown, name: string, length: number): string {
    try {
      const value = (error as Record<string, unknown>)[name];
      return value === undefined ? '' : apply(slice, text(value), [0, length]);
    } catch {
      return '';
    }
  }

  function describe(error: unknown): string {
    const isObject = error !== null && (typeof error === 'object' || typeof error === 'function');
    const thrown = isObject ? error : { message: error };
    return stringify({
      name: part(thrown, 'name', 100),
      message: part(thrown, 'message', 500),
      stack: part(thrown, 'stack', 2000),
      line: +part(thrown, 'lineNumber', 20) || 0,
      toJSON: undefined,
    });
  }

  /** A codec's function and what it is a method of. Drivers are found as modules and as one global object. */
  function find(name: string): { self: unknown; codec: Callable } | undefined {
    const declared = evaluate(`typeof ${name} === 'function' ? ${name} : undefined`);
    if (declared) return { self: undefined, codec: declared as Callable };
    const module = (global.module as { exports?: Record<string, unknown> } | undefined)?.exports;
    const driver = evaluate("typeof driver === 'object' ? driver : undefined");
    for (const self of [module, exported, module?.default, module?.driver, driver]) {
      const codec = (self as Record<string, unknown> | null | undefined)?.[name];
      if (typeof codec === 'function') return { self, codec: codec as Callable };
    }
    return undefined;
  }

  function once<T>(look: () => T): () => T {
    let found: { value: T } | undefined;
    return () => {
      found ??= { value: look() };
      return found.value;
    };
  }

  /** Names of a function's parameters, as its text has them. */
  function parametersOf(codec: Callable): string[] {
    const source = apply(Function.prototype.toString, codec, []);
    return source.slice(source.indexOf('(') + 1, source.indexOf(')')).split(/[\s,]+/);
  }

  /** Whether a function of bytes and port takes the port first; parameters with clear names decide. */
  function takesPortFirst(codec: Callable, usually: boolean): boolean {
    const first = parametersOf(codec)[0] ?? '';
    if (/port/i.test(first)) return true;
    return /^(bytes|payload|buf)/i.test(first) ? false : usually;
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
      sample[text(field)] = value;
      samples.set(timestamp, sample);
    }
    const list = [...samples.values()];
    return list.length === 1 ? list[0] : list;
  }

  /** The message of a ChirpStack server around the bytes, as OS2iot hands it to its decoders. */
  function serverMessage({ bytes, fPort, recvTime, device }: Input): object {
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

  /** `adapt` calls the codec's function in its own form and gives TS013 output. */
  interface Form {
    dialect: Dialect;
    name: string;
    fits?(codec: Callable): boolean;
    adapt(call: Callable, input: Input, codec: Callable): unknown;
  }

  const NOT_VALID = {};
  const converter = once(() => find('Converter')?.codec);
  const validator = once(() => find('Validator')?.codec);
  const isDriver = () => find('extractPoints') !== undefined;
  const plain: Form['adapt'] = (call, input) => call(input);
  const byPortAndBytes =
    (usually: boolean): Form['adapt'] =>
    (call, { fPort, bytes }, codec) =>
      takesPortFirst(codec, usually) ? call(fPort, bytes, {}) : call(bytes, fPort, {});
  const bytesDownlink = (bytes: unknown, fPort: number | undefined) =>
    isArray(bytes) ? { bytes, fPort } : bytes;

  const FORMS: Record<CodecFunction, Form[]> = {
    decodeUplink: [
      {
        dialect: 'actility',
        name: 'decodeUplink',
        fits: isDriver,
        adapt: (call, input) => framed(call(input)),
      },
      { dialect: 'ts013', name: 'decodeUplink', adapt: plain },
      {
        dialect: 'os2iot',
        name: 'decode',
        fits: (codec) => /^payload meta/i.test(parametersOf(codec).join(' ')),
        adapt: (call, input) =>
          framed(call(serverMessage(input), { name: input.device?.name ?? '', metadata: {} })),
      },
      {
        dialect: 'chirpstack3',
        name: 'Decode',
        adapt: (call, input, codec) => framed(byPortAndBytes(true)(call, input, codec)),
      },
      {
        dialect: 'datacake',
        name: 'Decoder',
        fits: (codec) => /^payload/i.test(parametersOf(codec)[0] ?? ''),
        adapt: (call, { bytes, fPort }) => framed(fieldsOf(call(bytes, fPort))),
      },
      {
        dialect: 'ttn2',
        name: 'Decoder',
        adapt: (call, input, codec) => {
          const decoded = fieldsOf(byPortAndBytes(false)(call, input, codec));
          const converted = converter() ? converter()?.(decoded, input.fPort) : decoded;
          return framed(validator()?.(converted, input.fPort) === false ? NOT_VALID : converted);
        },
      },
    ],
    encodeDownlink: [
      {
        dialect: 'actility',
        name: 'encodeDownlink',
        fits: isDriver,
        adapt: (call, input) => call({ ...input, message: input.data }),
      },
      { dialect: 'ts013', name: 'encodeDownlink', adapt: plain },
      {
        dialect: 'chirpstack3',
        name: 'Encode',
        adapt: (call, { data, fPort }) => bytesDownlink(call(fPort, data, {}), fPort),
      },
      {
        dialect: 'ttn2',
        name: 'Encoder',
        adapt: (call, { data, fPort }) => bytesDownlink(call(data, fPort), fPort),
      },
    ],
    decodeDownlink: [{ dialect: 'ts013', name: 'decodeDownlink', adapt: plain }],
    normalizeUplink: [{ dialect: 'ts013', name: 'normalizeUplink', adapt: plain }],
  };

  function inputOf(json: string): Input {
    const input = parse(json) as Input;
    if (typeof input.recvTime === 'number') {
      const time = new DateOf(input.recvTime);
      input.recvTime = options.recvTime === 'text' ? time.toISOString() : time;
    }
    if (options.bytesAreBuffer && input.bytes) {
      input.bytes = (global.Buffer as { from(bytes: number[]): number[] }).from(input.bytes);
    }
    input.variables = {};
    for (const name of options.message) {
      global[name] = name === 'normalizedPayload' ? { gateways: [] } : serverMessage(input);
    }
    return input;
  }

  function answerOf(result: unknown): string {
    if (result === null || typeof result !== 'object') return '!notObject';
    if (typeof (result as { then?: unknown }).then === 'function') return '!asynchronous';
    if ((result as { data?: unknown }).data === NOT_VALID) return '!notValid';
    const output = stringify(result);
    return typeof output === 'string' && output[0] === '{' ? output : '!notObject';
  }

  function runnerOf({ adapt }: Form, { self, codec }: { self: unknown; codec: Callable }): Runner {
    const call: Callable = (...values) => apply(codec, self, values);
    return (json) => {
      try {
        return answerOf(adapt(call, inputOf(json), codec));
      } catch (error) {
        return `!threw${describe(error)}`;
      }
    };
  }

  function resolve(): ReturnType<GuestTools['resolve']> {
    // Without prototype: the codec may have put setters there that would swap its runners for functions of its own.
    const runners: ReturnType<GuestTools['resolve']> = create(null);
    for (const [name, forms] of Object.entries(FORMS)) {
      for (const form of forms) {
        const found = find(form.name);
        if (!found || (form.fits && !form.fits(found.codec))) continue;
        runners[name as CodecFunction] = runnerOf(form, found);
        runners.dialect ??= form.dialect;
        break;
      }
    }
    collectGarbage();
    return runners;
  }

  /** What only served to load the codec is a fifth of its heap. The engine looks at 256 KB, and cannot be asked to. */
  function collectGarbage(): void {
    Array.from({ length: 3000 }, () => ({}));
  }

  return { describe, resolve };
}

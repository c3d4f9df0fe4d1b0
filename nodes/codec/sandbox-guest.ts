import type { ScriptWishes } from '../devices/device.ts';
import type { Callable, GuestForm, GuestInput, guestForms } from './sandbox-guest-forms.ts';
import type { CodecFunction, Dialect } from './sandbox-protocol.ts';

type Runner = (json: string) => string;

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
 */
export function guest(
  global: Record<string, unknown>,
  /** `eval`; under another name it runs in the global scope and finds what `let` and `const` declared there. */
  evaluate: (code: string) => unknown,
  options: GuestOptions,
  formsOf: typeof guestForms,
): GuestTools {
  const { parse, stringify } = JSON;
  const { apply, deleteProperty } = Reflect;
  const DateOf = Date;
  const { slice } = String.prototype;
  const { create, entries } = Object;
  const text = String;
  const nothing = () => {};
  // The engine's heap limit does not count shared memory, and one thread has nobody to share it with.
  deleteProperty(global, 'SharedArrayBuffer');
  deleteProperty(global, 'Atomics');
  const exported: Record<string, unknown> = {};
  global.module = { exports: exported };
  global.exports = exported;
  global.console = new Proxy(create(null) as Record<PropertyKey, unknown>, {
    get: (own, name) => own[name] ?? nothing,
  });
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

  const { forms, notValid, serverMessage } = formsOf(global, find);

  function inputOf(json: string): GuestInput {
    const input = parse(json) as GuestInput;
    if (typeof input.recvTime === 'number') {
      const time = new DateOf(input.recvTime);
      input.recvTime = options.recvTime === 'text' ? time.toISOString() : time;
    }
    if (options.bytesAreBuffer && input.bytes) {
      input.bytes = (global.Buffer as { from(bytes: number[]): number[] }).from(input.bytes);
    }
    input.variables = {};
    if (options.message.length > 0) setMessage(input);
    return input;
  }

  function setMessage(input: GuestInput): void {
    for (const name of options.message) {
      global[name] = name === 'normalizedPayload' ? { gateways: [] } : serverMessage(input);
    }
  }

  function answerOf(result: unknown): string {
    if (result === notValid) return '!notValid';
    if (result === null || typeof result !== 'object') return '!notObject';
    if (typeof (result as { then?: unknown }).then === 'function') return '!asynchronous';
    const output = stringify(result);
    return typeof output === 'string' && output[0] === '{' ? output : '!notObject';
  }

  function runnerOf({ bind }: GuestForm, { self, codec }: { self: unknown; codec: Callable }): Runner {
    const call: Callable = self === undefined ? codec : (...values) => apply(codec, self, values);
    const decode = bind(call, codec);
    return (json) => {
      try {
        return answerOf(decode(inputOf(json)));
      } catch (error) {
        return `!threw${describe(error)}`;
      }
    };
  }

  function resolve(): ReturnType<GuestTools['resolve']> {
    // Without prototype: the codec may have put setters there that would swap its runners for functions of its own.
    const runners: ReturnType<GuestTools['resolve']> = create(null);
    for (const [name, list] of entries(forms)) {
      for (const form of list) {
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

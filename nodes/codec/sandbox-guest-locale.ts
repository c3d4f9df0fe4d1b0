/** Of Date, or of Intl.DateTimeFormat. */
type DateMethod = 'toLocaleString' | 'toLocaleDateString' | 'toLocaleTimeString' | 'format';

/** Asks the host to write a number or a date, or to compare two texts; `host` gets and gives JSON. */
export type LocaleRequest =
  | { kind: 'number'; value: number | string; locales?: unknown; options?: unknown }
  | {
      kind: 'date';
      /** ms since 1970; null for a date that is none. */
      value: number | null;
      method: DateMethod;
      locales?: unknown;
      options?: unknown;
    }
  | { kind: 'compare'; value: [string, string]; locales?: unknown; options?: unknown }
  | { kind: 'zone' };

/**
 * The text of this function runs in QuickJS, which knows no languages, for codecs that write numbers or dates in one:
 * the methods of ECMA-402 that codecs use. It may use nothing from outside itself.
 */
export function guestLocale(global: Record<string, unknown>, host: (json: string) => string): void {
  const { parse, stringify } = JSON;
  const ask = (request: LocaleRequest): unknown => {
    const answer = parse(host(stringify(request))) as { value?: unknown; error?: string };
    if (answer.error !== undefined) throw new RangeError(answer.error);
    return answer.value;
  };
  type Write = (value: unknown) => unknown;

  const numbers = (locales: unknown, options: unknown) => (value: unknown) =>
    ask({
      kind: 'number',
      // JSON has no NaN and no infinity.
      value: typeof value === 'number' && Number.isFinite(value) ? value : String(value),
      locales,
      options,
    });
  const dates = (method: DateMethod) => (locales: unknown, options: unknown) => (value: unknown) =>
    ask({ kind: 'date', value: Number(value ?? Date.now()), method, locales, options });

  function define(
    prototype: object,
    name: string,
    write: (locales: unknown, options: unknown) => Write,
  ): void {
    const method = function (this: unknown, locales?: unknown, options?: unknown) {
      return write(locales, options)(this);
    };
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  }
  define(
    Number.prototype,
    'toLocaleString',
    (locales, options) => (value) => numbers(locales, options)(Number(value)),
  );
  for (const method of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'] as const) {
    define(Date.prototype, method, dates(method));
  }
  String.prototype.localeCompare = function (other, locales?: unknown, options?: unknown) {
    return ask({ kind: 'compare', value: [String(this), String(other)], locales, options }) as number;
  };

  /** Function declarations, because they work with and without `new`. */
  function formatter(write: (locales: unknown, options: unknown) => Write) {
    function Formatter(locales?: unknown, options?: Record<string, unknown>) {
      const timeZone = () => ask({ kind: 'zone' });
      return {
        format: write(locales, options),
        resolvedOptions: () => ({ locale: locales ?? 'en-US', timeZone: timeZone(), ...options }),
      };
    }
    return Formatter;
  }

  function Collator(locales?: unknown, options?: unknown) {
    const compare = (one: unknown, other: unknown) =>
      ask({ kind: 'compare', value: [String(one), String(other)], locales, options });
    return { compare };
  }

  global.Intl = {
    NumberFormat: formatter(numbers),
    DateTimeFormat: formatter(dates('format')),
    Collator,
  };
}

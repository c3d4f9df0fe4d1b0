import { INEXACT } from './sandbox-guest-math.ts';

/** What a codec's text asks for besides the language, so that others do not pay for it. */
export interface Needs {
  /** Conversions between bytes and text (`atob`, `TextDecoder` ...). */
  bytes: boolean;
  /** A Buffer, which it does not declare. */
  buffer: boolean;
  /** `input.bytes` with the methods of a Buffer, as Actility's drivers get it. */
  bytesAreBuffer: boolean;
  /** Numbers or dates in a language. */
  locale: boolean;
  /** Functions of Math, each with its place in INEXACT. */
  math: (readonly [name: string, place: number])[];
  /** Names of the global objects in which servers hand over the message around the bytes. */
  message: string[];
  /** Node.js's `require`, and it does not ask first whether there is one. */
  require: boolean;
  /** Lists sorted by a comparison of its own. */
  sort: boolean;
}

export function needsOf(source: string): Needs {
  const bytesAreBuffer = readsBytesAsBuffer(source);
  const buffer = bytesAreBuffer || (/\bBuffer\b/.test(source) && !declares(source, 'Buffer'));
  // OS2iot's decoders get their payload as base64.
  const words =
    /\b(atob|btoa|TextDecoder|TextEncoder|structuredClone|LoRaObject|rawPayload)\b|\bdecode\s*\(\s*payload\s*,\s*meta/i;
  return {
    sort: /\.sort\s*\(\s*[^\s)]/.test(source),
    bytes: buffer || words.test(source),
    buffer,
    bytesAreBuffer,
    locale: /toLocale(Date|Time)?String|localeCompare|\bIntl\b/.test(source),
    math: mathOf(source),
    message: MESSAGES.filter((name) => source.includes(name) && !declares(source, name)),
    require:
      /\brequire\s*\(/.test(source) && !/typeof[\s(]+require\b/.test(source) && !declares(source, 'require'),
  };
}

/** Whether a codec calls Buffer's methods on its input, and does not bring them itself. */
function readsBytesAsBuffer(source: string): boolean {
  if (/\bBuffer\b|\bprototype\b/.test(source)) return false;
  const alias = /\b(?:var|let|const)\s+(\w+)\s*=\s*input\.bytes\s*[;\n]/.exec(source)?.[1] ?? 'input\\.bytes';
  const method = '(?:read|write)(?:U?[Ii]nt|Float|Double|Big)\\w*|toString\\(\\s*[\'"]hex';
  return new RegExp(`\\b(?:input\\.bytes|${alias})\\.(?:${method})`).test(source);
}

/** Of Milesight's gateways and of Datacake. */
const MESSAGES = ['LoRaObject', 'rawPayload', 'normalizedPayload'];

function mathOf(source: string): Needs['math'] {
  // `const { pow } = Math`, `const M = Math`
  const renamed = /=\s*Math\b(?!\s*\.)/.test(source);
  return INEXACT.flatMap((name, place) => {
    const isUsed = new RegExp(`\\b${renamed ? '' : 'Math\\s*\\.\\s*'}${name}\\b`).test(source);
    return isUsed || (name === 'pow' && POWER.test(source)) ? [[name, place] as const] : [];
  });
}

/** A number or name to the power of another. What has brackets or changes a variable is left as it is. */
const POWER =
  /(?<![\w$.)\]]|\+\+|--)(\d+(?:\.\d+)?|[A-Za-z_$][\w$.]*)[ \t]*\*\*[ \t]*(-?(?:\d+(?:\.\d+)?|[A-Za-z_$][\w$.]*))(?![\w$.]|[ \t]*(?:[([*`]|\?\.|\+\+|--))/;

/**
 * A text within one line; what looks like code in it is none. One with `${}` may hold code. An escaped quotation mark
 * begins none, or a long line of them would be looked through from each.
 */
const TEXT = /\\.|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$\n]|\\.)*`/;

function declares(source: string, name: string): boolean {
  return new RegExp(`\\b(?:var|let|const|function|class)\\s+${name}\\b(?!\\s*=\\s*require)`).test(source);
}

/**
 * A codec's text without what stands before JavaScript in a file (byte order mark, `#!` line), and with Math.pow for
 * its operator, which cannot be replaced otherwise. Lines keep their numbers.
 */
export function plainScript(source: string): string {
  const script = source.replace(/^\ufeff/, '').replace(/^#!.*/, '');
  return script.replace(new RegExp(`${TEXT.source}|${POWER.source}`, 'g'), (found, base, exponent) =>
    base === undefined ? found : `Math.pow(${base}, ${exponent})`,
  );
}

/**
 * An ES module as a script, for those who publish `export function decodeUplink`; undefined if it has no exports.
 * What it imports is left, and the script then fails as before. Lines keep their numbers.
 */
export function withoutExports(source: string): string | undefined {
  const script = source
    .replace(/^([ \t]*)export\s+default\s+(?=(?:async\s+)?function\s+\w|class\s+\w)/gm, '$1')
    .replace(/^([ \t]*)export\s+default\s+/gm, '$1module.exports = ')
    .replace(/^([ \t]*)export\s+(?=(?:async\s+)?function|class|const|let|var)/gm, '$1')
    .replace(/(^|[;}\s])export\s*\{([\w$\s,]*)\};?/gm, (_, before: string, names: string) => {
      const lines = names.replace(/[^\n]/g, '');
      return `${before}${exportsOf(names)}${lines}`;
    });
  return script === source ? undefined : script;
}

/** `decode as decodeUplink, x` -> assignments to `exports`. */
function exportsOf(names: string): string {
  return names
    .split(',')
    .map((name) => name.trim().split(/\s+as\s+/))
    .filter(([local]) => local)
    .map(([local, name = local]) => `exports.${name} = ${local};`)
    .join(' ');
}

import { type GuestOptions, guest } from './sandbox-guest.ts';
import { guestBuffer } from './sandbox-guest-buffer.ts';
import { guestBytes } from './sandbox-guest-bytes.ts';
import { guestForms } from './sandbox-guest-forms.ts';
import { guestLocale } from './sandbox-guest-locale.ts';
import { guestMath } from './sandbox-guest-math.ts';
import { guestSort } from './sandbox-guest-sort.ts';
import type { Script } from './sandbox-protocol.ts';
import { needsOf } from './sandbox-source.ts';

const known = new Map<string, string>();

/**
 * The program that runs before a codec: an expression whose value is a function of the global object, of what
 * answers locale requests and of what calculates, and gives GuestTools. It has the parts that the codec's text asks for.
 */
export function preludeOf({ source, options: { recvTime, timeZone } }: Script): string {
  const { bytes, buffer, bytesAreBuffer, locale, math, message, require, sort } = needsOf(source);
  const options: GuestOptions = { recvTime, bytesAreBuffer, message, require, isUtc: timeZone === 'UTC' };
  const parts = [
    bytes && `const text = (${textOf(guestBytes)})(global);`,
    buffer && `(${textOf(guestBuffer)})(global, text);`,
    locale && `(${textOf(guestLocale)})(global, answer);`,
    sort && `(${textOf(guestSort)})();`,
    math.length > 0 && `(${textOf(guestMath)})(${JSON.stringify(math)}, calculate);`,
    `return (${textOf(guest)})(global, eval, ${JSON.stringify(options)}, ${textOf(guestForms)});`,
  ];
  return `(function (global, answer, calculate) { ${parts.filter(Boolean).join('\n')} })`;
}

/** A function's text without comments and indentation, which would fill the codec's heap. */
function textOf(part: (...values: never[]) => unknown): string {
  let text = known.get(part.name);
  if (text === undefined) {
    text = String(part)
      .replace(/^\s*\/\*\*[\s\S]*?\*\//gm, '')
      .replace(/^\s*\/\/.*$/gm, '')
      .replace(/^\s+/gm, '')
      .replace(/ {2,}/g, ' ');
    known.set(part.name, text);
  }
  return text;
}

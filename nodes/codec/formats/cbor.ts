import { decode, type TagDecodeControl } from 'cborg';
import { MessageError, messageOf } from '../../observation/errors.ts';
import { withWholeStrings } from './cbor-pieces.ts';

/** Levels of arrays and maps; no sensor needs as many, and what comes after the reader may go down into them. */
const DEEPEST = 32;
const MS_PER_SECOND = 1000;

/** What is left of a tag when its meaning needs no other shape. */
const plain = (content: TagDecodeControl): unknown => content();

/** Tags of RFC 8949, section 3.4, that data may carry; another one is refused, as its content could mean anything. */
const TAGS: Readonly<Record<number, (content: TagDecodeControl) => unknown>> = {
  0: plain,
  1: (content) => new Date(Number(content()) * MS_PER_SECOND).toISOString(),
  2: (content) => bigintOf(content()),
  3: (content) => -1n - bigintOf(content()),
  4: (content) => scaled(content(), 10),
  5: (content) => scaled(content(), 2),
  21: plain,
  22: plain,
  23: plain,
  32: plain,
  // "This is CBOR", in front of a whole message.
  55799: plain,
};

const OPTIONS = { allowIndefinite: true, allowUndefined: true, useMaps: true, strict: false, tags: TAGS };

/**
 * One CBOR item (RFC 8949): maps become Maps, byte strings Uint8Arrays, integers past 2^53 bigints, times ISO 8601.
 * Throws MessageError `codec.error.cbor` for anything else: truncated, with bytes behind its end, with an unknown tag,
 * or nested too deeply.
 */
export function readCbor(bytes: Uint8Array): unknown {
  let item: unknown;
  try {
    item = decode(withWholeStrings(bytes), OPTIONS);
  } catch (cause) {
    throw refused(messageOf(cause).replace('CBOR decode error: ', ''), cause);
  }
  if (!fits(item, DEEPEST)) throw refused(`more than ${DEEPEST} levels`);
  return item;
}

/**
 * What `readCbor` gave as JSON has it: Maps become objects, bytes lower-case hex, integers past 2^53 texts.
 * A key `__proto__` is left out.
 */
export function plainCbor(item: unknown): unknown {
  if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
  if (typeof item === 'bigint') return `${item}`;
  if (Array.isArray(item)) return item.map(plainCbor);
  if (!(item instanceof Map)) return item;
  const entries = [...item].map(([key, value]) => [String(plainCbor(key)), plainCbor(value)] as const);
  return Object.fromEntries(entries.filter(([key]) => key !== '__proto__'));
}

function fits(item: unknown, levels: number): boolean {
  if (item instanceof Map) return levels > 0 && [...item.values()].every((value) => fits(value, levels - 1));
  return !Array.isArray(item) || (levels > 0 && item.every((value) => fits(value, levels - 1)));
}

function bigintOf(bytes: unknown): bigint {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a large number is a string of bytes');
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

/** `[exponent, mantissa]`; decimal fractions by their text, so that 273.15 is the nearest number to it. */
function scaled(parts: unknown, base: 2 | 10): number {
  const [exponent, mantissa] = Array.isArray(parts) ? parts : [];
  const isNumber = (part: unknown) => typeof part === 'number' || typeof part === 'bigint';
  if (!isNumber(exponent) || !isNumber(mantissa)) throw new TypeError('a fraction is two whole numbers');
  return base === 10 ? Number(`${mantissa}e${exponent}`) : Number(mantissa) * 2 ** Number(exponent);
}

function refused(reason: string, cause?: unknown): MessageError {
  return new MessageError({ key: 'codec.error.cbor', parameters: { reason } }, { cause });
}

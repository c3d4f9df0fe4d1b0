/** What the options of a CoAP message say: RFC 7252, 5.10; RFC 7641 (Observe), 7959 (blocks), 7967 (No-Response). */
import { isUtf8 } from 'node:buffer';
import { MessageError } from '../observation/errors.ts';
import { CODE, type CoapOption } from './coap-message.ts';

export const OPTION = {
  uriHost: 3,
  etag: 4,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  locationQuery: 20,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
  noResponse: 258,
} as const;

/** A piece of a body: RFC 7959, 2.2. */
export interface Block {
  number: number;
  more: boolean;
  /** Bytes, 16 to 1024: a power of two. */
  size: number;
}

/** The options that Byflyt knows; absent ones are absent. */
export interface CoapOptions {
  /** As in a URI: `/bins/4`; `/` if there is none. */
  path: string;
  query: string[];
  etag?: Buffer;
  observe?: number;
  locationPath?: string;
  contentFormat?: number;
  /** Seconds. */
  maxAge?: number;
  accept?: number;
  block1?: Block;
  block2?: Block;
  /** Bytes of the whole body that a sender announces. */
  size1?: number;
  /** Classes of answers that the sender does not want: 2, 8 and 16 for 2.xx, 4.xx and 5.xx. */
  noResponse?: number;
}

/** Says why a request is refused, with the code of the answer. */
export class CoapRefusal extends MessageError {
  readonly code: number;

  constructor(code: number, problem: ConstructorParameters<typeof MessageError>[0]) {
    super(problem);
    this.code = code;
  }
}

interface Format {
  /** Bytes of a value. */
  shortest: number;
  longest: number;
  repeats?: true;
}

/** Known options and what their values may be: RFC 7252, table 4, and those of the other RFCs. */
const FORMATS: Readonly<Record<number, Format>> = {
  [OPTION.uriHost]: { shortest: 1, longest: 255 },
  [OPTION.etag]: { shortest: 1, longest: 8, repeats: true },
  [OPTION.observe]: { shortest: 0, longest: 3 },
  [OPTION.uriPort]: { shortest: 0, longest: 2 },
  [OPTION.locationPath]: { shortest: 0, longest: 255, repeats: true },
  [OPTION.uriPath]: { shortest: 0, longest: 255, repeats: true },
  [OPTION.contentFormat]: { shortest: 0, longest: 2 },
  [OPTION.maxAge]: { shortest: 0, longest: 4 },
  [OPTION.uriQuery]: { shortest: 0, longest: 255, repeats: true },
  [OPTION.accept]: { shortest: 0, longest: 2 },
  [OPTION.locationQuery]: { shortest: 0, longest: 255, repeats: true },
  [OPTION.block2]: { shortest: 0, longest: 3 },
  [OPTION.block1]: { shortest: 0, longest: 3 },
  [OPTION.size2]: { shortest: 0, longest: 4 },
  [OPTION.size1]: { shortest: 0, longest: 4 },
  [OPTION.noResponse]: { shortest: 0, longest: 1 },
};

const PROXY: ReadonlySet<number> = new Set([OPTION.proxyUri, OPTION.proxyScheme]);
const RESERVED_SIZE = 7;

/**
 * Reads options. Unknown ones, wrong lengths and repetitions are passed over where the number is even (elective).
 * Throws CoapRefusal: 4.02 for those that must be understood and are not, 5.05 for a proxy's, 4.00 for text or blocks
 * that are none.
 */
export function readCoapOptions(options: readonly CoapOption[]): CoapOptions {
  const segments: string[] = [];
  const location: string[] = [];
  const result: CoapOptions = { path: '/', query: [] };
  let before = -1;
  for (const { number, value } of options) {
    const isUsable = fits(number, value, number === before);
    before = number;
    if (!isUsable) continue;
    if (number === OPTION.uriPath) segments.push(encodeURIComponent(textOf(value, number)));
    else if (number === OPTION.uriQuery) result.query.push(textOf(value, number));
    else if (number === OPTION.locationPath) location.push(encodeURIComponent(textOf(value, number)));
    else READERS[number]?.(result, value);
  }
  if (segments.length > 0) result.path = `/${segments.join('/')}`;
  if (location.length > 0) result.locationPath = `/${location.join('/')}`;
  return result;
}

const READERS: Readonly<Record<number, (result: CoapOptions, value: Buffer) => void>> = {
  [OPTION.etag]: (result, value) => {
    result.etag = value;
  },
  [OPTION.observe]: (result, value) => {
    result.observe = uintOf(value);
  },
  [OPTION.contentFormat]: (result, value) => {
    result.contentFormat = uintOf(value);
  },
  [OPTION.maxAge]: (result, value) => {
    result.maxAge = uintOf(value);
  },
  [OPTION.accept]: (result, value) => {
    result.accept = uintOf(value);
  },
  [OPTION.block1]: (result, value) => {
    result.block1 = blockOf(value);
  },
  [OPTION.block2]: (result, value) => {
    result.block2 = blockOf(value);
  },
  [OPTION.size1]: (result, value) => {
    result.size1 = uintOf(value);
  },
  [OPTION.noResponse]: (result, value) => {
    result.noResponse = uintOf(value);
  },
};

/** Whether an option can be used; throws for one that must be. */
function fits(number: number, { length }: Buffer, isRepeated: boolean): boolean {
  const format = FORMATS[number];
  const isFit =
    format && length >= format.shortest && length <= format.longest && !(isRepeated && !format.repeats);
  if (isFit) return true;
  if (PROXY.has(number)) throw new CoapRefusal(CODE.proxyingNotSupported, { key: 'nbiot.error.coapProxy' });
  // Odd numbers are those that a server must understand.
  if (number % 2 === 1) {
    throw new CoapRefusal(CODE.badOption, { key: 'nbiot.error.coapOption', parameters: { number } });
  }
  return false;
}

function textOf(value: Buffer, number: number): string {
  if (isUtf8(value)) return value.toString('utf8');
  throw new CoapRefusal(CODE.badRequest, { key: 'nbiot.error.coapOption', parameters: { number } });
}

/** A number of 0 to 4 bytes. */
function uintOf(value: Buffer): number {
  return value.length === 0 ? 0 : value.readUIntBE(0, value.length);
}

function blockOf(value: Buffer): Block {
  const bits = uintOf(value);
  const exponent = bits & 0x07;
  if (exponent === RESERVED_SIZE) {
    throw new CoapRefusal(CODE.badRequest, { key: 'nbiot.error.coapBlock' });
  }
  return { number: bits >>> 4, more: (bits & 0x08) !== 0, size: 2 ** (exponent + 4) };
}

/** An option that is a number, in as few bytes as it takes. */
export function uintOption(number: number, value: number): CoapOption {
  let length = 0;
  while (value >= 2 ** (8 * length)) length++;
  const bytes = Buffer.alloc(length);
  if (length > 0) bytes.writeUIntBE(value, 0, length);
  return { number, value: bytes };
}

export function blockOption(number: number, block: Block): CoapOption {
  const exponent = Math.log2(block.size) - 4;
  return uintOption(number, block.number * 16 + (block.more ? 8 : 0) + exponent);
}

/** Options of one number, one for each text. */
export function textOptions(number: number, texts: readonly string[]): CoapOption[] {
  return texts.map((text) => ({ number, value: Buffer.from(text) }));
}

/** The options of a path such as `/bins/4`; percent-encoded parts are decoded. */
export function pathOptions(number: number, path: string): CoapOption[] {
  const segments = path.split('/').slice(path.startsWith('/') ? 1 : 0);
  if (segments.length === 1 && segments[0] === '') return [];
  return textOptions(number, segments.map(decodedPart));
}

/** Part of a URI without its percent-encoding; as it is if that is wrong. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Bodies that do not fit into one datagram: block-wise transfers after RFC 7959. */
import { EXCHANGE_LIFETIME } from './coap-exchanges.ts';
import { CODE, NO_BYTES } from './coap-message.ts';
import { type Block, CoapRefusal } from './coap-options.ts';

interface Options {
  /** Bytes of a whole body. */
  longest: number;
  /** Bodies that are on their way at once; the oldest give way. */
  most?: number;
  /** ms from one block to the next. */
  lifetime?: number;
}

interface Kept<T> {
  value: T;
  /** ms of the steady clock. */
  until: number;
}

/** A body that is not whole yet. */
interface Upload {
  bytes: Buffer;
  /** Bytes that are there: the buffer may be longer. */
  length: number;
}

const MOST = 256;
const EMPTY: Upload = { bytes: NO_BYTES, length: 0 };
/** 1024 bytes with header and options stay below the 1280 that every network of IPv6 carries. */
export const LARGEST_BLOCK = 1024;

/** What is on its way in pieces, of many senders at once, with bounds on number and time. */
class Transfers<T> {
  readonly #most: number;
  readonly #lifetime: number;
  /** The one that was used longest ago is first. */
  readonly #kept = new Map<string, Kept<T>>();

  constructor({ most = MOST, lifetime = EXCHANGE_LIFETIME }: Omit<Options, 'longest'>) {
    this.#most = most;
    this.#lifetime = lifetime;
  }

  get(key: string, now: number): T | undefined {
    const kept = this.#kept.get(key);
    return kept && kept.until > now ? kept.value : undefined;
  }

  set(key: string, value: T, now: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: now + this.#lifetime });
    for (const [oldest, { until }] of this.#kept) {
      if (until > now && this.#kept.size <= this.#most) return;
      this.#kept.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}

/** Puts uploads together (Block1). */
export class Uploads {
  readonly #longest: number;
  readonly #transfers: Transfers<Upload>;

  constructor({ longest, ...bounds }: Options) {
    this.#longest = longest;
    this.#transfers = new Transfers(bounds);
  }

  /**
   * Takes a block; gives the whole body with the last one, undefined before. `key`: sender and resource. Throws
   * CoapRefusal: 4.08 for a block that does not follow the one before, 4.13 for a body that is too large, 4.00 for a
   * block with too few or too many bytes.
   */
  add(
    key: string,
    { number, more, size }: Block,
    payload: Buffer,
    announced = 0,
    now = performance.now(),
  ): Buffer | undefined {
    const offset = number * size;
    if (more ? payload.length !== size : payload.length > size) throw refusal(CODE.badRequest, 'coapBlock');
    const before = number === 0 ? EMPTY : this.#transfers.get(key, now);
    // Whatever is wrong from here on, the body has to be sent from its start again.
    this.#transfers.delete(key);
    const length = offset + payload.length;
    if (Math.max(announced, length) > this.#longest) throw tooLarge(this.#longest);
    if (before?.length !== offset) throw refusal(CODE.requestIncomplete, 'coapIncomplete');
    const bytes = withRoom(before, length, this.#longest);
    payload.copy(bytes, offset);
    if (!more) return bytes.subarray(0, length);
    this.#transfers.set(key, { bytes, length }, now);
    return undefined;
  }
}

/** Grows by doubling, so that a body of many small blocks is not copied for each. */
function withRoom({ bytes, length }: Upload, needed: number, longest: number): Buffer {
  if (bytes.length >= needed) return bytes;
  const larger = Buffer.alloc(Math.min(longest, Math.max(needed, 2 * length)));
  bytes.copy(larger, 0, 0, length);
  return larger;
}

/** An answer of which one piece is sent. */
export interface Piece<T> {
  answer: T;
  block?: Block;
}

/** Hands out long answers piece by piece (Block2). */
export class Downloads<T extends { payload?: Buffer }> {
  readonly #transfers: Transfers<T>;

  constructor(bounds: Omit<Options, 'longest'> = {}) {
    this.#transfers = new Transfers(bounds);
  }

  /** The first piece of an answer; the others are kept if there are any. `wanted`: what the request said of blocks. */
  first(key: string, answer: T, wanted?: Block, now = performance.now()): Piece<T> {
    const size = Math.min(wanted?.size ?? LARGEST_BLOCK, LARGEST_BLOCK);
    if ((answer.payload?.length ?? 0) <= size) return { answer };
    this.#transfers.set(key, answer, now);
    return pieceOf(answer, 0, size);
  }

  /** A later piece. Throws CoapRefusal 4.08 if the answer is not there any more, or not that long. */
  next(key: string, { number, size }: Block, now = performance.now()): Piece<T> {
    const answer = this.#transfers.get(key, now);
    if (!answer || number * size >= (answer.payload?.length ?? 0)) {
      throw refusal(CODE.requestIncomplete, 'coapIncomplete');
    }
    return pieceOf(answer, number, size);
  }
}

function pieceOf<T extends { payload?: Buffer }>(answer: T, number: number, size: number): Piece<T> {
  const { payload = NO_BYTES } = answer;
  const end = (number + 1) * size;
  const more = end < payload.length;
  return {
    answer: { ...answer, payload: payload.subarray(number * size, end) },
    block: { number, more, size },
  };
}

function refusal(code: number, name: string): CoapRefusal {
  return new CoapRefusal(code, { key: `nbiot.error.${name}` });
}

/** 4.13; the answer says how many bytes would have been taken. */
export function tooLarge(longest: number): CoapRefusal {
  return new CoapRefusal(CODE.requestTooLarge, { key: 'nbiot.error.coapTooLarge', parameters: { longest } });
}

import { crc32 } from 'node:zlib';
import type { CoapMessage } from './coap-message.ts';
import type { Source } from './envelope.ts';

/** A message that was received, and what it was answered. */
export interface Exchange {
  /** Sent again to whoever sends the message again; absent until there is one. */
  answer?: Buffer;
}

interface Remembered extends Exchange {
  checksum: number;
  /** ms of the steady clock. */
  until: number;
}

interface Options {
  /** Exchanges that are remembered at most; the oldest give way. */
  most?: number;
  /** ms. */
  lifetime?: number;
}

/** EXCHANGE_LIFETIME: RFC 7252, 4.8.2. */
export const EXCHANGE_LIFETIME = 247_000;
/** Some 300 bytes each. A town's devices take hours to fill it. */
const MOST = 65_536;

/**
 * Knows messages that were received before: the same sender, message id, token and bytes within EXCHANGE_LIFETIME. The
 * bytes count, because simple devices begin at the same message id and token each time that they wake up, and their new
 * reading is no duplicate.
 */
export class CoapExchanges {
  readonly #most: number;
  readonly #lifetime: number;
  /** Oldest first. */
  readonly #exchanges = new Map<string, Remembered>();

  constructor({ most = MOST, lifetime = EXCHANGE_LIFETIME }: Options = {}) {
    this.#most = most;
    this.#lifetime = lifetime;
  }

  /** The earlier exchange of a message that is a duplicate. */
  find(message: CoapMessage, bytes: Buffer, source: Source, now = performance.now()): Exchange | undefined {
    const known = this.#exchanges.get(keyOf(message, source));
    return known && known.until > now && known.checksum === crc32(bytes) ? known : undefined;
  }

  /** Begins the exchange of a message that is no duplicate. */
  begin(message: CoapMessage, bytes: Buffer, source: Source, now = performance.now()): Exchange {
    const key = keyOf(message, source);
    const exchange: Remembered = { checksum: crc32(bytes), until: now + this.#lifetime };
    this.#exchanges.delete(key);
    this.#exchanges.set(key, exchange);
    this.#tidy(now);
    return exchange;
  }

  /** The message was not taken: when it comes again it is a new one. */
  forget(message: CoapMessage, source: Source): void {
    this.#exchanges.delete(keyOf(message, source));
  }

  #tidy(now: number): void {
    for (const [key, { until }] of this.#exchanges) {
      if (until > now && this.#exchanges.size <= this.#most) return;
      this.#exchanges.delete(key);
    }
  }
}

function keyOf({ messageId, token }: CoapMessage, { address, port }: Source): string {
  return `${address} ${port} ${messageId} ${token.toString('latin1')}`;
}

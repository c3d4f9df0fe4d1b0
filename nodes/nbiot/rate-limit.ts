import { TokenBucket } from '../lorawan/gateway/token-bucket.ts';
import type { SourceNetworks } from './source-networks.ts';

/**
 * Why a datagram is not taken: its network is not allowed, strangers sent too many, or its own sender did, it is too
 * long, or the disk is behind.
 */
export type DropCause = 'outside' | 'strangers' | 'flood' | 'tooLong' | 'busy';

export interface RateLimitOptions {
  /** Absent: datagrams may come from anywhere. */
  networks?: SourceNetworks | undefined;
  isKnown(address: string): boolean;
  /** Datagrams per second of one known address. */
  perSource: number;
  /** Datagrams per second of all unknown addresses together. */
  strangers: number;
  onDrop(cause: DropCause, address: string): void;
}

/** Seconds' worth that may come at once: blocks come in a row, and stored readings when the network is back. */
const BURST_SECONDS = 10;
/** Less of strangers: while a burst of theirs goes through the flow, others wait at the port. */
const STRANGERS_BURST_SECONDS = 2;
/** Bytes for which a datagram counts once more: few long ones fill the disk as well as many short ones do. */
const COUNTED_BYTES = 512;
/** Addresses with limits of their own; the one that was quiet for longest gives way, and begins anew. */
const MOST = 50_000;

/**
 * Lets datagrams in: each registered device has a limit of its own, and all others share one, so that they can't take
 * anything from those. An address can be forged, so this guards against floods and not against people with bad intent.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  /** The one that sent longest ago is first. */
  readonly #known = new Map<string, TokenBucket>();
  readonly #strangers: TokenBucket;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#strangers = bucketOf(options.strangers, STRANGERS_BURST_SECONDS);
  }

  isKnown(address: string): boolean {
    return this.#options.isKnown(address);
  }

  /** `bytes`: how long the datagram is; `now`: ms since 1970. */
  admits(address: string, bytes: number, now = Date.now()): boolean {
    const cause = this.#obstacle(address, Math.max(1, Math.ceil(bytes / COUNTED_BYTES)), now);
    if (cause) this.#options.onDrop(cause, address);
    return cause === undefined;
  }

  #obstacle(address: string, count: number, now: number): DropCause | undefined {
    const { networks, isKnown } = this.#options;
    if (networks && !networks.has(address)) return 'outside';
    if (!isKnown(address)) return this.#strangers.take(now, count) ? undefined : 'strangers';
    return this.#bucket(address).take(now, count) ? undefined : 'flood';
  }

  #bucket(address: string): TokenBucket {
    const bucket = this.#known.get(address) ?? bucketOf(this.#options.perSource, BURST_SECONDS);
    this.#known.delete(address);
    this.#known.set(address, bucket);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return bucket;
  }
}

function bucketOf(perSecond: number, burstSeconds: number): TokenBucket {
  return new TokenBucket(perSecond, perSecond * burstSeconds);
}

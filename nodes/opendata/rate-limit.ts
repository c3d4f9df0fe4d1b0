interface Bucket {
  tokens: number;
  /** When that was so, ms since 1970 UTC. */
  at: number;
}

/** Clients that are remembered; one that is forgotten begins anew. */
const MOST = 20_000;

/** How much each client may ask for: a burst at once, and then so much a second (token bucket). */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** Takes what a request costs from a client's allowance; if that is used up, the whole seconds to wait. */
  wait(client: string, cost: number, now: number): number {
    const before = this.#buckets.get(client) ?? { tokens: this.#burst, at: now };
    const refilled = before.tokens + (Math.max(0, now - before.at) / 1000) * this.#perSecond;
    const tokens = Math.min(this.#burst, refilled);
    const isAllowed = tokens >= cost;
    this.#remember(client, { tokens: isAllowed ? tokens - cost : tokens, at: now });
    return isAllowed ? 0 : Math.ceil((cost - tokens) / this.#perSecond);
  }

  #remember(client: string, bucket: Bucket): void {
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

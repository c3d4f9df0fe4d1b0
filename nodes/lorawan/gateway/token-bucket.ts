/** Lets so many through per second, and a burst of them at once: a flood must not fill the disk. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  /** ms since 1970. */
  #filled: number;

  constructor(perSecond: number, burst: number, now = Date.now()) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filled = now;
  }

  /** Whether one more may pass, or one that counts as several; one that counts as more than a burst is a burst. */
  take(now = Date.now(), count = 1): boolean {
    // A clock that was set back must not stop everything.
    const seconds = Math.max(0, now - this.#filled) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + seconds * this.#perSecond);
    this.#filled = now;
    const needed = Math.min(count, Math.max(this.#burst, 1));
    if (this.#tokens < needed) return false;
    this.#tokens -= needed;
    return true;
  }
}

/** Room for so many at once, and for so many who wait for it. */
export class Slots {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number, mostWaiting = 0) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** A slot, now or when one is free; what it gives returns it. Undefined if too many wait already. */
  async take(): Promise<(() => void) | undefined> {
    if (this.#taken >= this.#most) {
      if (this.#waiting.length >= this.#mostWaiting) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#taken++;
    let isReturned = false;
    return () => {
      if (isReturned) return;
      isReturned = true;
      const next = this.#waiting.shift();
      // Goes from hand to hand, so that nobody overtakes.
      if (next) next();
      else this.#taken--;
    };
  }
}

/** A value in memory, and what is known of it. */
export interface LiveValue {
  value: unknown;
  /** Estimate of the memory that it takes, with its key. */
  bytes: number;
  /** Not yet saved, so it stays. */
  changed: boolean;
  /** Asked for since the hand passed it. */
  used: boolean;
}

/**
 * Values by key within bounds: one that is saved and was not asked for lately makes room for others (the CLOCK
 * algorithm, a cheap LRU). Changed ones are counted apart; it is for the owner to save them in time.
 */
export class LiveValues {
  readonly #limit: number;
  readonly #values = new Map<string, LiveValue>();
  #hand = this.#values.entries();
  #bytes = 0;
  #changedBytes = 0;

  /** `limit`: bytes, as far as they are not changed. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether half of the room is taken by what cannot leave. */
  get strained(): boolean {
    return this.#changedBytes > this.#limit / 2;
  }

  get(key: string): LiveValue | undefined {
    const live = this.#values.get(key);
    if (live) live.used = true;
    return live;
  }

  /** Puts a value under a key that is not live. One that is not changed may leave at once. */
  add(key: string, value: unknown, bytes: number, changed: boolean): LiveValue {
    const live = { value, bytes, changed, used: true };
    this.#values.set(key, live);
    this.#bytes += bytes;
    if (changed) this.#changedBytes += bytes;
    this.#makeRoom();
    return live;
  }

  remove(key: string): void {
    const live = this.#values.get(key);
    if (!live) return;
    this.setChanged(live, false);
    this.#bytes -= live.bytes;
    this.#values.delete(key);
  }

  setChanged(live: LiveValue, changed: boolean): void {
    if (live.changed === changed) return;
    live.changed = changed;
    this.#changedBytes += changed ? live.bytes : -live.bytes;
  }

  setBytes(live: LiveValue, bytes: number): void {
    const more = bytes - live.bytes;
    live.bytes = bytes;
    this.#bytes += more;
    if (live.changed) this.#changedBytes += more;
  }

  /** The hand goes round twice at most: once to forget who was asked for, once to find who was not. */
  #makeRoom(): void {
    for (let steps = 2 * this.#values.size; this.#bytes > this.#limit && steps > 0; steps--) {
      const next = this.#hand.next();
      if (next.done) {
        this.#hand = this.#values.entries();
        continue;
      }
      const [key, live] = next.value;
      if (live.used) live.used = false;
      else if (!live.changed) this.remove(key);
    }
  }
}

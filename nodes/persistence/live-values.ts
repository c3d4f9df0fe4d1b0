/** A value in memory, and what is known of it. */
export interface LiveValue {
  value: unknown;
  /** Estimate of the memory that it takes, with its key. */
  bytes: number;
  /** Not yet saved, so it stays. */
  changed: boolean;
  /** How often the hand passes it before it leaves, if nobody asks for it. */
  rounds: number;
}

/** A value of this size stays for one round more, a smaller one for more: to load it again takes as long. */
const BYTES_PER_ROUND = 8000;
const MOST_ROUNDS = 16;
/** Values that the hand passes for a new one, at most: if hardly any may leave, looking for them is not worth it. */
const MOST_STEPS = 1000;

/**
 * Values by key within bounds: one that is saved and was not asked for lately makes room for others (the CLOCK
 * algorithm, a cheap LRU). What is changed stays; it is for the owner to save it in time.
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
    if (live) live.rounds = roundsOf(live);
    return live;
  }

  /** Puts a value under a key that is not live. One that is not changed may leave at once. */
  add(key: string, value: unknown, bytes: number, changed: boolean): LiveValue {
    const live = { value, bytes, changed, rounds: roundsOf({ bytes }) };
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

  #makeRoom(): void {
    for (let steps = MOST_STEPS; steps > 0 && this.#bytes > this.#limit; steps--) {
      const next = this.#hand.next();
      if (next.done) this.#hand = this.#values.entries();
      else this.#pass(...next.value);
    }
  }

  #pass(key: string, live: LiveValue): void {
    if (live.changed) return;
    if (live.rounds > 0) live.rounds--;
    else this.remove(key);
  }
}

function roundsOf({ bytes }: { bytes: number }): number {
  return Math.min(MOST_ROUNDS, Math.ceil(BYTES_PER_ROUND / bytes));
}

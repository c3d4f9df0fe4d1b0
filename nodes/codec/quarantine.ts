/** Harmful calls in a row after which a codec is kept out. */
const STRIKES = 3;

/** ms that a codec is kept out; then one more harmful call keeps it out again. */
const KEPT_OUT_FOR = 60_000;

interface Record {
  strikes: number;
  /** ms since start of the process, until when the codec is kept out. */
  until: number;
  /** In the script, of the last harm; 0 if unknown. */
  line: number;
}

/** Remembers which codecs hang or break the sandbox again and again, so that they cannot slow down all others. */
export class Quarantine {
  readonly #records = new Map<string, Record>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Line of a codec that is kept out in which it last did harm, 0 if unknown; undefined if it may run. */
  lineOf(key: string): number | undefined {
    const record = this.#records.get(key);
    return record !== undefined && record.until > this.#now() ? record.line : undefined;
  }

  /** Whether its last call did no harm: what looks like harm now may be a machine that was busy for a moment. */
  trusts(key: string): boolean {
    return !this.#records.has(key);
  }

  charge(key: string, line: number): void {
    const record = this.#records.get(key) ?? { strikes: 0, until: 0, line: 0 };
    record.strikes++;
    record.line = line;
    if (record.strikes >= STRIKES) record.until = this.#now() + KEPT_OUT_FOR;
    this.#records.set(key, record);
  }

  /** A call went well: the count starts anew. */
  forgive(key: string): void {
    this.#records.delete(key);
  }
}

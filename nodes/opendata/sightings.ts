interface Seen {
  tag: string;
  /** ms since 1970 UTC, a whole second: more is not told. */
  since: number;
}

/** Addresses that are remembered. */
const MOST = 5000;

/**
 * When answers were first given as they are now. The newest measurement in an answer does not tell that: one that
 * comes late, or is found wrong, changes history without changing it.
 */
export class Sightings {
  readonly #seen = new Map<string, Seen>();

  /** Since when an address gives what has this tag, ms since 1970 UTC; `now` if it is new. */
  since(address: string, tag: string, now: number): number {
    const known = this.#seen.get(address);
    const seen = known?.tag === tag ? known : { tag, since: secondAfter(known?.since, now) };
    // What is asked for is remembered longest.
    this.#seen.delete(address);
    this.#seen.set(address, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST && oldest !== undefined) this.#seen.delete(oldest);
    return seen.since;
  }
}

/** The second it is, but never the one that an answer before already has. */
function secondAfter(before: number | undefined, now: number): number {
  const second = Math.floor(now / 1000) * 1000;
  return before === undefined ? second : Math.max(second, before + 1000);
}

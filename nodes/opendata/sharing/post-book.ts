import type { StateStore } from '../../persistence/state-store.ts';

/**
 * begun: sent, and no answer yet. retry: no clear answer, but a server that knows the post's key makes no second one of
 * it. uncertain: nobody knows. skipped: passed before the node was there.
 */
type PostState = 'begun' | 'posted' | 'retry' | 'uncertain' | 'skipped';

interface Noted {
  state: PostState;
  /** ms since 1970 UTC: of the first attempt. */
  since: number;
}

/** Periods that are remembered; a period never comes back. */
const MOST = 100;
/** ms that a server remembers the key of a post, less a margin (Mastodon: an hour). */
const KEY_LIFETIME = 50 * 60_000;

/** Which periods have had their post. On disk before anything is sent, so that no crash can make two of one. */
export class PostBook {
  readonly #state: StateStore;
  readonly #key: string;

  /** `scope`: whose posts. */
  constructor(state: StateStore, scope: string) {
    this.#state = state;
    this.#key = `share/${scope}`;
  }

  /** True while nothing was ever noted. */
  get isNew(): boolean {
    return this.#periods() === undefined;
  }

  /** The period may still have its post. `now` in ms since 1970 UTC. */
  isOpen(period: string, now: number): boolean {
    const noted = this.#periods()?.[period];
    return !noted || (noted.state === 'retry' && now - noted.since < KEY_LIFETIME);
  }

  note(period: string, state: PostState, now: number): void {
    const since = this.#periods()?.[period]?.since ?? now;
    this.#set({ ...this.#periods(), [period]: { state, since } });
  }

  /** It certainly was not posted. */
  reopen(period: string): void {
    const { [period]: _gone, ...others } = this.#periods() ?? {};
    this.#set(others);
  }

  #periods(): Record<string, Noted> | undefined {
    return this.#state.get<Record<string, Noted>>(this.#key);
  }

  #set(periods: Record<string, Noted>): void {
    const newest = Object.entries(periods).slice(-MOST);
    this.#state.set(this.#key, Object.fromEntries(newest), 'now');
  }
}

import type { Entry, Site } from '../site.ts';

/** ms between a message and the look at the dataset: the reading is on its way to the database, and more will follow. */
const DELAY = 2000;
/**
 * ms that a dataset must be away before it is taken away elsewhere, too: a deploy takes datasets down and puts them up
 * again, and a mistake in a form is soon corrected. One that somebody withdrew has no such time.
 */
const GRACE = 600_000;
/** ms between two looks whether it is still there: they cost nothing. */
const PRESENCE = 30_000;
/** ms until a look that failed is repeated: doubles, up to the time between two looks. */
const FIRST_RETRY = 30_000;

export interface WatchOptions {
  /** The site may be there only after the dataset's node has started. */
  site(): Pick<Site, 'get' | 'publications'> | undefined;
  /** Id (address) of the dataset. */
  dataset: string;
  /** ms between two looks without a message: values may become public by waiting. */
  every: number;
  /** ms between two looks at least, however many messages come; default: none. */
  leastGap?: number;
  /** Default: ten minutes. */
  grace?: number;
  /** What to do with the dataset as it is published now; undefined: it is no longer published, told once. Never two at a time. */
  look(entry: Entry | undefined): Promise<void>;
  /** What `look` threw. */
  onProblem(error: unknown): void;
}

/** Looks at a published dataset when something may be new, and now and then without that. */
export class DatasetWatch {
  readonly #options: WatchOptions;
  readonly #intervals: NodeJS.Timeout[];
  #soon: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #missingSince: number | undefined;
  /** That it is no longer published was told. */
  #isGone = false;
  #failures = 0;
  /** ms since 1970 UTC. */
  #lastLook = 0;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#intervals = [
      setInterval(() => void this.now(), options.every).unref(),
      setInterval(() => this.#changedPresence() && void this.now(), PRESENCE).unref(),
    ];
    this.#schedule(DELAY);
  }

  /** There may be something new: looks a moment later, once for all messages until then. */
  changed(): void {
    const { leastGap = 0 } = this.#options;
    this.#schedule(Math.max(DELAY, this.#lastLook + leastGap - Date.now()));
  }

  /** Looks; resolves when that is done. */
  async now(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    await this.#running;
    if (this.#closed) return;
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Resolves when no look is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const interval of this.#intervals) clearInterval(interval);
    clearTimeout(this.#soon);
    await this.#running;
  }

  #schedule(wait: number): void {
    if (!this.#closed) this.#soon ??= setTimeout(() => void this.now(), wait).unref();
  }

  #changedPresence(): boolean {
    const { site, dataset } = this.#options;
    return (site()?.get(dataset) === undefined) !== this.#isGone;
  }

  async #look(): Promise<void> {
    const { site, dataset, every, look, onProblem } = this.#options;
    const entry = site()?.get(dataset);
    if (!entry) {
      const left = this.#timeLeft();
      if (left > 0) return this.#schedule(left);
      if (this.#isGone) return;
    } else this.#missingSince = undefined;
    this.#lastLook = Date.now();
    try {
      await look(entry);
      this.#isGone = entry === undefined;
      this.#failures = 0;
    } catch (error) {
      onProblem(error);
      this.#schedule(Math.min(FIRST_RETRY * 2 ** this.#failures++, every));
    }
  }

  /** ms until a dataset that is away counts as gone. */
  #timeLeft(): number {
    const { site, dataset, grace = GRACE } = this.#options;
    this.#missingSince ??= Date.now();
    const isWithdrawn = site()?.publications?.tombstone(dataset) !== undefined;
    return isWithdrawn ? 0 : this.#missingSince + grace - Date.now();
  }
}

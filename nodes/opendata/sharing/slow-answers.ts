import type { Entry } from '../site.ts';

interface Kept {
  answer: Promise<unknown>;
  /** ms since 1970 UTC. */
  until: number;
}

/** Answers per dataset at most. */
const MOST = 40;

/**
 * What takes long to count and changes slowly (a month's report, a day's summary) is counted once per dataset. A dataset
 * that was deployed anew, or has other places than before, has none of the old answers.
 */
export class SlowAnswers {
  readonly #kept = new WeakMap<Entry, Map<string, Kept>>();

  /** The kept answer of that name, else what `make` gives, for `lifetime` ms. Failures are not kept. */
  get<T>(
    entry: Entry,
    name: string,
    { now, lifetime }: { now: number; lifetime: number },
    make: () => Promise<T>,
  ): Promise<T> {
    const answers = this.#kept.get(entry) ?? new Map<string, Kept>();
    this.#kept.set(entry, answers);
    const kept = answers.get(name);
    if (kept && now < kept.until) return kept.answer as Promise<T>;
    const answer = make();
    answers.delete(name);
    answers.set(name, { answer, until: now + lifetime });
    answer.catch(() => answers.delete(name));
    const [oldest] = answers.keys();
    if (answers.size > MOST && oldest !== undefined) answers.delete(oldest);
    return answer;
  }
}

import { takes } from '../nodes/intake/topic-filter.ts';

/** Knows which topics somebody has ever subscribed to, and lets others wait for that. */
export class Audience {
  readonly #filters = new Set<string>();
  #waiting: { topic: string; resolve: () => void }[] = [];

  add(filters: readonly string[]): void {
    for (const filter of filters) this.#filters.add(filter);
    const served = this.#waiting.filter(({ topic }) => this.#hears(topic));
    this.#waiting = this.#waiting.filter((waiting) => !served.includes(waiting));
    for (const { resolve } of served) resolve();
  }

  /** Resolves when a subscription takes the topic. */
  wait(topic: string): Promise<void> {
    if (this.#hears(topic)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ topic, resolve }));
  }

  #hears(topic: string): boolean {
    return [...this.#filters].some((filter) => takes(filter, topic));
  }
}

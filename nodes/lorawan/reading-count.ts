import { clockTime } from '../observation/clock-time.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';

/** How many readings came since the start, and when the last one: the sentence under the decode node. */
export class ReadingCount {
  readonly #language: Language;
  readonly #timeZone: string;
  #count = 0;
  /** ISO 8601 UTC. */
  #last: string | undefined;

  /** `timeZone`: IANA name. */
  constructor(language: Language, timeZone: string) {
    this.#language = language;
    this.#timeZone = timeZone;
  }

  add(count: number, { receivedTime }: Observation): void {
    this.#count += count;
    this.#last = receivedTime;
  }

  sentence(): string {
    if (this.#last === undefined) return translate(this.#language, 'lorawan.status.waiting');
    return translate(this.#language, `lorawan.status.${this.#count === 1 ? 'one' : 'many'}`, {
      count: this.#count,
      time: clockTime(Date.parse(this.#last), this.#language, this.#timeZone),
    });
  }
}

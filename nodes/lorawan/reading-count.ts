import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';

/** How many readings came since the start, and when the last one: the sentence under the decode node. */
export class ReadingCount {
  readonly #language: Language;
  readonly #clock: Intl.DateTimeFormat;
  #count = 0;
  #last: Date | undefined;

  /** `timeZone`: IANA name. */
  constructor(language: Language, timeZone: string) {
    this.#language = language;
    this.#clock = new Intl.DateTimeFormat(intlLocale(language), {
      hour: '2-digit',
      minute: '2-digit',
      timeZone,
    });
  }

  add(count: number, { receivedTime }: Observation): void {
    this.#count += count;
    this.#last = new Date(receivedTime);
  }

  sentence(): string {
    if (!this.#last) return translate(this.#language, 'lorawan.status.waiting');
    return translate(this.#language, `lorawan.status.${this.#count === 1 ? 'one' : 'many'}`, {
      count: this.#count,
      time: this.#clock.format(this.#last),
    });
  }
}

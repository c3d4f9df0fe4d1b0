import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';

/** How many readings came since the start, and which was the last: the sentence under the decode node. */
export class ReadingCount {
  readonly #language: Language;
  readonly #clock: Intl.DateTimeFormat;
  #count = 0;
  #last: { device: string; time: Date } | undefined;

  /** `timeZone`: IANA name. */
  constructor(language: Language, timeZone: string) {
    this.#language = language;
    this.#clock = new Intl.DateTimeFormat(intlLocale(language), {
      hour: '2-digit',
      minute: '2-digit',
      timeZone,
    });
  }

  add(count: number, { device, receivedTime }: Observation): void {
    this.#count += count;
    this.#last = { device: device.name, time: new Date(receivedTime) };
  }

  sentence(): string {
    if (!this.#last) return translate(this.#language, 'lorawan.status.waiting');
    const { device, time } = this.#last;
    return translate(this.#language, `lorawan.status.${this.#count === 1 ? 'one' : 'many'}`, {
      count: this.#count,
      device,
      time: this.#clock.format(time),
    });
  }
}

import { countRefused } from '../intake/received-counts.ts';
import { ReportOnce } from '../lorawan/report-once.ts';
import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { DropCause } from './rate-limit.ts';

interface Options {
  language: Language;
  /** Shown behind the count of messages; asked when it is shown. */
  remark(text: () => string): void;
  /** For the log. */
  warn(sentence: string): void;
}

const HOUR_MS = 60 * 60_000;

/** Counts what is not taken: one line in the log per cause and hour, and a sum in the status. There may be thousands a second. */
export class DroppedDatagrams {
  readonly #options: Options;
  readonly #counts: Record<DropCause, number> = { outside: 0, strangers: 0, flood: 0, tooLong: 0, busy: 0 };
  readonly #reports = new ReportOnce();
  readonly #text = () => this.#inWords();

  constructor(options: Options) {
    this.#options = options;
  }

  add(cause: DropCause, address: string): void {
    this.#counts[cause]++;
    countRefused('nbiot');
    const { language, warn, remark } = this.#options;
    if (this.#reports.isNew(cause, HOUR_MS)) {
      warn(translate(language, `nbiot.intake.dropped.${cause}`, { address }));
    }
    remark(this.#text);
  }

  #inWords(): string {
    const { outside, strangers, flood, tooLong, busy } = this.#counts;
    const { language } = this.#options;
    const known = flood + tooLong + busy;
    const [key, count] =
      known > 0 ? ['all', known + outside + strangers] : ['strangers', outside + strangers];
    const text = new Intl.NumberFormat(intlLocale(language)).format(count as number);
    return translate(language, `nbiot.intake.status.${key}`, { count: text });
  }
}

import { formatQuantity, quantityLabel } from '../observation/labels.ts';
import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { daysUntil, type LevelGoal, type LevelState, learnLevel } from './level-forecast.ts';

export interface ForecastOptions extends LevelGoal {
  state: StateStore;
  quantity: QuantityId;
  language: Language;
  /** IANA name. */
  timeZone: string;
}

export interface LevelForecast {
  /** Days from the reading until the level is reached, 0 if it is. */
  days: number;
  /** ISO 8601 UTC. */
  at: string;
  /** "Full on Thursday 26 November", in local time. */
  sentence: string;
}

const DAY = 86_400_000;

/** Says when a quantity reaches a level, per device; the growth it has seen survives a restart. */
export class LevelForecaster {
  readonly #options: ForecastOptions;
  readonly #date: Intl.DateTimeFormat;

  constructor(options: ForecastOptions) {
    this.#options = options;
    this.#date = new Intl.DateTimeFormat(intlLocale(options.language), {
      timeZone: options.timeZone,
      weekday: 'long',
      day: 'numeric',
      month: 'long',
    });
  }

  /**
   * Learns the reading and forecasts from it. Undefined if the Observation lacks the quantity or its value failed a
   * check, and while the level does not grow. A late reading changes nothing and gets no forecast.
   */
  forecast({ device, phenomenonTime, values, quality }: Observation): LevelForecast | undefined {
    const { state, quantity } = this.#options;
    const level = values[quantity];
    const flag = quality?.[quantity]?.flag;
    if (typeof level !== 'number' || !Number.isFinite(level) || flag === 4 || flag === 9) return undefined;
    const key = `forecast/${device.id}/${quantity}`;
    const time = Date.parse(phenomenonTime);
    const before = state.get<LevelState>(key);
    if (before && time < before.newest) return undefined;
    const after = learnLevel(before, time, level, this.#options);
    if (after !== before) state.set(key, after);
    const days = daysUntil(after, this.#options);
    return days === undefined ? undefined : this.#describe(time, days);
  }

  #describe(now: number, days: number): LevelForecast {
    const { language, quantity, target } = this.#options;
    const at = now + days * DAY;
    const full = quantity === 'fill_level' && target === 100;
    const key = days === 0 ? REACHED[Number(full)] : EXPECTED[Number(full)];
    const sentence = translate(language, key ?? REACHED[0], {
      quantity: quantityLabel(quantity, language),
      level: formatQuantity(target, quantity, language),
      date: this.#date.format(at),
    });
    return { days, at: new Date(at).toISOString(), sentence };
  }
}

/** Sentences for any level, and for a container that is full. */
const REACHED = ['anomaly.forecast.reached', 'anomaly.forecast.full_now'] as const;
const EXPECTED = ['anomaly.forecast.expected', 'anomaly.forecast.full_expected'] as const;

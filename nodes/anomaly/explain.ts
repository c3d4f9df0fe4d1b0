import { clockTime } from '../observation/clock-time.ts';
import { formatQuantity, quantityLabel } from '../observation/labels.ts';
import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { Reason } from './streaming-detector.ts';

export interface Unusual {
  quantity: QuantityId;
  /** Name of the place, as staff know it. */
  place: string;
  /** ms since 1970 UTC. */
  time: number;
  /** Canonical unit. */
  value: number;
  reason: Reason;
}

/** A deviation has no more than two digits that mean something. */
const DIGITS = 2;

/** A change is the better reason if it is this much larger than the distance from what is usual. */
const JUMP = 1.5;

type Kind = 'change' | 'week' | 'day' | 'level' | 'lasting' | 'extreme';

/** Sentence per kind, for a value that is too high and one that is too low. */
const SENTENCES: Readonly<Record<Kind, readonly [high: string, low: string]>> = {
  change: ['anomaly.sentence.rose', 'anomaly.sentence.fell'],
  week: ['anomaly.sentence.above_week', 'anomaly.sentence.below_week'],
  day: ['anomaly.sentence.above_day', 'anomaly.sentence.below_day'],
  level: ['anomaly.sentence.above_level', 'anomaly.sentence.below_level'],
  lasting: ['anomaly.sentence.lasting_above', 'anomaly.sentence.lasting_below'],
  extreme: ['anomaly.sentence.highest', 'anomaly.sentence.lowest'],
};

/** One sentence on why a value is unusual; times of day and weekdays are those of `timeZone` (IANA). */
export function explain(unusual: Unusual, language: Language, timeZone: string): string {
  const { quantity, place, time, value, reason } = unusual;
  const [kind, difference, hours] = describe(value, reason);
  const [high, low] = SENTENCES[kind];
  const amount = (number: number): string => formatQuantity(number, quantity, language);
  return translate(language, difference >= 0 ? high : low, {
    quantity: quantityLabel(quantity, language),
    place,
    value: amount(value),
    difference: amount(Number(Math.abs(difference).toPrecision(DIGITS))),
    duration: duration(hours, language),
    weekday: new Intl.DateTimeFormat(intlLocale(language), { timeZone, weekday: 'long' }).format(time),
    time: clockTime(time, language, timeZone),
  });
}

/** Which sentence tells most, the difference it speaks of, and the hours it covers. */
function describe(value: number, reason: Reason): [kind: Kind, difference: number, hours: number] {
  const { cause } = reason;
  const change = value - reason.last;
  const deviation = reason.rhythm === 'nothing' ? value - reason.level : value - reason.usual;
  const rhythm: Kind = reason.rhythm === 'nothing' ? 'level' : reason.rhythm;
  if (cause === 'extreme') return ['extreme', value - reason.level, 0];
  if (cause === 'residual') {
    const jumped = Math.abs(change) > JUMP * Math.abs(deviation);
    return jumped ? ['change', change, reason.hoursSinceLast] : [rhythm, deviation, 0];
  }
  // The mean may be off while this one value is not.
  const now = Math.sign(deviation) === Math.sign(reason.meanDeviation);
  const typical = now && Math.abs(deviation) >= Math.abs(reason.meanDeviation) / 2;
  return typical ? [rhythm, deviation, 0] : ['lasting', reason.meanDeviation, reason.meanHours];
}

/** "40 minutes", "9 hours", in the language's own words. */
function duration(hours: number, language: Language): string {
  const inMinutes = hours < 1.5;
  const unit = inMinutes ? 'minute' : 'hour';
  const number = Math.max(1, Math.round(inMinutes ? hours * 60 : hours));
  const format = new Intl.NumberFormat(intlLocale(language), { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(number);
}

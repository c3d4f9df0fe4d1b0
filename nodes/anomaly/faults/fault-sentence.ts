import { formatQuantity, quantityLabel } from '../../observation/labels.ts';
import { intlLocale, type Language, translate } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { Finding } from './fault.ts';
import { habitsOf } from './habits.ts';
import { ADOPTED_DAYS } from './open-fault.ts';

/** A deviation has no more than two digits that mean something. */
const DIGITS = 2;
/** Hours (two weeks) from which it says something that nothing was as quick. */
const LONG_AGO = 14 * 24;
/** Durations shorter than so many hours are told in the unit, which has so many hours. */
const UNITS = [
  ['minute', 1.5, 1 / 60],
  ['hour', 48, 1],
  ['day', 60 * 24, 24],
  ['month', Number.POSITIVE_INFINITY, 30.44 * 24],
] as const;

/** One sentence for staff on what is wrong; `place` is the name that they know, `quantity` may be unknown to us. */
export function faultSentence(finding: Finding, quantity: string, place: string, language: Language): string {
  const { cause, state, value, difference, hours, usualHours, neighbours } = finding;
  const amount = (number: number): string =>
    Object.hasOwn(QUANTITIES, quantity)
      ? formatQuantity(number, quantity as QuantityId, language)
      : String(Number(number.toPrecision(4)));
  const label = Object.hasOwn(QUANTITIES, quantity)
    ? quantityLabel(quantity as QuantityId, language)
    : quantity;
  const sentence = translate(
    language,
    `anomaly.fault.${state === 'raised' ? kindOf(finding, quantity) : endOf(finding)}`,
    {
      quantity: label,
      place,
      // That of an event is reckoned from what was usual: it is no more exact than the difference.
      value: amount(cause === 'event' ? roundedAs(difference, value) : value),
      difference: amount(Number(Math.abs(difference).toPrecision(DIGITS))),
      direction: translate(language, `anomaly.fault.${difference < 0 ? 'below' : 'above'}`),
      cause: translate(language, `anomaly.cause.${cause}`),
      duration: durationText(hours, language),
      usual: durationText(usualHours, language),
    },
  );
  return state === 'raised' && neighbours !== undefined
    ? `${sentence}; ${translate(language, `anomaly.fault.${neighbours ? 'neighbours_too' : 'neighbours_not'}`)}`
    : sentence;
}

/** Which sentence tells most. */
function kindOf({ cause, difference, usualHours }: Finding, quantity: string): string {
  if (cause === 'drift' && habitsOf(quantity).daily !== 'difference') return 'drift_alone';
  if (cause !== 'event') return cause;
  const quickest = usualHours >= LONG_AGO ? 'fastest_' : '';
  return `event_${quickest}${difference < 0 ? 'fell' : 'rose'}`;
}

/** What lasts is taken as it is after a time, without being over; silence and wrong clocks are not. */
function endOf({ cause, hours }: Finding): 'cleared' | 'adopted' {
  return hours > ADOPTED_DAYS * 24 && cause !== 'silent' && cause !== 'clock' ? 'adopted' : 'cleared';
}

/** The value with the decimals that a difference has in two digits. */
function roundedAs(difference: number, value: number): number {
  const decimals = DIGITS - 1 - Math.floor(Math.log10(Math.abs(difference)));
  return decimals >= 0 && decimals <= 20 ? Number(value.toFixed(decimals)) : Math.round(value);
}

/** "40 minutes", "9 hours", "3 days", "14 months", in the language's own words. */
function durationText(hours: number, language: Language): string {
  const [unit, , inOne] = UNITS.find(([, shorter]) => hours < shorter) ?? UNITS[0];
  const format = new Intl.NumberFormat(intlLocale(language), { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.max(1, Math.round(hours / inOne)));
}

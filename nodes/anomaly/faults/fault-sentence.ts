import { formatQuantity, quantityLabel } from '../../observation/labels.ts';
import { intlLocale, type Language, translate } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { Finding } from './fault.ts';

/** A deviation has no more than two digits that mean something. */
const DIGITS = 2;

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
  const sentence = translate(language, `anomaly.fault.${state === 'raised' ? cause : 'cleared'}`, {
    quantity: label,
    place,
    value: amount(value),
    difference: amount(Number(Math.abs(difference).toPrecision(DIGITS))),
    direction: translate(language, `anomaly.fault.${difference < 0 ? 'below' : 'above'}`),
    cause: translate(language, `anomaly.cause.${cause}`),
    duration: durationText(hours, language),
    usual: durationText(usualHours, language),
  });
  return state === 'raised' && neighbours !== undefined
    ? `${sentence}; ${translate(language, `anomaly.fault.${neighbours ? 'neighbours_too' : 'neighbours_not'}`)}`
    : sentence;
}

/** "40 minutes", "9 hours", "3 days", in the language's own words. */
function durationText(hours: number, language: Language): string {
  const [unit, number] =
    hours < 1.5 ? ['minute', hours * 60] : hours < 48 ? ['hour', hours] : ['day', hours / 24];
  const format = new Intl.NumberFormat(intlLocale(language), {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'long',
  });
  return format.format(Math.max(1, Math.round(number as number)));
}

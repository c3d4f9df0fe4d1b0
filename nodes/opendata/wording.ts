import { quantityLabel, unitSymbol } from '../observation/labels.ts';
import { intlLocale, type Language, type TextLanguage, translate } from '../observation/messages.ts';
import type { Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { clock, dayAndMonth, dayMonthYear, daysBetween } from './local-time.ts';

/** The language, and the IANA time zone in which clock times are shown. */
export interface Locale<L extends TextLanguage = Language> {
  language: L;
  timeZone: string;
}

/** Units that have another name in each language. */
const NAMED = ['d'];
const HOURS_OF_A_DAY = 24;

/** Unit of a quantity as people write it: "°C", "%", "days", empty for counts. */
export function unitSign(quantity: QuantityId, language: TextLanguage): string {
  const { unit } = QUANTITIES[quantity];
  return NAMED.includes(unit) ? translate(language, `opendata.unit.${unit}`) : unitSymbol(unit);
}

/** A value as people write it, without unit: "3,0", "yes". Small numbers keep more decimals. */
export function valueText(quantity: QuantityId, value: Value, language: TextLanguage): string {
  if (typeof value === 'boolean')
    return translate(language, value ? 'opendata.value.yes' : 'opendata.value.no');
  if (typeof value === 'string') return value;
  const maximumFractionDigits = Math.abs(value) < 1 && value !== 0 && !isTemperature(quantity) ? 2 : 1;
  const minimumFractionDigits = isTemperature(quantity) ? 1 : 0;
  const digits = { minimumFractionDigits, maximumFractionDigits };
  return new Intl.NumberFormat(intlLocale(language), digits).format(value);
}

/** A value with its unit: "3,0 °C", "9 hours", "yes". */
export function valueWithUnit(quantity: QuantityId, value: Value, language: TextLanguage): string {
  const { text, unit } = spokenValue(quantity, value, language);
  return `${text} ${unit}`.trim();
}

/** The lower end of a range whose upper end stands behind it with its unit: "2,0" of "2,0 to 3,0 °C". */
export function lowerEnd(
  quantity: QuantityId,
  lowest: Value,
  highest: Value,
  language: TextLanguage,
): string {
  const { text, unit } = spokenValue(quantity, lowest, language);
  const isSame = unit === spokenValue(quantity, highest, language).unit;
  return isSame ? text : `${text} ${unit}`;
}

/** A value beside others of its place, and its unit: "3,0" and "°C". Less than a day is told in hours: "9" and "hours". */
export function spokenValue(
  quantity: QuantityId,
  value: Value,
  language: TextLanguage,
): { text: string; unit: string } {
  if (QUANTITIES[quantity].unit === 'd' && typeof value === 'number' && Math.abs(value) < 1)
    return inHours(value, language);
  return { text: valueText(quantity, value, language), unit: unitSign(quantity, language) };
}

function inHours(days: number, language: TextLanguage): { text: string; unit: string } {
  const digits = { style: 'unit', unit: 'hour', unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  const parts = new Intl.NumberFormat(intlLocale(language), digits).formatToParts(days * HOURS_OF_A_DAY);
  const join = (types: readonly string[]) =>
    parts.map(({ type, value }) => (types.includes(type) ? value : '')).join('');
  return { text: join(['minusSign', 'integer']), unit: join(['unit']) };
}

/** With numbers and their units kept on one line. */
export function unbroken(words: string): string {
  return words.replace(/(?<=\d) /g, '\u00a0');
}

/** What a quantity is called, with its unit: "Snow temperature (°C)", "Occupied". */
export function labelWithUnit(quantity: QuantityId, language: TextLanguage): string {
  const unit = unitSign(quantity, language);
  return quantityLabel(quantity, language) + (unit && ` (${unit})`);
}

/** Temperatures are read side by side, so all of them have one decimal. */
function isTemperature(quantity: QuantityId): boolean {
  return QUANTITIES[quantity].unit === 'Cel';
}

/** From then on a date without its year could be taken for this year's. */
const DAYS_WITHOUT_YEAR = 300;

/** "14:02" today, "yesterday 14:02", "18 March 14:02", with the year after ten months. Times are ms since 1970 UTC. */
export function momentText(time: number, now: number, { language, timeZone }: Locale<TextLanguage>): string {
  const at = clock(time, timeZone, language);
  const days = daysBetween(time, now, timeZone);
  if (days === 0) return at;
  if (days === 1) return translate(language, 'opendata.time.yesterday', { clock: at });
  return translate(language, 'opendata.time.date', {
    date: (days < DAYS_WITHOUT_YEAR ? dayAndMonth : dayMonthYear)(time, timeZone, language),
    clock: at,
  });
}

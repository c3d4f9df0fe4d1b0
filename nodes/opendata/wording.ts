import { intlLocale, type Language, translate } from '../observation/messages.ts';
import type { Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { clock, dayAndMonth, daysBetween } from './local-time.ts';

/** UCUM codes whose sign for people differs from the code. */
const UNIT_SIGNS: Readonly<Record<string, string>> = {
  '1': '',
  Cel: '°C',
  deg: '°',
  'W/m2': 'W/m²',
  'dB[SPL]': 'dB',
  '[ppm]': 'ppm',
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'Bq/m3': 'Bq/m³',
  m3: 'm³',
  'm3/h': 'm³/h',
  'uS/cm': 'µS/cm',
  '{NTU}': 'NTU',
  '[pH]': '',
  'kW.h': 'kWh',
  '[g]': 'g',
};

/** The language, and the IANA time zone in which clock times are shown. */
export interface Locale {
  language: Language;
  timeZone: string;
}

/** Name of a quantity: "Snow temperature". */
export function quantityLabel(quantity: QuantityId, language: Language): string {
  return QUANTITIES[quantity].labels[language === 'nb' ? 'nb' : 'en'];
}

/** Unit sign of a quantity as people write it: "°C", "%", empty for counts. */
export function unitSign(quantity: QuantityId): string {
  const { unit } = QUANTITIES[quantity];
  return UNIT_SIGNS[unit] ?? unit;
}

/** A value as people write it, without unit: "3,4", "yes". Small numbers keep more decimals. */
export function valueText(value: Value, language: Language): string {
  if (typeof value === 'boolean')
    return translate(language, value ? 'opendata.value.yes' : 'opendata.value.no');
  if (typeof value === 'string') return value;
  const maximumFractionDigits = Math.abs(value) < 1 && value !== 0 ? 2 : 1;
  return new Intl.NumberFormat(intlLocale(language), { maximumFractionDigits }).format(value);
}

/** "14:02" today, "yesterday 14:02", else "18 March 14:02". Times are ms since 1970 UTC. */
export function momentText(time: number, now: number, { language, timeZone }: Locale): string {
  const at = clock(time, timeZone, language);
  const days = daysBetween(time, now, timeZone);
  if (days === 0) return at;
  if (days === 1) return translate(language, 'opendata.time.yesterday', { clock: at });
  return translate(language, 'opendata.time.date', {
    date: dayAndMonth(time, timeZone, language),
    clock: at,
  });
}

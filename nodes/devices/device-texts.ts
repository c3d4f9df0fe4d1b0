import { type Language, translate } from '../observation/messages.ts';
import type { Device } from './device.ts';
import type { FieldTexts } from './device-form.ts';

/** A device's fields as people write them in a language; `readDeviceForm` reads them again. */
export function textsOf(
  { location, measures, classC, sandbox, ...plain }: Device,
  language: Language,
): FieldTexts {
  const texts = Object.entries({ ...plain, ...location }).map(([field, value]) => [
    field,
    typeof value === 'number' ? numberText(value, language) : value,
  ]);
  return {
    ...Object.fromEntries(texts),
    ...(measures && { measures: measuresText(measures) }),
    ...(classC && { classC: translate(language, 'devices.word.yes') }),
    ...(sandbox && { sandbox: translate(language, 'devices.word.yes') }),
  };
}

function measuresText(measures: NonNullable<Device['measures']>): string {
  return Object.entries(measures)
    .map(([input, quantity]) => `${input}=${quantity}`)
    .join(' ');
}

/** Never in exponential notation: 1e-7 degrees is a centimetre. */
function numberText(value: number, language: Language): string {
  const text = String(value).includes('e') ? value.toFixed(10) : String(value);
  return language === 'nb' ? text.replace('.', ',') : text;
}

import { intlLocale, type Language, translate } from '../../nodes/observation/messages.ts';
import type { Manifest } from './manifest.ts';

/** What is in a backup, in words. */
export function summaryOf({ counts }: Manifest, language: Language): string {
  const { values, ...others } = counts;
  const all = { ...others, values: Object.values(values).reduce((sum, count) => sum + count, 0) };
  const format = new Intl.NumberFormat(intlLocale(language));
  const shown = Object.entries(all).map(([name, count]) => [name, format.format(count)]);
  return translate(language, 'app.backup.summary', Object.fromEntries(shown));
}

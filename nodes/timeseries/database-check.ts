import { type Language, translate } from '../observation/messages.ts';
import type { DatabaseTarget } from './database-settings.ts';
import { shownAddress } from './influxdb-settings.ts';
import { InfluxdbStore } from './influxdb-store.ts';
import type { StoreCheck } from './store.ts';

/**
 * Connects as the database node would, makes what is missing, and says in a few sentences to what, what is permitted
 * there, and how long it keeps measurements. Throws ConnectionError or ConfigurationError.
 */
export async function checkDatabase(target: DatabaseTarget, language: Language): Promise<string> {
  if (target.kind === 'embedded') return translate(language, 'timeseries.check.embedded');
  const store = new InfluxdbStore(target);
  try {
    const check = await store.check();
    const server = check.server || translate(language, 'timeseries.check.unknown_server');
    const parameters = { server, url: shownAddress(target), bucket: target.bucket };
    return [
      translate(language, 'timeseries.check.connected', parameters),
      translate(language, check.readable ? 'timeseries.check.permitted' : 'timeseries.check.write_only'),
      retentionSentence(check, target.retentionDays, language),
    ]
      .filter(Boolean)
      .join(' ');
  } finally {
    await store.close();
  }
}

/** What the server keeps is only told, never changed: a shorter time would delete measurements. */
function retentionSentence(
  { keptDays }: StoreCheck,
  wantedDays = Number.POSITIVE_INFINITY,
  language: Language,
): string {
  if (keptDays === undefined) return '';
  const kept = spanOf(keptDays, language);
  if (keptDays === wantedDays) return translate(language, 'timeseries.check.kept', { kept });
  const wanted = spanOf(wantedDays, language);
  return translate(language, 'timeseries.check.kept_otherwise', { kept, wanted });
}

function spanOf(days: number, language: Language): string {
  if (days === Number.POSITIVE_INFINITY) return translate(language, 'timeseries.check.for_ever');
  const rounded = Math.round(days * 100) / 100;
  return translate(language, `timeseries.check.${rounded === 1 ? 'day' : 'days'}`, { days: rounded });
}

import { type Language, translate } from '../observation/messages.ts';
import type { DatabaseTarget } from './database-settings.ts';
import { checkServer } from './influxdb-setup.ts';

/**
 * Connects as the database node would, makes what is missing, and gives a sentence that says to what.
 * Throws ConnectionError or ConfigurationError.
 */
export async function checkDatabase(target: DatabaseTarget, language: Language): Promise<string> {
  if (target.kind === 'embedded') return translate(language, 'timeseries.check.embedded');
  const { name, version } = await checkServer(target);
  const server = name === 'unknown' ? translate(language, 'timeseries.check.unknown_server') : name;
  return translate(language, 'timeseries.check.connected', { server: `${server} ${version}`.trim() });
}

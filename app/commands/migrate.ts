import { existsSync } from 'node:fs';
import { stderr } from 'node:process';
import { ConfigurationError, ConnectionError } from '../../nodes/observation/errors.ts';
import { type Language, translate } from '../../nodes/observation/messages.ts';
import { type CopiedMeasurement, copyStore } from '../../nodes/timeseries/copy-store.ts';
import {
  type DatabaseTarget,
  databaseTarget,
  embeddedFile,
  migrateForm,
  openStore,
} from '../../nodes/timeseries/database-settings.ts';
import type { Call, Command } from '../command.ts';
import { existingDataFolder } from '../data-registry.ts';
import { print } from '../lines.ts';
import { readSettings } from '../settings.ts';

/** `byflyt migrate`: the embedded database's measurements into an InfluxDB, counted there afterwards. */
export const command: Command = {
  options: { values: ['data', 'to'], flags: ['sandbox'] },
  required: [],
  async run(call) {
    const folder = existingDataFolder(call.environment);
    const sandbox = call.flag('sandbox');
    const target = targetOf(call);
    if (existsSync(embeddedFile(folder, sandbox))) return migrate(folder, target, sandbox, call.language);
    throw new ConfigurationError({ key: 'app.error.nothing_embedded', parameters: { path: folder } });
  },
};

function targetOf(call: Call): DatabaseTarget {
  const to = call.option('to');
  const { database } = readSettings({
    ...call.environment,
    ...(to !== undefined && { BYFLYT_DATABASE_URL: to }),
  });
  if (!database) throw new ConfigurationError({ key: 'app.error.no_target' });
  return databaseTarget(migrateForm({}), {}, { byflyt: { database } });
}

async function migrate(
  folder: string,
  to: DatabaseTarget,
  sandbox: boolean,
  language: Language,
): Promise<boolean> {
  const source = openStore({ kind: 'embedded' }, folder, sandbox);
  const target = openStore(to, folder, sandbox);
  let well = true;
  try {
    for await (const copied of copyStore(source, target)) {
      const { measurement, values, found } = copied;
      await print(JSON.stringify({ measurement, values, found }));
      for (const sentence of problemsOf(copied, language)) {
        well = false;
        stderr.write(`${sentence}\n`);
      }
    }
  } catch (error) {
    throw error instanceof ConnectionError ? stopped(error) : error;
  } finally {
    await target.close();
    await source.close();
  }
  return well;
}

/** The stores' own sentence promises that readings wait on disk, which is true of flows only. */
function stopped(cause: ConnectionError): ConfigurationError {
  const url = cause.parameters.url ?? '';
  return new ConfigurationError({ key: 'app.error.migrate_stopped', parameters: { url } }, { cause });
}

function problemsOf(
  { measurement, values, found, refused }: CopiedMeasurement,
  language: Language,
): string[] {
  const problems: string[] = [];
  if (refused) {
    const time = new Date(refused.point.time).toISOString();
    const parameters = { measurement, time, reason: refused.reason };
    problems.push(translate(language, 'app.error.refused', parameters));
  }
  if (found < values) {
    const parameters = { measurement, values, missing: values - found };
    problems.push(translate(language, 'app.error.not_copied', parameters));
  }
  return problems;
}

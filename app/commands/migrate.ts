import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';
import { ConfigurationError, ConnectionError } from '../../nodes/observation/errors.ts';
import { intlLocale, type Language, translate } from '../../nodes/observation/messages.ts';
import { type CopiedMeasurement, type CopyProgress, copyStore } from '../../nodes/timeseries/copy-store.ts';
import {
  type DatabaseTarget,
  databaseTarget,
  embeddedFile,
  migrateForm,
  openStore,
} from '../../nodes/timeseries/database-settings.ts';
import type { Call, Command } from '../command.ts';
import { CopyProgressFile } from '../copy-progress-file.ts';
import { existingDataFolder } from '../data-registry.ts';
import { print } from '../lines.ts';
import { ProgressLine } from '../progress-line.ts';
import { readSettings } from '../settings.ts';

type InfluxdbTarget = DatabaseTarget & { kind: 'influxdb' };

/** From where to where, and what of it. */
interface Move {
  folder: string;
  influxdb: InfluxdbTarget;
  direction: 'to-influxdb' | 'from-influxdb';
  sandbox: boolean;
  language: Language;
}

const SWITCH_OVER = {
  'to-influxdb': 'app.migrate.switch_to_influxdb',
  'from-influxdb': 'app.migrate.switch_to_embedded',
} as const;

/** `byflyt migrate`: measurements between the embedded database and an InfluxDB, counted afterwards. */
export const command: Command = {
  options: { values: ['data', 'to', 'from'], flags: ['from-influxdb', 'sandbox', 'anew'] },
  required: [],
  async run(call) {
    const move = moveOf(call);
    const { folder, direction, sandbox, language } = move;
    if (direction === 'to-influxdb' && !existsSync(embeddedFile(folder, sandbox))) {
      throw new ConfigurationError({ key: 'app.error.nothing_embedded', parameters: { path: folder } });
    }
    const bookmarks = bookmarksOf(move, call.flag('anew'));
    if (bookmarks.size > 0) say(language, 'app.migrate.goes_on', { count: bookmarks.size });
    const well = await migrate(move, bookmarks);
    if (well) say(language, SWITCH_OVER[direction]);
    return well;
  },
};

function moveOf(call: Call): Move {
  const [to, from] = [call.option('to'), call.option('from')];
  if (to !== undefined && (from !== undefined || call.flag('from-influxdb'))) {
    throw new ConfigurationError({ key: 'app.error.two_directions' });
  }
  const back = from !== undefined || call.flag('from-influxdb');
  return {
    folder: existingDataFolder(call.environment),
    influxdb: influxdbOf(call, from ?? to),
    direction: back ? 'from-influxdb' : 'to-influxdb',
    sandbox: call.flag('sandbox'),
    language: call.language,
  };
}

function influxdbOf({ environment }: Call, address: string | undefined): InfluxdbTarget {
  const { database } = readSettings({
    ...environment,
    ...(address !== undefined && { BYFLYT_DATABASE_URL: address }),
  });
  const target = database && databaseTarget(migrateForm({}), {}, { byflyt: { database } });
  if (target?.kind !== 'influxdb') throw new ConfigurationError({ key: 'app.error.no_target' });
  return target;
}

/** Kept when all is copied, so that the next run, with Byflyt stopped, takes only what came since. */
function bookmarksOf({ folder, influxdb, direction, sandbox }: Move, anew: boolean): CopyProgressFile {
  const path = join(folder, 'migrate', `${direction}${sandbox ? '-sandbox' : ''}.jsonl`);
  const { url, org = '', bucket } = influxdb;
  if (anew) rmSync(path, { force: true });
  return new CopyProgressFile(path, [url, org, bucket].join(' '));
}

async function migrate(move: Move, bookmarks: CopyProgressFile): Promise<boolean> {
  const { folder, influxdb, direction, sandbox, language } = move;
  const embedded = openStore({ kind: 'embedded' }, folder, sandbox);
  const server = openStore(influxdb, folder, sandbox);
  const [source, target] = direction === 'to-influxdb' ? [embedded, server] : [server, embedded];
  const line = new ProgressLine(stderr);
  const onProgress = ({ measurement, done, total }: CopyProgress) =>
    line.show(done / total, () => progressText(language, measurement, done, total));
  let well = true;
  try {
    for await (const copied of copyStore(source, target, { bookmarks, onProgress })) {
      line.clear();
      const { refused: _, ...counts } = copied;
      await print(JSON.stringify(counts));
      for (const sentence of problemsOf(copied, language)) {
        well = false;
        stderr.write(`${sentence}\n`);
      }
    }
  } catch (error) {
    line.clear();
    throw stopped(error);
  } finally {
    await server.close();
    await embedded.close();
  }
  return well;
}

/** The stores' own sentence promises that readings wait on disk, which is true of flows only. */
function stopped(error: unknown): unknown {
  if (!(error instanceof ConnectionError) || error.parameters.url === undefined) return error;
  const { url } = error.parameters;
  return new ConfigurationError({ key: 'app.error.migrate_stopped', parameters: { url } }, { cause: error });
}

function progressText(language: Language, measurement: string, done: number, total: number): string {
  const [some, all] = [done, total].map((number) => number.toLocaleString(intlLocale(language)));
  const percent = Math.floor((100 * done) / Math.max(total, 1));
  return translate(language, 'app.migrate.progress', {
    measurement,
    percent,
    done: some ?? '',
    total: all ?? '',
  });
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

function say(language: Language, key: string, parameters: Record<string, number> = {}): void {
  stderr.write(`${translate(language, key, parameters)}\n`);
}

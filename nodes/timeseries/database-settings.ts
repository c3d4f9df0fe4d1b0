import { join } from 'node:path';
import { ConfigurationError } from '../observation/errors.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { InfluxdbSettings } from './influxdb-connection.ts';
import { InfluxdbStore } from './influxdb-store.ts';
import type { Store } from './store.ts';

/** settings: from Byflyt's settings; embedded: a file in the data folder; influxdb: the server of the form. */
export type DatabaseKind = 'settings' | 'embedded' | 'influxdb';

/** The config node's form, as saved in the flow file. */
export interface DatabaseForm {
  version: number;
  kind: DatabaseKind;
  url: string;
  /** Bucket or database. */
  bucket: string;
  org: string;
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface DatabaseCredentials {
  token?: string;
  username?: string;
  password?: string;
}

/** Where measurements go: `embedded`, or a server. */
export type DatabaseTarget = { kind: 'embedded' } | ({ kind: 'influxdb' } & InfluxdbSettings);

/** `RED.settings.byflyt.database`. */
interface SettingsDatabase extends DatabaseCredentials {
  kind?: string;
  url?: string;
  org?: string;
  bucket?: string;
  database?: string;
}

export const FORM_VERSION = 1;
const DEFAULT_BUCKET = 'byflyt';

/** A form as it may come from an older flow file, brought to this version. */
export function migrateForm(form: Partial<DatabaseForm>): DatabaseForm {
  const { kind = 'settings', url = '', bucket = DEFAULT_BUCKET, org = '' } = form;
  return { version: FORM_VERSION, kind, url, bucket, org };
}

/**
 * The database that a form and its credentials name. `settings` is `RED.settings`.
 * Throws ConfigurationError if something is missing.
 */
export function databaseTarget(
  form: DatabaseForm,
  credentials: DatabaseCredentials,
  settings: object,
): DatabaseTarget {
  if (form.kind === 'embedded') return { kind: 'embedded' };
  if (form.kind === 'influxdb') return serverTarget({ ...form, ...credentials });
  const { byflyt } = settings as { byflyt?: { database?: SettingsDatabase } };
  const set = byflyt?.database;
  return set?.url ? serverTarget({ ...set, bucket: set.bucket ?? set.database ?? '' }) : { kind: 'embedded' };
}

/**
 * Stored credentials, for a form that does not show them: only for the server that they were stored for,
 * so that nobody can have them sent elsewhere.
 */
export function storedCredentialsFor(
  asked: DatabaseForm,
  stored: DatabaseForm | undefined,
  credentials: DatabaseCredentials = {},
): DatabaseCredentials {
  return asked.kind === stored?.kind && asked.url === stored.url ? credentials : {};
}

function serverTarget(set: SettingsDatabase): DatabaseTarget {
  const { url = '', org, token, username, password } = set;
  const address = URL.canParse(url) ? new URL(url) : undefined;
  // A password in the address would stand in the flow file, and here in the log.
  if (!address || !/^https?:$/.test(address.protocol) || address.username + address.password !== '') {
    throw new ConfigurationError({ key: 'timeseries.error.url' });
  }
  return {
    kind: 'influxdb',
    url,
    bucket: set.bucket || DEFAULT_BUCKET,
    ...(org && { org }),
    ...(token && { token }),
    ...(username && { username }),
    ...(password && { password }),
  };
}

/** Path of the embedded database in a data folder. */
export function embeddedFile(folder: string, sandbox: boolean): string {
  return join(folder, sandbox ? 'measurements-sandbox.db' : 'measurements.db');
}

/**
 * Opens the database of a target; sandbox devices' data have one of their own. `folder` is the data folder's path.
 * Throws ByflytError if the embedded file cannot be used.
 */
export function openStore(target: DatabaseTarget, folder: string, sandbox: boolean): Store {
  if (target.kind === 'embedded') {
    return openEmbeddedStore(embeddedFile(folder, sandbox));
  }
  return new InfluxdbStore(sandbox ? { ...target, bucket: `${target.bucket}_sandbox` } : target);
}

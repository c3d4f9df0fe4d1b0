import { join } from 'node:path';
import { ConfigurationError } from '../observation/errors.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { type DamageListener, openEmbeddedStore } from './embedded-store.ts';
import type { InfluxdbSettings } from './influxdb-settings.ts';
import { InfluxdbStore } from './influxdb-store.ts';
import type { Retention } from './sqlite-retention.ts';
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
  /** Certificate authority of the server: PEM, or the path of a file with it. Empty: a public one. */
  ca: string;
  /** Days that a bucket or database is made for. Empty: for ever. */
  retentionDays: string | number;
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface DatabaseCredentials {
  token?: string;
  username?: string;
  password?: string;
}

/** Where measurements go: `embedded`, or a server. */
export type DatabaseTarget = ({ kind: 'embedded' } & Retention) | ({ kind: 'influxdb' } & InfluxdbSettings);

/** `RED.settings.byflyt.database`. */
interface SettingsDatabase extends DatabaseCredentials {
  kind?: string;
  url?: string;
  org?: string;
  bucket?: string;
  database?: string;
  ca?: string;
  /** Default: `auto`, to other machines only. */
  gzip?: boolean | 'auto';
  retentionDays?: string | number;
  /** Of the embedded database. */
  rawDays?: string | number;
}

export const FORM_VERSION = 1;
const DEFAULT_BUCKET = 'byflyt';

/** A form as it may come from an older flow file, brought to this version. */
export function migrateForm(form: Partial<DatabaseForm>): DatabaseForm {
  const {
    kind = 'settings',
    url = '',
    bucket = DEFAULT_BUCKET,
    org = '',
    ca = '',
    retentionDays = '',
  } = form;
  return { version: FORM_VERSION, kind, url, bucket, org, ca, retentionDays };
}

/**
 * The database that a form and its credentials name. `settings` is `RED.settings`.
 * Throws ConfigurationError if something is missing or cannot be used.
 */
export function databaseTarget(
  form: DatabaseForm,
  credentials: DatabaseCredentials,
  settings: object,
): DatabaseTarget {
  const { byflyt } = settings as { byflyt?: { database?: SettingsDatabase } };
  const set = byflyt?.database;
  // Where the settings name a server, the days are the server's.
  const embedded = {
    kind: 'embedded',
    ...(!set?.url && { ...days(set, 'retentionDays'), ...days(set, 'rawDays') }),
  } as const;
  if (form.kind === 'embedded') return embedded;
  if (form.kind === 'influxdb') {
    // These two are of the machine and its network, and hold for every server.
    const { ca = '', gzip = 'auto' } = set ?? {};
    return serverTarget({ ...form, ...credentials, ca: form.ca || ca, gzip });
  }
  return set?.url ? serverTarget({ ...set, bucket: set.bucket ?? set.database ?? '' }) : embedded;
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
  const { url = '', org, token, username, password, ca, gzip } = set;
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
    ...(ca && { ca: certificateAuthority(ca) }),
    ...(typeof gzip === 'boolean' && { gzip }),
    ...days(set, 'retentionDays'),
  };
}

/** A number of days, if one is set. */
function days<Name extends 'retentionDays' | 'rawDays'>(
  set: SettingsDatabase = {},
  name: Name,
): { [Key in Name]?: number } {
  const value = String(set[name] ?? '').trim();
  if (value === '') return {};
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return { [name]: number } as { [Key in Name]?: number };
  throw new ConfigurationError({ key: 'timeseries.error.retention', parameters: { value } });
}

/** Path of the embedded database in a data folder. */
export function embeddedFile(folder: string, sandbox: boolean): string {
  return join(folder, sandbox ? 'measurements-sandbox.db' : 'measurements.db');
}

/**
 * Opens the database of a target; sandbox devices' data have one of their own. `folder` is the data folder's path.
 * `listener` is for the process that the data folder belongs to: it keeps an embedded database well, and hears of damage.
 */
export function openStore(
  target: DatabaseTarget,
  folder: string,
  sandbox: boolean,
  listener?: DamageListener,
): Store {
  if (target.kind === 'embedded') {
    const { kind: _, ...retention } = target;
    return openEmbeddedStore(embeddedFile(folder, sandbox), listener && { ...listener, retention });
  }
  return new InfluxdbStore(sandbox ? { ...target, bucket: `${target.bucket}_sandbox` } : target);
}

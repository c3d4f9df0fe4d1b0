/** Makes what is missing in a database server, as far as the credentials permit, and checks the rest. */
import { ConfigurationError } from '../observation/errors.ts';
import type { InfluxdbConnection } from './influxdb-connection.ts';
import { answerProblem, lineProblem, MissingDatabaseError, wrong } from './influxdb-problems.ts';
import { type ServerVersion, writePath } from './influxdb-server.ts';
import { identifier } from './influxql.ts';

export interface ServerCheck {
  server: ServerVersion;
  /** Days that the server keeps the data; Infinity: for ever; undefined: it does not tell. */
  keptDays: number | undefined;
}

/**
 * Asks the server what it is, makes a bucket or database that is missing, and proves that these credentials may write
 * and read there. To prove it nothing is stored: all servers look at the rights before they look at what is written, so
 * an empty write tells. Throws ConnectionError or ConfigurationError that say what is wrong.
 */
export async function checkServer(connection: InfluxdbConnection): Promise<ServerCheck> {
  const server = await connection.server();
  await withDatabase(connection, () => provesWriting(connection, server));
  // VictoriaMetrics takes measurements, and others than Byflyt read them.
  if (server.kind === 'victoria-metrics') return { server, keptDays: undefined };
  await withDatabase(connection, () => connection.influxql('SHOW MEASUREMENTS LIMIT 1'));
  return { server, keptDays: await keptDays(connection, server) };
}

/** Does something; if the bucket or database turns out to be missing, makes it and does it again. */
export async function withDatabase<T>(connection: InfluxdbConnection, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof MissingDatabaseError)) throw error;
    await createDatabase(connection, error);
    return action();
  }
}

async function provesWriting(connection: InfluxdbConnection, server: ServerVersion): Promise<void> {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  const answer = await connection.request(writePath(connection.settings, server), {
    method: 'POST',
    headers,
  });
  // Versions 2 and 3 complain that there is nothing to write, once everything else is right.
  if (answer.status < 300 || (answer.status === 400 && lineProblem(answer) !== undefined)) return;
  throw answerProblem(connection.settings, 'write', answer);
}

/** Makes what `missing` says is not there. Throws that if the credentials do not permit it. */
async function createDatabase(connection: InfluxdbConnection, missing: MissingDatabaseError): Promise<void> {
  const { kind } = await connection.server();
  const { bucket, retentionDays } = connection.settings;
  try {
    if (kind === 'influxdb2') await createBucket(connection);
    else if (kind === 'influxdb3') {
      const period = retentionDays ? { retention_period: `${retentionDays}d` } : {};
      await connection.json('/api/v3/configure/database', { db: bucket, ...period });
    } else {
      const period = retentionDays ? ` WITH DURATION ${retentionDays}d` : '';
      await connection.influxql(`CREATE DATABASE ${identifier(bucket)}${period}`);
    }
  } catch (error) {
    throw error instanceof ConfigurationError && FORBIDDEN.has(error.key) ? missing : error;
  }
}

const FORBIDDEN: ReadonlySet<string> = new Set(['timeseries.error.credentials', 'timeseries.error.no_read']);

interface Bucket {
  id: string;
  retentionRules?: { type: string; everySeconds: number }[];
}

/** Version 2: a bucket belongs to an organisation, named by its id, and InfluxQL has to be told about it. */
async function createBucket(connection: InfluxdbConnection): Promise<void> {
  const { bucket, retentionDays } = connection.settings;
  const known = await findBucket(connection);
  if (known) return mapBucket(connection, known.id);
  const orgID = await findOrganisation(connection);
  if (orgID === undefined) throw wrong(connection.settings, 'credentials');
  const retentionRules = retentionDays ? [{ type: 'expire', everySeconds: retentionDays * 86_400 }] : [];
  const made = await connection.json<Bucket>('/api/v2/buckets', { orgID, name: bucket, retentionRules });
  await mapBucket(connection, made.id);
}

/** The organisation's id; undefined for a token that may not see it, as one for a bucket alone, or for a user. */
async function findOrganisation(connection: InfluxdbConnection): Promise<string | undefined> {
  const { org = '' } = connection.settings;
  const answer = await connection.request(`/api/v2/orgs?${new URLSearchParams({ org })}`);
  if (answer.status >= 300) return undefined;
  const { orgs } = JSON.parse(answer.text) as { orgs?: { id: string }[] };
  return orgs?.[0]?.id;
}

async function findBucket(connection: InfluxdbConnection): Promise<Bucket | undefined> {
  const { org = '', bucket } = connection.settings;
  const search = new URLSearchParams({ org, name: bucket });
  try {
    const { buckets } = await connection.json<{ buckets?: Bucket[] }>(`/api/v2/buckets?${search}`);
    return buckets?.[0];
  } catch (error) {
    if (error instanceof MissingDatabaseError) return undefined;
    throw error;
  }
}

/** Newer servers map each bucket by themselves; if this one has no mapping, one is made, named as the bucket. */
async function mapBucket(connection: InfluxdbConnection, bucketID: string): Promise<void> {
  const { bucket: database, org = '' } = connection.settings;
  const search = new URLSearchParams({ org, db: database });
  try {
    const { content } = await connection.json<{ content?: object[] }>(`/api/v2/dbrps?${search}`);
    if (content && content.length > 0) return;
    const mapping = { org, bucketID, database, retention_policy: 'autogen', default: true };
    await connection.json('/api/v2/dbrps', mapping);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw wrong(connection.settings, 'mapping');
  }
}

async function keptDays(
  connection: InfluxdbConnection,
  { kind }: ServerVersion,
): Promise<number | undefined> {
  try {
    const ask = RETENTION[kind];
    return ask && (await ask(connection));
  } catch (error) {
    // These rights are not needed for anything else.
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

type Ask = (connection: InfluxdbConnection) => Promise<number | undefined>;

const RETENTION: Partial<Record<ServerVersion['kind'], Ask>> = {
  influxdb1: async (connection) => {
    const [series = []] = await connection.influxql(
      `SHOW RETENTION POLICIES ON ${identifier(connection.settings.bucket)}`,
    );
    const { columns = [], values = [] } = series[0] ?? {};
    const policy = values.find((row) => row[columns.indexOf('default')] === true);
    return policy && daysOf(String(policy[columns.indexOf('duration')]));
  },
  influxdb2: async (connection) => {
    const bucket = connection.settings.token ? await findBucket(connection) : undefined;
    const seconds = bucket?.retentionRules?.find(({ type }) => type === 'expire')?.everySeconds;
    return bucket && (seconds ? seconds / 86_400 : Number.POSITIVE_INFINITY);
  },
  influxdb3: async (connection) => {
    const q = 'SELECT database_name, retention_period_ns FROM system.databases';
    const search = new URLSearchParams({ db: '_internal', q, format: 'json' });
    const rows = await connection.json<{ database_name?: string; retention_period_ns?: number }[]>(
      `/api/v3/query_sql?${search}`,
    );
    const row = rows.find(({ database_name: name }) => name === connection.settings.bucket);
    return row && (row.retention_period_ns ? row.retention_period_ns / 86_400e9 : Number.POSITIVE_INFINITY);
  },
};

/** Days of a duration such as `720h0m0s`; `0s` is for ever. */
function daysOf(duration: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  const days = Number(hours) / 24 + Number(minutes) / 1440 + Number(seconds) / 86_400;
  return days || Number.POSITIVE_INFINITY;
}

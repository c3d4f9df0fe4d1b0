import {
  type InfluxdbSettings,
  influxql,
  MissingDatabaseError,
  responseError,
  type ServerVersion,
  send,
  serverVersion,
} from './influxdb-connection.ts';
import { identifier } from './influxql.ts';

/**
 * Asks the server what it is and whether these settings may read there; makes a database that is missing.
 * Throws ConnectionError or ConfigurationError that say what is wrong.
 */
export async function checkServer(settings: InfluxdbSettings): Promise<ServerVersion> {
  const server = await serverVersion(settings);
  try {
    await influxql(settings, 'SHOW MEASUREMENTS LIMIT 1');
  } catch (error) {
    if (!(error instanceof MissingDatabaseError)) throw error;
    await createDatabase(settings);
  }
  return server;
}

/**
 * Makes the database (1.x, 3) or bucket (2.x) of these settings if it is missing.
 * Throws ConfigurationError if the user may not, ConnectionError if the server is away.
 */
export async function createDatabase(settings: InfluxdbSettings): Promise<void> {
  const { version } = await serverVersion(settings);
  if (version.startsWith('2.')) await createBucket(settings);
  else await influxql(settings, `CREATE DATABASE ${identifier(settings.bucket)}`);
}

/** InfluxDB 2.x: a bucket belongs to an organisation, named by its id. */
async function createBucket(settings: InfluxdbSettings): Promise<void> {
  const search = new URLSearchParams({ org: settings.org ?? '' });
  const { orgs } = await json<{ orgs?: { id: string }[] }>(settings, `/api/v2/orgs?${search}`);
  const body = JSON.stringify({ orgID: orgs?.[0]?.id, name: settings.bucket, retentionRules: [] });
  await json(settings, '/api/v2/buckets', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
  });
}

async function json<T>(
  settings: InfluxdbSettings,
  path: string,
  init?: { method: string; body: string; headers: Record<string, string> },
): Promise<T> {
  const response = await send(settings, path, init);
  const text = await response.text();
  if (!response.ok) throw responseError(settings, response.status, text);
  return JSON.parse(text) as T;
}

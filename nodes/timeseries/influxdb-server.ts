/** Which database server answers, and how it wants to be spoken to. */

import { ConfigurationError } from '../observation/errors.ts';
import type { InfluxdbHttp } from './influxdb-http.ts';
import { answerProblem, type HttpAnswer, notInfluxdb } from './influxdb-problems.ts';
import type { InfluxdbSettings } from './influxdb-settings.ts';

/** What the server says it is. */
export interface ServerVersion {
  kind: 'influxdb1' | 'influxdb2' | 'influxdb3' | 'victoria-metrics' | 'unknown';
  /** `InfluxDB`, `VictoriaMetrics`, or empty if it does not tell. */
  name: string;
  /** Empty if it does not tell. */
  version: string;
}

/**
 * Asks the server what it is: InfluxDB says so in the headers of /ping (2.0 in /health), VictoriaMetrics has one of its
 * own, and InfluxDB Cloud tells nothing. Throws ConnectionError or ConfigurationError if no such server answers.
 */
export async function detectServer(http: InfluxdbHttp, settings: InfluxdbSettings): Promise<ServerVersion> {
  // Version 3 asks for a token even here, and takes both ways of sending it.
  const answer = await http.request('/ping', { headers: authorization(settings, 'unknown') });
  const { status, headers } = answer;
  if (
    status === 401 ||
    status === 403 ||
    status === 429 ||
    status >= 500 ||
    (status >= 300 && status < 400)
  ) {
    throw answerProblem(settings, 'read', answer);
  }
  const version = headers['x-influxdb-version'];
  if ('x-server-hostname' in headers)
    return { kind: 'victoria-metrics', name: 'VictoriaMetrics', version: '' };
  if (typeof version === 'string') return influxdb(version);
  const health = await http.request('/health');
  const known = healthOf(health);
  if (known !== undefined) return influxdb(known);
  if (status === 204) return { kind: 'unknown', name: '', version: '' };
  const problem = answerProblem(settings, 'read', answer);
  throw problem.key === 'timeseries.error.tls' ? problem : new ConfigurationError(notInfluxdb(settings));
}

function influxdb(said: string): ServerVersion {
  const version = said.replace(/^v/, '');
  const major = Number.parseInt(version, 10);
  const kind = ({ 1: 'influxdb1', 2: 'influxdb2', 3: 'influxdb3' } as const)[major] ?? 'unknown';
  return { kind, name: 'InfluxDB', version };
}

function healthOf({ text }: HttpAnswer): string | undefined {
  try {
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    return name === 'influxdb' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined; // not InfluxDB; the caller says so
  }
}

/**
 * The `Authorization` header of these settings, if they have credentials. A token is a signed one (JWT) in version 1,
 * and version 3 takes it for a password as well.
 */
export function authorization(
  { token, username, password = '' }: InfluxdbSettings,
  kind: ServerVersion['kind'],
): Record<string, string> {
  if (token) return { Authorization: `${BEARER.has(kind) ? 'Bearer' : 'Token'} ${token}` };
  if (!username && !password) return {};
  if (kind === 'influxdb3') return { Authorization: `Bearer ${password}` };
  const basic = Buffer.from(`${username ?? ''}:${password}`).toString('base64');
  return { Authorization: `Basic ${basic}` };
}

const BEARER: ReadonlySet<ServerVersion['kind']> = new Set(['influxdb1', 'influxdb3']);

/** Where lines are written, in ms: in version 1, and for a user of version 2, to the address that version 1 had. */
export function writePath({ bucket, org = '', token }: InfluxdbSettings, { kind }: ServerVersion): string {
  return kind === 'influxdb1' || (kind === 'influxdb2' && !token)
    ? `/write?${new URLSearchParams({ db: bucket, precision: 'ms' })}`
    : `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' })}`;
}

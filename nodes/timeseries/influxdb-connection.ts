import { ConfigurationError, ConnectionError } from '../observation/errors.ts';

/** How to reach an InfluxDB (1.x, 2.x, 3) or VictoriaMetrics. */
export interface InfluxdbSettings {
  /** For example `http://127.0.0.1:8086`. */
  url: string;
  /** Bucket (2.x) or database (1.x, 3). */
  bucket: string;
  /** Organisation, 2.x only. */
  org?: string;
  token?: string;
  username?: string;
  password?: string;
}

/** Longer addresses are cut by some servers on the way. */
const MAX_URL = 4000;
const TIMEOUT = 30_000;

interface QueryAnswer {
  results?: { series?: InfluxdbSeries[]; error?: string }[];
  error?: string;
}

export interface InfluxdbSeries {
  name: string;
  tags?: Record<string, string>;
  columns: string[];
  values: (string | number | boolean | null)[][];
}

/** The `Authorization` header of these settings, if they have credentials. */
export function authorization({ token, username, password }: InfluxdbSettings): Record<string, string> {
  if (token) return { Authorization: `Token ${token}` };
  if (!username) return {};
  const basic = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { Authorization: `Basic ${basic}` };
}

/** What the server says it is. `version` is empty if it does not tell. */
export interface ServerVersion {
  name: 'InfluxDB' | 'VictoriaMetrics' | 'unknown';
  version: string;
}

/** Asks the server what it is. Throws ConnectionError if nothing answers. */
export async function serverVersion(settings: InfluxdbSettings): Promise<ServerVersion> {
  const response = await send(settings, '/ping');
  const { headers } = response;
  const version = headers.get('x-influxdb-version');
  await response.arrayBuffer();
  if (version !== null) return { name: 'InfluxDB', version: version.replace(/^v/, '') };
  return { name: headers.has('x-server-hostname') ? 'VictoriaMetrics' : 'unknown', version: '' };
}

/**
 * Runs InfluxQL and gives the series of each statement, times in ms.
 * Throws ConnectionError if the server is away, ConfigurationError if it refuses.
 */
export async function influxql(settings: InfluxdbSettings, statements: string): Promise<InfluxdbSeries[][]> {
  const query = new URLSearchParams({ db: settings.bucket, epoch: 'ms', q: statements }).toString();
  // Statements that change something must be sent with POST.
  const byGet = query.length < MAX_URL && /^(SELECT|SHOW)\b/.test(statements);
  const response = byGet
    ? await send(settings, `/query?${query}`)
    : await send(settings, '/query', {
        method: 'POST',
        body: query,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
  const answer = await answerOf(response, settings);
  return (answer.results ?? []).map(({ series, error }) => {
    if (error !== undefined) throw refusal(settings, error);
    return series ?? [];
  });
}

/** One HTTP request with the settings' credentials. Throws ConnectionError if nothing answers. */
export async function send(
  settings: InfluxdbSettings,
  path: string,
  init: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { ...init.headers, ...authorization(settings) };
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    return await fetch(`${settings.url.replace(/\/+$/, '')}${path}`, { ...init, headers, signal });
  } catch (cause) {
    throw unreachable(settings, cause);
  }
}

async function answerOf(response: Response, settings: InfluxdbSettings): Promise<QueryAnswer> {
  const text = await response.text().catch((cause: unknown) => {
    throw unreachable(settings, cause);
  });
  const answer = parsed(text);
  if (response.ok && answer) return answer;
  throw responseError(settings, response.status, answer?.error ?? text);
}

function parsed(text: string): QueryAnswer | undefined {
  try {
    return JSON.parse(text) as QueryAnswer;
  } catch {
    return undefined; // not InfluxDB; the caller says so with the text
  }
}

/** The error for an answer that is no success. `text` is the server's own explanation. */
export function responseError(settings: InfluxdbSettings, status: number, text: string): Error {
  if (status === 401 || status === 403) {
    return new ConfigurationError({
      key: 'timeseries.error.credentials',
      parameters: { url: shown(settings) },
    });
  }
  if (status === 429 || status >= 500) {
    const parameters = { url: shown(settings), status, message: text.slice(0, 200) };
    return new ConnectionError({ key: 'timeseries.error.busy', parameters });
  }
  return refusal(settings, text.slice(0, 200) || `HTTP ${status}`);
}

function refusal(settings: InfluxdbSettings, message: string): ConfigurationError {
  const parameters = { url: shown(settings), bucket: settings.bucket, message };
  if (/(database|bucket).*not found|could not find bucket/i.test(message)) {
    return new MissingDatabaseError({ key: 'timeseries.error.bucket', parameters });
  }
  return new ConfigurationError({ key: 'timeseries.error.query', parameters });
}

/** The server answers, but has no such database or bucket. */
export class MissingDatabaseError extends ConfigurationError {}

/** The error for a server that does not answer. */
export function unreachable(settings: InfluxdbSettings, cause: unknown): ConnectionError {
  return new ConnectionError(
    { key: 'timeseries.error.away', parameters: { url: shown(settings) } },
    { cause },
  );
}

/** The address without a user or password that somebody may have put into it. */
function shown({ url }: InfluxdbSettings): string {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  return parts ? `${parts.protocol}//${parts.host}${parts.pathname.replace(/\/$/, '')}` : url;
}

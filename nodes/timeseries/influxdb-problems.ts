/** What is wrong when a database server cannot be talked to or says no, as errors that people can act on. */
import type { IncomingHttpHeaders } from 'node:http';
import { ByflytError, ConfigurationError, ConnectionError } from '../observation/errors.ts';
import { type InfluxdbSettings, shownAddress } from './influxdb-settings.ts';

/** Any answer, also one that says no. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What was asked of the server. */
export type Purpose = 'read' | 'write';

/** The server answers, but has no such database or bucket. */
export class MissingDatabaseError extends ConfigurationError {}

/** The server does not say why. */
export class NotExecutedError extends ConfigurationError {}

/** The server does not take requests now. */
export class BusyError extends ConnectionError {
  /** ms that it wants to be left alone. */
  readonly wait: number;

  constructor(settings: InfluxdbSettings, answer: Pick<HttpAnswer, 'status' | 'headers' | 'text'>) {
    const { status, headers, text } = answer;
    const parameters = { ...facts(settings), status, message: explanation(text) };
    super({ key: 'timeseries.error.busy', parameters });
    this.wait = waitOf(headers['retry-after']);
  }
}

/** Errors of node:net, node:dns and node:tls that a setting is to blame for. */
const SETTINGS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_unknown',
  CERT_UNTRUSTED: 'certificate_unknown',
  CERT_SIGNATURE_FAILURE: 'certificate_unknown',
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_name',
  EPROTO: 'no_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no_tls',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'no_tls',
};

/** Those that may pass. */
const PASSING: Readonly<Record<string, string>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'nobody',
  EHOSTUNREACH: 'nobody',
  ENETUNREACH: 'nobody',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
};

/** The error for a server that gave no answer. */
export function networkProblem(settings: InfluxdbSettings, cause: unknown): ByflytError {
  if (cause instanceof ByflytError) return cause;
  const { code = '', name = '' } = cause as { code?: string; name?: string };
  const parameters = facts(settings);
  const wrong = SETTINGS[code];
  if (wrong !== undefined) {
    return new ConfigurationError({ key: `timeseries.error.${wrong}`, parameters }, { cause });
  }
  if (code.startsWith('HPE_')) return new ConfigurationError(notInfluxdb(settings), { cause });
  const late = name === 'AbortError' || name === 'RequestTimedOutError';
  const passing = late ? 'timeout' : (PASSING[code] ?? 'away');
  return new ConnectionError({ key: `timeseries.error.${passing}`, parameters }, { cause });
}

/** What other web servers answer, also to a write. */
const ELSEWHERE: ReadonlySet<number> = new Set([200, 404, 405]);

/** The error for an answer that is not what a success looks like. */
export function answerProblem(settings: InfluxdbSettings, purpose: Purpose, answer: HttpAnswer): ByflytError {
  const { status, headers, text } = answer;
  if (status === 401) return wrong(settings, 'credentials');
  if (status === 403) return wrong(settings, `no_${purpose}`);
  if (status >= 300 && status < 400) {
    const parameters = { ...facts(settings), location: headers.location ?? '' };
    return new ConfigurationError({ key: 'timeseries.error.redirect', parameters });
  }
  if (status === 429 || status >= 500) return new BusyError(settings, answer);
  if (/HTTP request (was sent )?to (an? )?HTTPS/i.test(text)) return wrong(settings, 'tls');
  const problem = refusal(settings, explanation(text) || `HTTP ${status}`);
  const isElsewhere = ELSEWHERE.has(status) && problem.key === 'timeseries.error.query';
  return isElsewhere || isPage(answer) ? new ConfigurationError(notInfluxdb(settings)) : problem;
}

/** The error for what the server says of a statement or a write that it does not carry out. */
export function refusal(settings: InfluxdbSettings, message: string): ConfigurationError {
  const parameters = { ...facts(settings), message };
  if (/organization (name )?.*not found/i.test(message)) return wrong(settings, 'organisation');
  if (/(database|bucket).*not found|could not find bucket|no dbrp mapping/i.test(message)) {
    return new MissingDatabaseError({ key: 'timeseries.error.bucket', parameters });
  }
  if (message === 'not executed') return new NotExecutedError({ key: 'timeseries.error.query', parameters });
  if (/not authorized|insufficient permissions/i.test(message)) return wrong(settings, 'no_read');
  return new ConfigurationError({ key: 'timeseries.error.query', parameters });
}

/** The error for an address at which something else answers. */
export function notInfluxdb(settings: InfluxdbSettings) {
  return { key: 'timeseries.error.not_influxdb', parameters: facts(settings) };
}

/** A setting that is wrong, by the last part of its message key. */
export function wrong(settings: InfluxdbSettings, key: string): ConfigurationError {
  return new ConfigurationError({ key: `timeseries.error.${key}`, parameters: facts(settings) });
}

/** The server's own words: of InfluxDB 1 (`error`), 2 (`message`) and 3 (`error`, and `data` for each line, or text). */
export function explanation(text: string): string {
  try {
    const { error, message, data } = JSON.parse(text) as Record<string, unknown>;
    const [first] = Array.isArray(data) ? (data as { error_message?: unknown }[]) : [];
    return String(first?.error_message ?? error ?? message ?? text).slice(0, 300);
  } catch {
    return text
      .replaceAll(/<[^>]*>|\s+/g, ' ')
      .trim()
      .slice(0, 300);
  }
}

/** Whether a person's page was sent, as by a web server that knows nothing of InfluxDB. */
export function isPage({ headers, text }: Pick<HttpAnswer, 'headers' | 'text'>): boolean {
  return /html/i.test(String(headers['content-type'])) || /^\s*<(!doctype|html)/i.test(text);
}

function facts(settings: InfluxdbSettings): Record<string, string> {
  const { org = '', bucket } = settings;
  const host = URL.canParse(settings.url) ? new URL(settings.url).hostname : '';
  return { url: shownAddress(settings), host, bucket, org };
}

/** Longer than this, nobody would believe that it is meant. */
const LONGEST_WAIT = 15 * 60_000;

/** ms of a `Retry-After`: seconds, or a date. */
function waitOf(header: string | undefined): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Math.min(Math.max(wait || 0, 0), LONGEST_WAIT);
}

/** What a 400 says that is not about the lines. Anchored, for what is said of lines repeats what they have. */
const ABOUT_THE_REQUEST =
  /^(database is required|missing db|invalid precision|(unacceptable|invalid) content-encoding|db name|error validating|client sent an http request)/i;

/** Why the server takes none of some lines, if that is what it says; undefined for every other answer. */
export function lineProblem({ status, headers, text }: HttpAnswer): string | undefined {
  const said = explanation(text);
  if (status === 413) return said || '413 Payload Too Large';
  if ((status !== 400 && status !== 422) || isPage({ headers, text })) return undefined;
  return status === 400 && ABOUT_THE_REQUEST.test(said) ? undefined : said;
}

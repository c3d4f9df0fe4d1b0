import { ByflytError, ConfigurationError, ConnectionError, type Problem } from '../../observation/errors.ts';
import { call, jsonOf, type Reply } from '../sharing/http-call.ts';

export interface PortalSettings {
  /** Root of the portal with a final slash; `api/3/action/` follows. */
  url: URL;
  /** API token of a user who may edit in the organisation. */
  token: string;
}

/** What the portal was asked for is not there. */
export class NotThereError extends ByflytError {}

/** The portal has no action of that name: an extension is missing. */
export class NoSuchActionError extends ByflytError {}

/** ms: a portal indexes what it gets before it answers. */
const TIMEOUT = 120_000;
const LONGEST_REASON = 400;

interface Answer {
  success?: boolean;
  result?: unknown;
  error?: { __type?: string; message?: string; [field: string]: unknown };
}

/** A CKAN portal's action API, version 3 (CKAN 2.9 and later). */
export class Portal {
  readonly #settings: PortalSettings;

  constructor(settings: PortalSettings) {
    this.#settings = settings;
  }

  /**
   * The result of an action. Throws NotThereError, NoSuchActionError, ConfigurationError with the portal's words for
   * what it refuses (a key, a field), and ConnectionError while it is away.
   */
  async ask<T>(action: string, data: object): Promise<T> {
    const { url, token } = this.#settings;
    const reply = await call({
      method: 'POST',
      url: new URL(`api/3/action/${action}`, url),
      headers: { Authorization: token, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(data),
      timeout: TIMEOUT,
    });
    // What a portal says of a key may contain it.
    const text = reply.text.replaceAll(token, '***');
    const answer = jsonOf({ ...reply, text });
    if (isAnswer(answer) && answer.success) return answer.result as T;
    throw this.#refusal(reply, answer, action);
  }

  #refusal({ status }: Reply, answer: unknown, action: string): ByflytError {
    const error = isAnswer(answer) ? answer.error : undefined;
    const reason = error ? wordsOf(error) : typeof answer === 'string' ? answer : `HTTP ${status}`;
    const about = {
      parameters: { server: this.#settings.url.host, reason: reason.slice(0, LONGEST_REASON), action },
    };
    if (error?.__type === 'Not Found Error')
      return new NotThereError({ key: 'opendata.ckan.missing', ...about });
    if (/Action name not known/.test(reason))
      return new NoSuchActionError({ key: 'opendata.ckan.action', ...about });
    if (status === 401 || status === 403)
      return new ConfigurationError({ key: 'opendata.ckan.denied', ...about });
    if (status >= 500 || status === 429 || status === 408)
      return new ConnectionError({ key: 'opendata.ckan.busy', ...about });
    const key = error ? fieldKey(error) : 'opendata.ckan.address';
    return new ConfigurationError({ key, ...about } satisfies Problem);
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'success' in value;
}

function fieldKey({ __type }: NonNullable<Answer['error']>): string {
  return __type === 'Validation Error' ? 'opendata.ckan.field' : 'opendata.ckan.refused';
}

/** "name: That URL is already in use." from the portal's error, however deep its fields are. */
function wordsOf({ __type, message, ...fields }: NonNullable<Answer['error']>): string {
  const named = Object.entries(fields).map(([field, reasons]) => `${field}: ${flat(reasons)}`);
  return named.length > 0 ? named.join('; ') : (message ?? __type ?? '');
}

function flat(reasons: unknown): string {
  if (Array.isArray(reasons)) return reasons.map(flat).filter(Boolean).join(', ');
  if (typeof reasons !== 'object' || reasons === null) return String(reasons);
  return Object.entries(reasons)
    .map(([field, inner]) => `${field}: ${flat(inner)}`)
    .join(', ');
}

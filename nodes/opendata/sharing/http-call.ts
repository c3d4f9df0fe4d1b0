import { ConfigurationError, ConnectionError } from '../../observation/errors.ts';

/** A server's answer, read wholly. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body?: string | FormData;
  /** ms until it is given up. */
  timeout?: number;
}

const TIMEOUT = 30_000;
/** Bytes of an answer that are read; what other systems say of an upload is far shorter. */
const MOST_BYTES = 8_000_000;

/**
 * Asks another system over HTTP, and gives its answer whatever the status. Redirections are not followed: they would
 * turn what is sent into a mere question, and take the key elsewhere.
 * Throws ConnectionError if there is no answer, ConfigurationError if the server sends us elsewhere.
 */
export async function call({ method, url, headers = {}, body, timeout = TIMEOUT }: Call): Promise<Reply> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { method, headers, signal, redirect: 'manual', ...(body && { body }) });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new ConfigurationError({
        key: 'opendata.remote.moved',
        parameters: { server: url.host, address: withoutQuery(response.headers.get('location'), url) },
      });
    }
    return { status: response.status, headers: response.headers, text: await textOf(response) };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const key = signal.aborted ? 'opendata.remote.slow' : 'opendata.remote.unreachable';
    throw new ConnectionError({ key, parameters: { server: url.host } }, { cause: error });
  }
}

/** The JSON of an answer; undefined if it is none. */
export function jsonOf({ text }: Reply): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The address of another system from a form, with a final slash, so that paths can be put behind it.
 * Throws ConfigurationError with `key` if it is no http(s) address, or has a password in it, which would be shown.
 */
export function serverAddress(text: string | undefined, key: string): URL {
  const url = text && URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const usable = url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  if (!usable) throw new ConfigurationError({ key });
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Keys may be in the query. */
function withoutQuery(location: string | null, base: URL): string {
  if (location === null || !URL.canParse(location, base)) return '';
  const { origin, pathname } = new URL(location, base);
  return `${origin}${pathname}`;
}

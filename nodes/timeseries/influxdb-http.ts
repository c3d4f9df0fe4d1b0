import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { type HttpAnswer, networkProblem } from './influxdb-problems.ts';
import { type InfluxdbSettings, isLoopback } from './influxdb-settings.ts';

/** Silence in ms after which a request is given up. */
const SILENCE = 20_000;
/** An answer that is not streamed is given up after so many times that. */
const PATIENCE = 3;
/** Bytes above which a body is worth compressing. */
const GZIP_THRESHOLD = 1000;

export interface HttpRequest {
  method?: 'GET' | 'POST';
  body?: string;
  headers?: Record<string, string>;
}

/**
 * Requests to one database server: through InfluxDB's client, so that reads and writes share connections, trust and
 * time-outs. A certificate is always verified, whatever the environment says.
 */
export class InfluxdbHttp {
  readonly #settings: InfluxdbSettings;
  readonly #agent: HttpAgent;
  readonly #transport: InfluxDB['transport'];
  readonly #timeout: number;

  /** Does not connect. */
  constructor(settings: InfluxdbSettings) {
    this.#settings = settings;
    this.#timeout = settings.timeout ?? SILENCE;
    this.#agent = settings.url.startsWith('https:')
      ? new HttpsAgent({
          keepAlive: true,
          rejectUnauthorized: true,
          ...(settings.ca !== undefined && { ca: [...rootCertificates, settings.ca] }),
        })
      : new HttpAgent({ keepAlive: true });
    const { transport } = new InfluxDB({
      url: settings.url,
      timeout: this.#timeout,
      transportOptions: { agent: this.#agent },
    });
    this.#transport = transport;
  }

  /** Throws ConnectionError or ConfigurationError if the server cannot be talked to. */
  async request(
    path: string,
    { method = 'GET', body = '', headers = {} }: HttpRequest = {},
  ): Promise<HttpAnswer> {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), PATIENCE * this.#timeout);
    try {
      return await new Promise<HttpAnswer>((resolve, reject) => {
        const answer: HttpAnswer = { status: 0, headers: {}, text: '' };
        const chunks: Uint8Array[] = [];
        const options = { method, headers, signal: control.signal, ...this.#compression(body) };
        this.#transport.send(path, body, options, {
          responseStarted: (given, status = 0) => Object.assign(answer, { status, headers: given }),
          next: (chunk) => void chunks.push(chunk),
          complete: () => resolve({ ...answer, text: Buffer.concat(chunks).toString() }),
          error: (error) => {
            if (error instanceof HttpError) resolve({ ...answer, text: error.body ?? '' });
            else reject(error);
          },
        });
      });
    } catch (error) {
      throw networkProblem(this.#settings, error);
    } finally {
      clearTimeout(timer);
      control.abort();
    }
  }

  /** The lines of an answer as they come. Throws HttpError if the server says no, else as `request`. */
  async *lines(path: string, headers: Record<string, string>): AsyncGenerator<string> {
    const control = new AbortController();
    const options = { method: 'GET', headers, signal: control.signal };
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of this.#transport.iterate(path, '', options)) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch (error) {
      throw error instanceof HttpError ? error : networkProblem(this.#settings, error);
    } finally {
      control.abort();
    }
    if (rest !== '') yield rest;
  }

  /** Requests under way fail. */
  close(): void {
    this.#agent.destroy();
  }

  #compression(body: string): { gzipThreshold?: number } {
    const { gzip = !isLoopback(this.#settings) } = this.#settings;
    return gzip && body !== '' ? { gzipThreshold: GZIP_THRESHOLD } : {};
  }
}

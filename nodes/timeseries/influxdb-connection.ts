import { HttpError } from '@influxdata/influxdb-client';
import { ConfigurationError } from '../observation/errors.ts';
import { type HttpRequest, InfluxdbHttp } from './influxdb-http.ts';
import {
  answerProblem,
  type HttpAnswer,
  NotExecutedError,
  notInfluxdb,
  refusal,
  wrong,
} from './influxdb-problems.ts';
import { authorization, detectServer, type ServerVersion } from './influxdb-server.ts';
import type { InfluxdbSettings } from './influxdb-settings.ts';

/** Longer addresses are cut by some servers on the way. */
const MAX_URL = 4000;
/** Rows in one part of a streamed answer. */
const CHUNK = 5000;

export interface InfluxdbSeries {
  name: string;
  tags?: Record<string, string>;
  columns: string[];
  values: (string | number | boolean | null)[][];
}

interface QueryAnswer {
  results?: { series?: InfluxdbSeries[]; error?: string }[];
  error?: string;
}

/** A database server, once it is known what it is. */
export class InfluxdbConnection {
  readonly settings: InfluxdbSettings;
  readonly #http: InfluxdbHttp;
  #asked: Promise<ServerVersion> | undefined;

  /** Does not connect; every call does, and throws ConnectionError or ConfigurationError if that fails. */
  constructor(settings: InfluxdbSettings) {
    this.settings = settings;
    this.#http = new InfluxdbHttp(settings);
  }

  /** Asks what the server is, until it has told. */
  server(): Promise<ServerVersion> {
    this.#asked ??= detectServer(this.#http, this.settings).catch((error: unknown) => {
      this.#asked = undefined;
      throw error;
    });
    return this.#asked;
  }

  /** Has `server` ask again: after an error it may be another one, such as a newer version. */
  forgetServer(): void {
    this.#asked = undefined;
  }

  /** One request with the credentials, whatever the answer. */
  async request(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const { kind } = await this.server();
    const headers = { ...request.headers, ...authorization(this.settings, kind) };
    return this.#http.request(path, { ...request, headers });
  }

  /** A request of the management interface, its answer parsed. Throws unless it succeeds. */
  async json<T>(path: string, body?: object): Promise<T> {
    const answer = await this.request(path, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'Content-Type': 'application/json' },
    });
    if (answer.status >= 300) throw this.#problem(answer);
    return parsed<T>(answer.text || '{}') ?? this.#notInfluxdb();
  }

  /** Runs InfluxQL statements and gives the series of each, times in ms. */
  async influxql(...statements: string[]): Promise<InfluxdbSeries[][]> {
    const { kind } = await this.server();
    // Its query language is another one, and it answers every statement with a list of databases.
    if (kind === 'victoria-metrics') throw wrong(this.settings, 'write_only');
    // Version 3 takes one statement at a time.
    const questions = kind === 'influxdb3' ? statements : [statements.join('; ')];
    const series: InfluxdbSeries[][] = [];
    try {
      for (const question of questions) series.push(...(await this.#query(question)));
    } catch (error) {
      const [first] = statements;
      // Of several statements version 1 may say no more than that; of one alone it says why.
      if (error instanceof NotExecutedError && first !== undefined) await this.#query(first);
      throw error;
    }
    return series;
  }

  /** The series of one SELECT, a few thousand rows at a time, as they come. */
  async *chunks(statement: string): AsyncGenerator<InfluxdbSeries> {
    const { kind } = await this.server();
    if (kind === 'victoria-metrics') throw wrong(this.settings, 'write_only');
    const path = `/query?${this.#parameters(statement, { chunked: 'true', chunk_size: String(CHUNK) })}`;
    try {
      for await (const line of this.#http.lines(path, authorization(this.settings, kind))) {
        if (line.trim() === '') continue;
        for (const series of this.#seriesOf(parsed(line))) yield* series;
      }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      throw this.#problem({ status: error.statusCode, headers: error.headers ?? {}, text: error.body ?? '' });
    }
  }

  close(): void {
    this.#http.close();
  }

  async #query(question: string): Promise<InfluxdbSeries[][]> {
    const query = this.#parameters(question);
    // Statements that change something must be sent with POST.
    const byGet = query.length < MAX_URL && /^(SELECT|SHOW)\b/.test(question);
    const answer = byGet
      ? await this.request(`/query?${query}`)
      : await this.request('/query', {
          method: 'POST',
          body: query,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        });
    if (answer.status >= 300) throw this.#problem(answer);
    return this.#seriesOf(parsed(answer.text));
  }

  #parameters(statement: string, more: Record<string, string> = {}): string {
    return new URLSearchParams({ db: this.settings.bucket, epoch: 'ms', q: statement, ...more }).toString();
  }

  #seriesOf(answer: QueryAnswer | undefined): InfluxdbSeries[][] {
    if (answer?.error !== undefined) throw refusal(this.settings, answer.error);
    if (!Array.isArray(answer?.results)) return this.#notInfluxdb();
    return answer.results.map(({ series, error }) => {
      if (error !== undefined) throw refusal(this.settings, error);
      return series ?? [];
    });
  }

  #problem(answer: HttpAnswer): Error {
    return answerProblem(this.settings, 'read', answer);
  }

  #notInfluxdb(): never {
    this.forgetServer();
    throw new ConfigurationError(notInfluxdb(this.settings));
  }
}

function parsed<T = QueryAnswer>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined; // not InfluxDB; the caller says so
  }
}

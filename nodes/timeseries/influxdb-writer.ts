import type { InfluxdbConnection } from './influxdb-connection.ts';
import { answerProblem, BusyError, type HttpAnswer, lineProblem } from './influxdb-problems.ts';
import { writePath } from './influxdb-server.ts';
import { withDatabase } from './influxdb-setup.ts';
import type { Point, RefusedPoint } from './store.ts';

/** Lines in one request; InfluxDB recommends 5000. */
const BATCH = 5000;
const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

/** A point as it is sent. */
export interface Line {
  text: string;
  point: Point;
}

/** Writes lines, and finds those that the server will never take. */
export class InfluxdbWriter {
  readonly #connection: InfluxdbConnection;
  /** ms since 1970 until which the server asked to be left alone, and how it said so. */
  #rest: { until: number; error: BusyError } | undefined;

  constructor(connection: InfluxdbConnection) {
    this.#connection = connection;
  }

  /**
   * Resolves when the server has all lines but those it gives, with its reasons.
   * Throws ConnectionError or ConfigurationError if it takes none at all.
   */
  async write(lines: readonly Line[]): Promise<RefusedPoint[]> {
    this.#checkRest();
    const refused: RefusedPoint[] = [];
    for (let start = 0; start < lines.length; start += BATCH) {
      refused.push(...(await this.#split(lines.slice(start, start + BATCH))));
    }
    return refused;
  }

  /** Writes lines in one request. False if the server refuses some of them. Throws as `write`. */
  async writeText(lines: string): Promise<boolean> {
    this.#checkRest();
    return lines === '' || (await withDatabase(this.#connection, () => this.#send(lines))) === undefined;
  }

  #checkRest(): void {
    if (this.#rest && Date.now() < this.#rest.until) throw this.#rest.error;
  }

  /** Lines of which some are refused are halved until it is known which: writing twice is harmless. */
  async #split(lines: readonly Line[]): Promise<RefusedPoint[]> {
    const answer = await withDatabase(this.#connection, () =>
      this.#send(lines.map(({ text }) => text).join('\n')),
    );
    const reason = answer && lineProblem(answer);
    if (reason === undefined) return [];
    if (lines.length === 1 || allDropped(reason, lines.length))
      return lines.map(({ point }) => ({ point, reason }));
    const middle = lines.length >> 1;
    const first = await this.#split(lines.slice(0, middle));
    return [...first, ...(await this.#split(lines.slice(middle)))];
  }

  /** Gives the answer if some lines are refused, else nothing. */
  async #send(body: string): Promise<HttpAnswer | undefined> {
    const path = writePath(this.#connection.settings, await this.#connection.server());
    const answer = await this.#connection.request(path, { method: 'POST', body, headers: HEADERS });
    if (answer.status === 204) return undefined;
    if (lineProblem(answer) !== undefined) return answer;
    throw this.#problem(answer);
  }

  #problem(answer: HttpAnswer): Error {
    this.#connection.forgetServer();
    const error = answerProblem(this.#connection.settings, 'write', answer);
    if (error instanceof BusyError && error.wait > 0) this.#rest = { until: Date.now() + error.wait, error };
    return error;
  }
}

/** InfluxDB 1 and 2 say how many points they dropped: the rest is stored, and if that is all there is no rest. */
function allDropped(reason: string, lines: number): boolean {
  return Number(/ dropped=(\d+)/.exec(reason)?.[1]) === lines;
}

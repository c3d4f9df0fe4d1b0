import { ByflytError, type Problem } from '../observation/errors.ts';
import type { Cursor } from './reader.ts';

/** A request that cannot be answered; its sentence is shown to whoever asked. */
export class RequestError extends ByflytError {
  /** Of the HTTP answer; 400 unless said otherwise. */
  readonly status: number;

  constructor(problem: Problem, options?: ErrorOptions & { status?: number }) {
    super(problem, options);
    this.status = options?.status ?? 400;
  }
}

export interface HistoryParameters {
  /** ms since 1970 UTC, inclusive. */
  from?: number;
  /** ms since 1970 UTC, exclusive. */
  to?: number;
  limit?: number;
  cursor?: Cursor;
}

export const MOST_ROWS = 10_000;
const KNOWN = ['from', 'to', 'limit', 'cursor', 'lang'];
/** ISO 8601 date, or date and time with an offset from UTC. */
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads `from`, `to` (ISO 8601: a date is its midnight UTC), `limit` (1 to 10000) and `cursor` of a request for history.
 * Throws RequestError that names the parameter and what it should be.
 */
export function historyParameters(query: URLSearchParams): HistoryParameters {
  const unknown = [...query.keys()].find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new RequestError({ key: 'opendata.request.unknown', parameters: { name: unknown.slice(0, 40) } });
  }
  const from = moment(query, 'from');
  const to = moment(query, 'to');
  if (from !== undefined && to !== undefined && from >= to)
    throw new RequestError({ key: 'opendata.request.order' });
  const limit = limitOf(query.get('limit'));
  const cursor = cursorOf(query.get('cursor'));
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(limit !== undefined && { limit }),
    ...(cursor && { cursor }),
  };
}

/** A place in the history as an opaque word for the address of the next page. */
export function cursorWord({ time, skip }: Cursor): string {
  return Buffer.from(`${time}.${skip}`).toString('base64url');
}

function moment(query: URLSearchParams, name: string): number | undefined {
  // A plus sign that was not escaped arrives as a space.
  const text = query.get(name)?.replace(' ', '+');
  if (text === undefined) return undefined;
  const time = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new RequestError({ key: 'opendata.request.moment', parameters: { name } });
  return time;
}

function limitOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST_ROWS) {
    throw new RequestError({ key: 'opendata.request.limit', parameters: { most: MOST_ROWS } });
  }
  return limit;
}

function cursorOf(word: string | null): Cursor | undefined {
  if (word === null) return undefined;
  const match = /^(-?\d{1,15})\.(\d{1,7})$/.exec(Buffer.from(word, 'base64url').toString('latin1'));
  if (!match) throw new RequestError({ key: 'opendata.request.cursor' });
  return { time: Number(match[1]), skip: Number(match[2]) };
}

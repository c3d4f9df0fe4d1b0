import { ByflytError, type Problem } from '../observation/errors.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { Cursor, HistoryRange } from './reader.ts';

/** A request that cannot be answered; its sentence is shown to whoever asked. */
export class RequestError extends ByflytError {
  /** Of the HTTP answer; 400 unless said otherwise. */
  readonly status: number;
  /** Seconds after which it may be asked again. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, options?: ErrorOptions & { status?: number; retryAfter?: number }) {
    super(problem, options);
    this.status = options?.status ?? 400;
    this.retryAfter = options?.retryAfter;
  }
}

/** There is nothing at the address. */
export function notFound(): RequestError {
  return new RequestError({ key: 'opendata.request.not_found' }, { status: 404 });
}

/** What of a dataset's history is asked for; without a limit if none was given. */
export type HistoryParameters = Omit<HistoryRange, 'limit'> & { limit?: number };

/** What a dataset has to choose from. */
interface Choices {
  /** Ids; looked for only if places are named. */
  places(): readonly string[];
  quantities: readonly QuantityId[];
}

export const MOST_ROWS = 10_000;
const KNOWN = ['from', 'to', 'place', 'quantity', 'order', 'limit', 'cursor', 'lang'];
const ORDERS = ['ascending', 'descending'] as const;
/** ISO 8601 date, or date and time with an offset from UTC. */
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads `from`, `to` (ISO 8601: a date is its midnight UTC), `place` (ids) and `quantity` (repeated, or with commas),
 * `order`, `limit` (1 to 10000) and `cursor` of a request for history.
 * Throws RequestError that names the parameter and what it should be.
 */
export function historyParameters(query: URLSearchParams, choices: Choices): HistoryParameters {
  refuseOthers(query, KNOWN);
  const from = moment(query, 'from');
  const to = moment(query, 'to');
  if (from !== undefined && to !== undefined && from >= to)
    throw new RequestError({ key: 'opendata.request.order' });
  const places = chosen(query, 'place', choices.places);
  const quantities = chosen(query, 'quantity', () => choices.quantities);
  const order = chosen(query, 'order', () => ORDERS)?.[0];
  const limit = limitOf(query.get('limit'));
  const cursor = cursorOf(query.get('cursor'));
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(places && { places }),
    ...(quantities && { quantities }),
    ...(order && { order }),
    ...(limit !== undefined && { limit }),
    ...(cursor && { cursor }),
  };
}

/** Throws RequestError if there is a parameter of another name: a misspelt one would be answered with too much. */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const parameters = { name: unknown.slice(0, 40), known: known.join(', ') };
  throw new RequestError({ key: 'opendata.request.unknown', parameters });
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

/** In the order of what there is to choose from. */
function chosen<T extends string>(
  query: URLSearchParams,
  name: string,
  choices: () => readonly T[],
): T[] | undefined {
  if (!query.has(name)) return undefined;
  const words = new Set(query.getAll(name).flatMap((text) => text.split(',')));
  const offered = choices();
  const known: ReadonlySet<string> = new Set(offered);
  const wrong = [...words].find((word) => !known.has(word));
  if (wrong === undefined) return offered.filter((one) => words.has(one));
  const parameters = { name, value: wrong.slice(0, 40), offered: offered.slice(0, 20).join(', ') };
  throw new RequestError({ key: 'opendata.request.choice', parameters });
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

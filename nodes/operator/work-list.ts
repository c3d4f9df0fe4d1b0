import { MessageError } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';
import type { StateStore } from '../persistence/state-store.ts';

/** A column as chosen in the form: a property of the rows, and a heading if it is not the vocabulary's. */
export interface WorkListColumn {
  key: string;
  label?: string;
}

export type WorkListRow = Record<string, Value>;

/** What somebody has to do, as it came last. */
export interface WorkList {
  title: string;
  /** Empty: the properties of the rows, in their order. */
  columns: WorkListColumn[];
  rows: WorkListRow[];
  /** ISO 8601 UTC: when it came. */
  time: string;
}

const PREFIX = 'worklist/';
/** A list that people work through is shorter; a longer one is a mistake in the flow. */
const MOST_ROWS = 2000;

/** Keeps a list under the id of its node, in place of the one before. */
export function keepWorkList(state: StateStore, id: string, list: WorkList): void {
  state.set(PREFIX + id, list);
}

export function forgetWorkList(state: StateStore, id: string): void {
  state.delete(PREFIX + id);
}

/** All lists, by title. */
export function workLists(state: StateStore): WorkList[] {
  return state
    .keys(PREFIX)
    .flatMap((key) => state.get<WorkList>(key) ?? [])
    .sort((a, b) => a.title.localeCompare(b.title, 'nb'));
}

/** Rows of a message: flat objects, or rows as a database gives them. Throws MessageError for anything else. */
export function rowsOf(payload: unknown): WorkListRow[] {
  if (!Array.isArray(payload)) throw new MessageError({ key: 'operator.error.not_a_list' });
  if (payload.length > MOST_ROWS) {
    throw new MessageError({
      key: 'operator.error.too_long',
      parameters: { most: MOST_ROWS, count: payload.length },
    });
  }
  return payload.map((row: unknown, index) => {
    if (!isObject(row))
      throw new MessageError({ key: 'operator.error.not_a_row', parameters: { row: index + 1 } });
    const { tags, values, ...own } = row;
    return plainValues({ ...own, ...(isObject(tags) && tags), ...(isObject(values) && values) });
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nested objects have no place in a table cell. */
function plainValues(row: Record<string, unknown>): WorkListRow {
  const isPlain = (entry: [string, unknown]): entry is [string, Value] =>
    ['number', 'string', 'boolean'].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(row).filter(isPlain));
}

import { quantityLabel, unitSymbol } from '../../observation/labels.ts';
import type { PublicLanguage } from '../../observation/messages.ts';
import { QUANTITIES } from '../../observation/quantities.ts';
import type { Dataset } from '../dataset.ts';
import type { PublicRow } from '../privacy.ts';
import { readAll, readPlaces } from '../reader.ts';
import type { Entry } from '../site.ts';
import { NotThereError, type Portal } from './portal.ts';

/** A column of a DataStore table. */
export interface Column {
  id: string;
  type: 'timestamp' | 'text' | 'float' | 'bool' | 'int';
  info?: { label: string; notes: string };
}

/** What is known of a table from before. */
export interface TableState {
  /** Id of its resource. */
  resource: string;
  /** Names and types of its columns. */
  columns: string;
  /** Rows up to this time (ms since 1970 UTC) are there. */
  filled?: number;
  /** Names of the places that have rows. */
  places: string[];
}

type Cell = string | number | boolean | null;
type TableRow = Record<string, Cell>;

/** A row is known by these. */
const PRIMARY_KEY = ['time', 'place'];
/** Rows per request. */
const PORTION = 1000;
/** ms before the newest row that are looked through again: readings come late, are corrected, or are withheld after all. */
const OVERLAP = 3 * 86_400_000;
const TYPES = { number: 'float', boolean: 'bool', string: 'text' } as const;

/** Time, place, the quantities, and how their checks came out where the dataset says so. */
export function columnsOf(dataset: Dataset, language: PublicLanguage): Column[] {
  const measured = dataset.quantities.flatMap((quantity): Column[] => {
    const { valueType, unit } = QUANTITIES[quantity];
    const info = { label: quantityLabel(quantity, language), notes: unitSymbol(unit) };
    const value = { id: quantity, type: TYPES[valueType], info };
    return dataset.failed === 'mark' ? [value, { id: `${quantity}_qc`, type: 'int' }] : [value];
  });
  return [{ id: 'time', type: 'timestamp' }, { id: 'place', type: 'text' }, ...measured];
}

/** Names and types, by which a change is noticed. */
export function shapeOf(columns: readonly Column[]): string {
  return columns.map(({ id, type }) => `${id} ${type}`).join(', ');
}

/** Makes the table in a resource of its own, or anew in the one that has it; gives the resource's id. */
export async function createTable(
  portal: Portal,
  target: { resource_id: string } | { resource: object },
  columns: readonly Column[],
): Promise<string> {
  const made = await portal.ask<{ resource_id: string }>('datastore_create', {
    ...target,
    fields: columns,
    primary_key: PRIMARY_KEY,
    force: true,
  });
  return made.resource_id;
}

/** Removes the table; its resource stays. */
export async function dropTable(portal: Portal, resource: string): Promise<void> {
  try {
    await portal.ask('datastore_delete', { resource_id: resource, force: true });
  } catch (error) {
    if (!(error instanceof NotThereError)) throw error;
  }
}

/**
 * Brings a table up to date: rows of places that are no longer public go, as do rows of the last days that are not
 * public any more; new and changed ones are written. `onPortion` gets the state after each portion, so that a first
 * filling that is interrupted goes on from there.
 */
export async function fillTable(
  portal: Portal,
  { dataset, sources }: Entry,
  state: TableState,
  onPortion: (state: TableState) => void,
): Promise<void> {
  const places = readPlaces(dataset, sources).map(({ name }) => name);
  const gone = state.places.filter((place) => !places.includes(place));
  if (gone.length > 0) await remove(portal, state.resource, { place: gone });
  let current: TableState = { ...state, places: state.places.filter((place) => places.includes(place)) };
  onPortion(current);
  const from = state.filled === undefined ? undefined : state.filled - OVERLAP;
  const written = new Set<string>();
  for await (const rows of readAll(dataset, sources, from === undefined ? {} : { from })) {
    for (const portion of portionsOf(tableRows(rows, dataset))) {
      await portal.ask('datastore_upsert', {
        resource_id: state.resource,
        method: 'upsert',
        records: portion,
        force: true,
      });
      for (const row of portion) if (from !== undefined) written.add(keyOf(row));
    }
    const newest = rows.at(-1)?.time;
    const seen = new Set([...current.places, ...rows.map(({ place }) => place)]);
    current = { ...current, ...(newest !== undefined && { filled: newest }), places: [...seen] };
    onPortion(current);
  }
  if (from !== undefined) await removeOthers(portal, state.resource, from, written);
}

/** Every cell is named, so that what was withheld later is emptied. Rows of one place and moment become one. */
function tableRows(rows: readonly PublicRow[], dataset: Dataset): TableRow[] {
  const byKey = new Map<string, TableRow>();
  for (const { time, place, values, quality } of rows) {
    const row: TableRow = { time: timestamp(time), place };
    const known = byKey.get(keyOf(row));
    for (const quantity of dataset.quantities) {
      row[quantity] = values[quantity] ?? known?.[quantity] ?? null;
      if (dataset.failed === 'mark')
        row[`${quantity}_qc`] = quality?.[quantity] ?? known?.[`${quantity}_qc`] ?? null;
    }
    byKey.set(keyOf(row), row);
  }
  return [...byKey.values()];
}

/** Removes rows from a time on (ms since 1970 UTC) that are not among `kept`. */
async function removeOthers(
  portal: Portal,
  resource: string,
  from: number,
  kept: ReadonlySet<string>,
): Promise<void> {
  const stale = new Map<string, string[]>();
  for (let offset = 0; ; offset += PORTION) {
    const { records } = await portal.ask<{ records: TableRow[] }>('datastore_search', {
      resource_id: resource,
      fields: PRIMARY_KEY,
      sort: 'time desc, place asc',
      limit: PORTION,
      offset,
    });
    const recent = records.filter(({ time }) => plain(String(time)) >= timestamp(from));
    for (const row of recent) {
      if (kept.has(keyOf({ ...row, time: plain(String(row.time)) }))) continue;
      const place = String(row.place);
      stale.set(place, [...(stale.get(place) ?? []), String(row.time)]);
    }
    if (recent.length < PORTION) break;
  }
  for (const [place, time] of stale) await remove(portal, resource, { place: [place], time });
}

function remove(portal: Portal, resource: string, filters: Record<string, string[]>): Promise<unknown> {
  return portal.ask('datastore_delete', { resource_id: resource, filters, force: true });
}

function keyOf({ time, place }: TableRow): string {
  return `${time} ${place}`;
}

/** UTC without saying so: the DataStore's timestamps have no zone. */
function timestamp(time: number): string {
  return plain(new Date(time).toISOString().slice(0, -1));
}

/** As a moment is written here: portals write fractions of a second with three digits, with six, or as needed. */
function plain(time: string): string {
  return time.replace(' ', 'T').replace(/\.?0+$/, (zeros) => (time.includes('.') ? '' : zeros));
}

function* portionsOf(rows: readonly TableRow[]): Generator<TableRow[]> {
  for (let start = 0; start < rows.length; start += PORTION) yield rows.slice(start, start + PORTION);
}

import type { Device } from '../devices/device.ts';
import { type AreaId, isArea } from '../observation/areas.ts';
import { ConfigurationError } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';
import type { DatabaseNode } from './database.ts';
import { latestUsable } from './latest-usable.ts';
import { DEVICE_HEALTH } from './points.ts';
import { withFlagFields } from './quality-fields.ts';
import type { Fill, Months, Row, Store, StoreQuery } from './store.ts';

type Aggregate = NonNullable<StoreQuery['aggregate']>;

/** latest: the newest value of each quantity; values: all readings of a period; summary: one row per bucket. */
type QueryMode = 'latest' | 'values' | 'summary';

/** automatic: sandbox data while the area has no real device; never both. */
export type DataSource = 'automatic' | 'real' | 'sandbox';

/** What to ask for, complete and checked. Times in ms. */
export interface FlowQuery {
  /** An area, or `device_health`. */
  area: AreaId | typeof DEVICE_HEALTH;
  quantities: readonly string[];
  /** Ids; empty: all. */
  devices: readonly string[];
  mode: QueryMode;
  /** With the QARTOD flags as `<quantity>_qc`. */
  flags: boolean;
  source: DataSource;
  /** ms since 1970, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Bucket width in ms, or in months. */
  every: number | Months;
  /** IANA name of the clock that buckets follow. */
  timeZone: string;
  /** What stands in a bucket without values. */
  fill: Fill;
  aggregate: Aggregate;
  order: 'ascending' | 'descending';
  limit?: number;
}

/** A row for templates, JSONata and charts: times as ISO 8601 UTC, a property per quantity. */
export interface FlowRow {
  time: string;
  device: string;
  name?: string;
  site?: string;
  [quantity: string]: Value | undefined;
}

export interface FlowAnswer {
  rows: FlowRow[];
  /** True for data of sandbox devices, which must be said wherever they are shown. */
  sandbox: boolean;
}

/** Asks the database. Without `devices` rows have no names, and `automatic` looks at what is stored. */
export async function runFlowQuery(
  query: FlowQuery,
  database: Pick<DatabaseNode, 'store'>,
  devices: readonly Device[] | undefined,
): Promise<FlowAnswer> {
  const sandbox = await isSandbox(query, database, devices);
  const store = database.store(sandbox);
  const rows =
    query.mode === 'latest' ? await newestOf(query, store) : await store.query(storeQueryOf(query));
  const names = new Map(devices?.map(({ id, name }) => [id, name]));
  return { rows: rows.map((row) => flowRowOf(row, names)), sandbox };
}

/** Without flags nobody can tell a value that failed a check, so the newest that did not stands for it. */
async function newestOf(query: FlowQuery, store: Store): Promise<Row[]> {
  const { measurement, fields, where = {} } = storeQueryOf(query);
  const rows = query.flags
    ? await store.latest({ measurement, fields, where })
    : await latestUsable(store, { measurement, quantities: fields, where });
  return rows.slice(0, query.limit);
}

async function isSandbox(
  { source, area, quantities }: FlowQuery,
  database: Pick<DatabaseNode, 'store'>,
  devices: readonly Device[] | undefined,
): Promise<boolean> {
  if (source !== 'automatic') return source === 'sandbox';
  if (devices)
    return !devices.some((device) => !device.sandbox && (area === DEVICE_HEALTH || device.area === area));
  const real = await database.store(false).latest({ measurement: area, fields: quantities });
  return real.length === 0;
}

function storeQueryOf(query: FlowQuery): StoreQuery {
  const { area, quantities, devices, mode, flags, from, to, order, limit } = query;
  const { every, aggregate, timeZone, fill } = query;
  const fields = flags ? withFlagFields(quantities) : quantities;
  const base: StoreQuery = { measurement: area, fields };
  if (devices.length > 0) base.where = { device: devices };
  if (mode === 'latest') return base;
  const ranged: StoreQuery = { ...base, from, to, order, ...(limit !== undefined && { limit }) };
  return mode === 'summary' ? { ...ranged, every, aggregate, timeZone, fill } : ranged;
}

function flowRowOf({ time, tags, values }: Row, names: ReadonlyMap<string, string>): FlowRow {
  const { device = '', site } = tags;
  const name = names.get(device);
  const row: FlowRow = { time: new Date(time).toISOString(), device };
  if (name !== undefined) row.name = name;
  if (site !== undefined) row.site = site;
  return Object.assign(row, values);
}

/** Throws ConfigurationError unless it is an area's id or `device_health`. */
export function areaOf(area: unknown): FlowQuery['area'] {
  if (area === DEVICE_HEALTH || area === 'unassigned' || isArea(area)) return area;
  throw new ConfigurationError({ key: 'timeseries.query.unknown_area', parameters: { area: String(area) } });
}

import { stringify } from 'csv-stringify/sync';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { Row, Store, StoreQuery } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import type { PublicRow } from './privacy.ts';
import { type HistoryRange, readAll, type Sources } from './reader.ts';

export type ExportFormat = 'csv' | 'json' | 'parquet';

interface Column {
  name: string;
  type: 'time' | 'text' | 'number' | 'boolean';
}

/** Rows with named columns; `time` is ms since 1970 UTC, absent values are empty cells. */
export interface Table {
  columns: Column[];
  rows: Record<string, Value | undefined>[];
}

/** RFC 4180 line ends. */
const CSV = { record_delimiter: '\r\n', cast: { boolean: (value: boolean) => String(value) } } as const;
const PARQUET_TYPES = { time: 'TIMESTAMP', text: 'STRING', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

const SERIALISERS: Record<ExportFormat, (table: Table) => Buffer> = {
  csv: (table) => Buffer.from(csvHeader(table.columns) + csvLines(table)),
  json: (table) => Buffer.from(`${JSON.stringify(table.rows.map(withIsoTime), undefined, 1)}\n`),
  parquet: toParquet,
};

/** The whole of a dataset in a time range (ms since 1970 UTC, `to` exclusive), through the same privacy gate as the web. */
export async function exportDataset(
  dataset: Dataset,
  sources: Sources,
  range: Omit<HistoryRange, 'limit' | 'cursor'>,
  format: ExportFormat,
): Promise<Buffer> {
  const rows: PublicRow[] = [];
  for await (const page of readAll(dataset, sources, range)) rows.push(...page);
  return SERIALISERS[format](publicTable(dataset.quantities, rows));
}

/** The answer of a store to a query, with its tags and fields as columns: for staff, no privacy gate. */
export async function exportQuery(store: Store, query: StoreQuery, format: ExportFormat): Promise<Buffer> {
  const rows = await store.query(query);
  return SERIALISERS[format](storeTable(query, rows));
}

/** Rows of a dataset as a table: time, place, then a column per quantity id. */
export function publicTable(quantities: readonly QuantityId[], rows: readonly PublicRow[]): Table {
  return {
    columns: [
      { name: 'time', type: 'time' },
      { name: 'place', type: 'text' },
      ...quantities.map(fieldColumn),
    ],
    rows: rows.map(({ time, place, values }) => ({ time, place, ...values })),
  };
}

/** First line of the CSV file. */
export function csvHeader(columns: readonly Column[]): string {
  return stringify([columns.map(({ name }) => name)], CSV);
}

/** The lines after the header. Times are ISO 8601 UTC, numbers have a decimal point. */
export function csvLines(table: Table): string {
  return stringify(table.rows.map(withIsoTime), { ...CSV, columns: table.columns.map(({ name }) => name) });
}

/** A row of a table with its time as ISO 8601 UTC. */
export function withIsoTime(row: Record<string, Value | undefined>): Record<string, Value | undefined> {
  return { ...row, time: new Date(Number(row.time)).toISOString() };
}

function storeTable(query: StoreQuery, rows: readonly Row[]): Table {
  const tags = [...new Set(rows.flatMap((row) => Object.keys(row.tags)))].sort();
  return {
    columns: [
      { name: 'time', type: 'time' },
      ...tags.map((name): Column => ({ name, type: 'text' })),
      ...query.fields.map(fieldColumn),
    ],
    rows: rows.map(({ time, tags: tagValues, values }) => ({ ...values, ...tagValues, time })),
  };
}

/** Fields that are no quantity are flags and scores (numbers) or sentences (text). */
function fieldColumn(name: string): Column {
  if (!isQuantity(name)) return { name, type: TEXT_FIELDS.has(name) ? 'text' : 'number' };
  const { valueType } = QUANTITIES[name];
  return { name, type: valueType === 'string' ? 'text' : valueType };
}

/** Fields of the measurements `anomaly` and `alarm` that hold text. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['sentence', 'state', 'severity']);

function toParquet({ columns, rows }: Table): Buffer {
  const writer = new ByteWriter();
  parquetWrite({
    writer,
    columnData: columns.map(({ name, type }) => ({
      name,
      type: PARQUET_TYPES[type],
      data: rows.map((row) => parquetValue(type, row[name])),
    })),
  });
  return Buffer.from(writer.getBuffer());
}

function parquetValue(type: Column['type'], value: Value | undefined): Value | Date | null {
  if (value === undefined) return null;
  return type === 'time' ? new Date(Number(value)) : value;
}

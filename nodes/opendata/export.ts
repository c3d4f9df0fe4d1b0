import { stringify } from 'csv-stringify/sync';
import type { Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { Row, Store, StoreQuery } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import type { PublicRow } from './privacy.ts';
import { type Range, readAll, type Sources } from './reader.ts';

export type ExportFormat = 'csv' | 'json' | 'parquet';

interface Column {
  name: string;
  type: 'time' | 'text' | 'number' | 'boolean';
}

/** A row with named columns; `time` is ms since 1970 UTC, absent values are empty cells. */
type Cells = Record<string, Value | undefined>;

export interface Table {
  columns: Column[];
  rows: Cells[];
}

/** A table whose rows come in portions. */
interface LongTable {
  columns: Column[];
  portions: AsyncIterable<Cells[]>;
}

/** RFC 4180 line ends. */
const CSV = { record_delimiter: '\r\n', cast: { boolean: (value: boolean) => String(value) } } as const;
const PARQUET_TYPES = { time: 'TIMESTAMP', text: 'STRING', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** A file in pieces; of Parquet there is one, because its columns are written one after the other. */
export type FilePieces = AsyncGenerator<string | Uint8Array>;

const SERIALISERS: Record<ExportFormat, (table: LongTable) => FilePieces> = {
  csv: toCsv,
  json: toJson,
  parquet: toParquet,
};

/** The whole of a dataset in a time range (ms since 1970 UTC, `to` exclusive), through the same privacy gate as the web. */
export function exportDataset(
  dataset: Dataset,
  sources: Sources,
  range: Range,
  format: ExportFormat,
): FilePieces {
  const { columns } = publicTable(dataset.quantities, []);
  const pages = readAll(dataset, sources, range);
  const portions = mapped(pages, (rows) => publicTable(dataset.quantities, rows).rows);
  return SERIALISERS[format]({ columns, portions });
}

/** The answer of a store to a query, with its tags and fields as columns: for staff, no privacy gate. */
export async function* exportQuery(store: Store, query: StoreQuery, format: ExportFormat): FilePieces {
  const { measurement, fields, where } = query;
  const series = await store.latest({ measurement, fields, ...(where && { where }) });
  const tags = [...new Set(series.flatMap((row) => Object.keys(row.tags)))].sort();
  const columns: Column[] = [
    { name: 'time', type: 'time' },
    ...tags.map((name): Column => ({ name, type: 'text' })),
    ...fields.map(fieldColumn),
  ];
  const cellsOf = ({ time, tags: own, values }: Row): Cells => ({ ...values, ...own, time });
  yield* SERIALISERS[format]({ columns, portions: mapped(store.stream(query), (rows) => rows.map(cellsOf)) });
}

async function* mapped<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield map(item);
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
export function withIsoTime(row: Cells): Cells {
  return { ...row, time: new Date(Number(row.time)).toISOString() };
}

async function* toCsv({ columns, portions }: LongTable): FilePieces {
  yield csvHeader(columns);
  for await (const rows of portions) if (rows.length > 0) yield csvLines({ columns, rows });
}

/** A list with one row on each line. */
async function* toJson({ portions }: LongTable): FilePieces {
  let separator = '[\n';
  for await (const rows of portions) {
    if (rows.length === 0) continue;
    yield separator + rows.map((row) => JSON.stringify(withIsoTime(row))).join(',\n');
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** Fields that are no quantity are flags and scores (numbers) or sentences (text). */
function fieldColumn(name: string): Column {
  if (!isQuantity(name)) return { name, type: TEXT_FIELDS.has(name) ? 'text' : 'number' };
  const { valueType } = QUANTITIES[name];
  return { name, type: valueType === 'string' ? 'text' : valueType };
}

/** Fields of the measurements `anomaly` and `alarm` that hold text. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['sentence', 'state', 'severity']);

async function* toParquet({ columns, portions }: LongTable): FilePieces {
  const cells = columns.map((): (Value | Date | null)[] => []);
  for await (const rows of portions) {
    for (const [index, { name, type }] of columns.entries()) {
      for (const row of rows) cells[index]?.push(parquetValue(type, row[name]));
    }
  }
  // Only where it is needed, as it takes megabytes.
  const { ByteWriter, parquetWrite } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const columnData = columns.map(({ name, type }, index) => ({
    name,
    type: PARQUET_TYPES[type],
    data: cells[index] ?? [],
  }));
  parquetWrite({ writer, columnData });
  yield Buffer.from(writer.getBuffer());
}

function parquetValue(type: Column['type'], value: Value | undefined): Value | Date | null {
  if (value === undefined) return null;
  return type === 'time' ? new Date(Number(value)) : value;
}

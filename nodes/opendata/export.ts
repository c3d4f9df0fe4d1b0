import type { Row, Store, StoreQuery } from '../timeseries/store.ts';
import { toCsv } from './csv.ts';
import type { Dataset } from './dataset.ts';
import { toJson } from './json.ts';
import { toParquet } from './parquet.ts';
import { type Range, readColumns, type Sources } from './reader.ts';
import { type Column, fieldColumn, type LongTable, type Portion, publicColumns } from './table.ts';

export type ExportFormat = 'csv' | 'json' | 'parquet';

/** A file in pieces; of Parquet there is one per group of rows. */
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
  return SERIALISERS[format](publicTable(dataset, sources, range));
}

/** The rows of a dataset in a range as a table; of some of its quantities if the range names them. */
export function publicTable(dataset: Dataset, sources: Sources, range: Range): LongTable {
  const quantities = dataset.quantities.filter((one) => range.quantities?.includes(one) ?? true);
  const columns = publicColumns({ ...dataset, quantities });
  return { columns, portions: readColumns(dataset, sources, range) };
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
  const portionOf = (rows: Row[]): Portion => ({
    length: rows.length,
    columns: [
      rows.map(({ time }) => time),
      ...tags.map((name) => rows.map((row) => row.tags[name])),
      ...fields.map((name) => rows.map(({ values }) => values[name])),
    ],
  });
  yield* SERIALISERS[format]({ columns, portions: mapped(store.stream(query), portionOf) });
}

async function* mapped<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield map(item);
}

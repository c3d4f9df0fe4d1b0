import type { Value } from '../observation/observation.ts';
import { type Cells, type Column, isEmpty, type LongTable, type Portion } from './table.ts';

/** Rows of a row group: what is in memory at once. */
const GROUP = 16_384;

/**
 * How hyparquet-writer stores a column; the encoding of what has none here it chooses. The range of times in a group
 * helps readers to skip it; those of the values and packing of times cost more than they save.
 */
const STORED = {
  time: { type: 'TIMESTAMP', codec: 'UNCOMPRESSED' },
  text: { type: 'STRING', encoding: 'RLE_DICTIONARY', statistics: false },
  number: { type: 'DOUBLE', statistics: false },
  boolean: { type: 'BOOLEAN', statistics: false },
} as const;

/** A table as a Parquet file, a piece per row group; what is known of it goes into the file's own metadata. */
export async function* toParquet(
  { columns, portions }: LongTable,
  facts: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  // Only where it is needed, as it takes megabytes.
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const schema = schemaFromColumnData({
    columnData: columns.map(({ name, type }) => ({ name, type: STORED[type].type, data: [] })),
  });
  const kvMetadata = Object.entries(facts).map(([key, value]) => ({ key, value }));
  const parquet = new ParquetWriter({ writer, schema, kvMetadata, createdBy: 'Byflyt' });
  for await (const group of groups(columns.length, portions)) {
    const columnData = columns.map(({ name, type }, index) => ({
      name,
      ...STORED[type],
      data: stored(type, group.columns[index] ?? []),
    }));
    parquet.write({ columnData, rowGroupSize: group.length });
    yield taken();
  }
  parquet.finish();
  yield taken();

  /** What was written since the last time; its positions in the file go on. */
  function taken(): Uint8Array {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  }
}

/** Portions put together until they are worth a row group. */
async function* groups(width: number, portions: AsyncIterable<Portion>): AsyncGenerator<Portion> {
  let waiting: Portion[] = [];
  let length = 0;
  for await (const portion of portions) {
    if (portion.length === 0) continue;
    waiting.push(portion);
    length += portion.length;
    if (length < GROUP) continue;
    yield joined(width, waiting, length);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield joined(width, waiting, length);
}

function joined(width: number, portions: readonly Portion[], length: number): Portion {
  const columns = Array.from({ length: width }, (_, index) => {
    const parts = portions.map(({ columns }) => columns[index] ?? []);
    return parts.every((part) => part instanceof Float64Array)
      ? joinedNumbers(parts, length)
      : parts.flatMap((part) => Array.from(part));
  });
  return { length, columns };
}

function joinedNumbers(parts: readonly Float64Array[], length: number): Float64Array {
  const all = new Float64Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Values as hyparquet-writer takes them. */
function stored(type: Column['type'], cells: Cells): BigInt64Array | Float64Array | (Value | null)[] {
  if (type === 'time') {
    const times = new BigInt64Array(cells.length);
    for (let row = 0; row < times.length; row++) times[row] = BigInt(Number(cells[row]));
    return times;
  }
  if (cells instanceof Float64Array && !hasGaps(cells)) return cells;
  return Array.from(cells, (value) => (isEmpty(value) ? null : value));
}

function hasGaps(numbers: Float64Array): boolean {
  for (let row = 0; row < numbers.length; row++) if (Number.isNaN(numbers[row])) return true;
  return false;
}

import type { QualityFlag, Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { Dataset } from './dataset.ts';
import type { PublicRow } from './privacy.ts';

/** A column of a file. Times are ms since 1970 UTC. */
export interface Column {
  name: string;
  type: 'time' | 'text' | 'number' | 'boolean';
  /** What it holds values of, or the flags of; absent in `time` and `place`. */
  quantity?: QuantityId;
}

/** The values of a column; undefined and NaN are empty cells. */
export type Cells = ArrayLike<Value | undefined>;

/** Some rows of a table, column by column: a fraction of what an object per row costs. */
export interface Portion {
  /** Rows. */
  length: number;
  /** In the order of the table's columns. */
  columns: readonly Cells[];
}

/** A table whose rows come in portions. */
export interface LongTable {
  columns: readonly Column[];
  portions: AsyncIterable<Portion>;
}

type FlagColumn = Column & { quantity: QuantityId };

/** Time, place, then each quantity; behind it its flags, if the dataset marks what failed a check. */
export function publicColumns({ quantities, failed }: Pick<Dataset, 'quantities' | 'failed'>): Column[] {
  return [
    { name: 'time', type: 'time' },
    { name: 'place', type: 'text' },
    ...quantities.flatMap((quantity) => {
      const values = { ...fieldColumn(quantity), quantity };
      return failed === 'mark' ? [values, flagColumn(quantity)] : [values];
    }),
  ];
}

/** The column of the QARTOD flags of a quantity. */
function flagColumn(quantity: QuantityId): FlagColumn {
  return { name: `${quantity}_quality`, type: 'number', quantity };
}

/** Whether a column holds the flags of its quantity, not its values. */
export function isFlagColumn({ name, quantity }: Column): boolean {
  return quantity !== undefined && name !== quantity;
}

/** Rows of a dataset in the columns of `publicColumns`. */
export function publicPortion(columns: readonly Column[], rows: readonly PublicRow[]): Portion {
  return { length: rows.length, columns: columns.map((column) => rows.map((row) => cellOf(row, column))) };
}

function cellOf({ time, place, values, quality }: PublicRow, column: Column): Value | undefined {
  const { name, quantity } = column;
  if (quantity === undefined) return name === 'time' ? time : place;
  return isFlagColumn(column) ? (quality?.[quantity] as QualityFlag | undefined) : values[quantity];
}

/** A row by the names of its columns, without its empty cells. */
export function recordAt(
  columns: readonly Column[],
  { columns: cells }: Portion,
  row: number,
): Record<string, Value> {
  const record: Record<string, Value> = {};
  for (const [index, { name, type }] of columns.entries()) {
    const value = cells[index]?.[row];
    if (isEmpty(value)) continue;
    record[name] = type === 'time' ? new Date(Number(value)).toISOString() : value;
  }
  return record;
}

/** Whether a cell has nothing in it. */
export function isEmpty(value: Value | undefined): value is undefined {
  return value === undefined || Number.isNaN(value);
}

/** Fields that are no quantity are flags and scores (numbers) or sentences (text). */
export function fieldColumn(name: string): Column {
  if (!isQuantity(name)) return { name, type: TEXT_FIELDS.has(name) ? 'text' : 'number' };
  const { valueType } = QUANTITIES[name];
  return { name, type: valueType === 'string' ? 'text' : valueType };
}

/** Fields of the measurements `anomaly` and `alarm` that hold text. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['sentence', 'state', 'severity']);

import type { Value } from '../observation/observation.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { PackedRows } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import { type PublicDevices, valueGate } from './privacy.ts';
import { isEmpty, type Portion } from './table.ts';

/** A column as the store and the files have it. */
type Column = PackedRows['values'][number];

/** What makes of a value what the public may see of it. */
type Admit = (value: Value) => Value | undefined;

/**
 * `rowGate` for whole columns, which long files need: the same is withheld, at a fraction of the cost of an object per
 * row. Gives the columns of `publicColumns`, without the rows of which nothing is left.
 */
export function columnGate(dataset: Dataset, places: PublicDevices['places']): (rows: PackedRows) => Portion {
  const marks = dataset.failed === 'mark';
  const gates = dataset.quantities.map((quantity) => ({
    quantity,
    flagField: flagFieldOf(quantity),
    admit: valueGate(dataset, quantity),
  }));
  return ({ times, tags, tagsOfRow, fields, values }) => {
    const columnOf = (field: string) => values[fields.indexOf(field)] ?? nothing(times.length);
    const nameOf = tags.map(({ device }) => places.get(device ?? ''));
    const names = placesOf(tagsOfRow, nameOf);
    const shown = gates.map(({ quantity, flagField, admit }) => {
      const flags = columnOf(flagField);
      const passed = admitted(columnOf(quantity), marks ? undefined : flags, admit);
      return { passed, flags: marks ? where(passed, flags) : undefined };
    });
    const kept = keptRows(
      names,
      shown.map(({ passed }) => passed),
    );
    const columns: Column[] = [
      times,
      names,
      ...shown.flatMap(({ passed, flags }) => (flags ? [passed, flags] : [passed])),
    ];
    const isWhole = kept.length === names.length;
    return { length: kept.length, columns: isWhole ? columns : columns.map((column) => only(column, kept)) };
  };
}

function nothing(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** The name of each row's place. The loops here are plain: they run over millions of rows. */
function placesOf(tagsOfRow: Uint32Array, nameOf: readonly (string | undefined)[]): (string | undefined)[] {
  const names = new Array<string | undefined>(tagsOfRow.length);
  for (let row = 0; row < names.length; row++) names[row] = nameOf[tagsOfRow[row] ?? 0];
  return names;
}

/** The values that the gate lets through; none where `flags` say that a check has failed. */
function admitted(column: Column, flags: Column | undefined, admit: Admit): Column {
  const shown = (value: Value | undefined, row: number) =>
    isEmpty(value) || flags?.[row] === FAILED ? undefined : admit(value);
  if (!(column instanceof Float64Array)) return column.map(shown);
  const numbers = new Float64Array(column.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = shown(column[row], row);
    numbers[row] = typeof value === 'number' ? value : Number.NaN;
  }
  return numbers;
}

/** The flags of the values that are shown. */
function where(shown: Column, flags: Column): Column {
  if (!(flags instanceof Float64Array)) return flags;
  return flags.map((flag, row) => (isEmpty(shown[row]) ? Number.NaN : flag));
}

/** Numbers of the rows that have a place and any value. */
function keptRows(names: readonly (string | undefined)[], columns: readonly Column[]): number[] {
  const kept: number[] = [];
  for (let row = 0; row < names.length; row++) {
    if (names[row] !== undefined && hasAny(columns, row)) kept.push(row);
  }
  return kept;
}

function hasAny(columns: readonly Column[], row: number): boolean {
  for (const column of columns) if (!isEmpty(column[row])) return true;
  return false;
}

function only(column: Column, rows: readonly number[]): Column {
  return column instanceof Float64Array
    ? Float64Array.from(rows, (row) => column[row] ?? Number.NaN)
    : rows.map((row) => column[row]);
}

import { type LongTable, recordAt } from './table.ts';

/** A row of a file as a JSON value; undefined: the row is left out. */
export type RowMaker = (record: Readonly<Record<string, unknown>>) => unknown;

/** Rows as a JSON list, a row on each line, between what goes before and after it. */
export async function* toJson(
  { columns, portions }: LongTable,
  frame = { before: '', after: '\n' },
  make: RowMaker = (record) => record,
): AsyncGenerator<string> {
  let separator = `${frame.before}[\n`;
  for await (const portion of portions) {
    const rows: string[] = [];
    for (let row = 0; row < portion.length; row++) {
      const value = make(recordAt(columns, portion, row));
      if (value !== undefined) rows.push(JSON.stringify(value));
    }
    if (rows.length === 0) continue;
    yield separator + rows.join(',\n');
    separator = ',\n';
  }
  yield separator === ',\n' ? `\n]${frame.after}` : `${frame.before}[]${frame.after}`;
}

/** What goes around a list that is the last member but one of an object: what comes before it, and the member after it. */
export function framed(
  about: Readonly<Record<string, unknown>>,
  list: string,
  last: Readonly<Record<string, unknown>>,
): { before: string; after: string } {
  const opened = JSON.stringify(about).slice(0, -1);
  const comma = opened === '{' ? '' : ',';
  const closed = JSON.stringify(last).slice(1);
  return { before: `${opened}${comma}${JSON.stringify(list)}:`, after: closed === '}' ? '}' : `,${closed}` };
}

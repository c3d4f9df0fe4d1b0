import type { InfluxdbSeries } from './influxdb-connection.ts';
import { seriesKey } from './series.ts';
import type { Row, StoreQuery } from './store.ts';

/**
 * The rows of a series, those without any of the fields left out. Tags stand beside the rows, or in columns of them
 * (early releases of version 3; questions without GROUP BY). `isCount`: 0 stands for "no value".
 */
export function rowsOf(series: InfluxdbSeries, fields: ReadonlySet<string>, isCount = false): Row[] {
  const shared = presentTags(Object.entries(series.tags ?? {}));
  const columns = [...series.columns.entries()];
  const fieldColumns = columns.filter(([, name]) => fields.has(name));
  const tagColumns = columns.filter(([, name]) => name !== 'time' && !fields.has(name));
  const time = series.columns.indexOf('time');
  return series.values.flatMap((cells) => {
    const values: Row['values'] = {};
    for (const [index, name] of fieldColumns) {
      const cell = cells[index];
      if (cell !== null && cell !== undefined && !(isCount && cell === 0)) values[name] = cell;
    }
    if (Object.keys(values).length === 0) return [];
    const own = tagColumns.length > 0 && presentTags(tagColumns.map(([index, name]) => [name, cells[index]]));
    return [{ time: Number(cells[time]), tags: own ? { ...shared, ...own } : shared, values }];
  });
}

function presentTags(tags: readonly (readonly [name: string, value: unknown])[]): Row['tags'] {
  const present = tags.filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
}

/** Rows in the order of time, and among those of the same time by tags. */
export async function* inOrder(
  portions: AsyncIterable<Row[]>,
  { order }: Pick<StoreQuery, 'order'>,
): AsyncGenerator<Row[]> {
  const direction = order === 'descending' ? -1 : 1;
  let open: Row[] = [];
  for await (const rows of portions) {
    open.push(...rows);
    // More of the same time may come.
    const last = open.at(-1)?.time;
    const complete = open.findLastIndex(({ time }) => time !== last) + 1;
    if (complete > 0) yield sorted(open.slice(0, complete), direction);
    open = open.slice(complete);
  }
  if (open.length > 0) yield sorted(open, direction);
}

function sorted(rows: Row[], direction: number): Row[] {
  const keys = new Map<Row, string>();
  const keyOf = (row: Row) => {
    const key = keys.get(row) ?? seriesKey(row.tags);
    keys.set(row, key);
    return key;
  };
  return rows.sort((a, b) => {
    if (a.time !== b.time) return direction * (a.time - b.time);
    return keyOf(a) < keyOf(b) ? -1 : 1;
  });
}

/** Portions cut to `offset` and `limit`; asks for no more than it needs. */
export async function* cut(
  portions: AsyncIterable<Row[]>,
  { offset = 0, limit = Number.POSITIVE_INFINITY }: Pick<StoreQuery, 'offset' | 'limit'>,
): AsyncGenerator<Row[]> {
  let [skip, left] = [offset, limit];
  if (left <= 0) return;
  for await (const rows of portions) {
    const portion = rows.slice(skip, skip + left);
    skip = Math.max(0, skip - rows.length);
    left -= portion.length;
    if (portion.length > 0) yield portion;
    if (left <= 0) return;
  }
}

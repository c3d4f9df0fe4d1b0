import { FAILED, flagFieldOf, withFlagFields } from './quality-fields.ts';
import { seriesKey } from './series.ts';
import type { LatestRow, Row, Store, StoreQuery } from './store.ts';

/** How many readings back a usable value is looked for when the newest failed a check. */
const LOOK_BACK = 10;

type Question = Pick<StoreQuery, 'measurement' | 'where'> & { quantities: readonly string[] };

/** As `Store.latest`, of values that no check has failed, without the flags: per series the newest of each quantity. */
export async function latestUsable(
  store: Store,
  { quantities, ...question }: Question,
): Promise<LatestRow[]> {
  const fields = withFlagFields(quantities);
  const newest = await store.latest({ ...question, fields });
  const rows = await Promise.all(
    newest.map((row) => usableRow(store, question.measurement, quantities, row)),
  );
  return rows.filter(({ time }) => time !== Number.NEGATIVE_INFINITY).sort((a, b) => b.time - a.time);
}

async function usableRow(
  store: Store,
  measurement: string,
  quantities: readonly string[],
  newest: LatestRow,
): Promise<LatestRow> {
  const row: LatestRow = { time: Number.NEGATIVE_INFINITY, tags: newest.tags, values: {}, times: {} };
  for (const quantity of quantities) {
    const time = newest.times[quantity];
    if (time === undefined) continue;
    const isKnown = (newest.times[flagFieldOf(quantity)] ?? time) === time;
    const found =
      isKnown && isUsable(newest, quantity)
        ? { ...newest, time }
        : await earlier(store, measurement, quantity, newest);
    const value = found?.values[quantity];
    if (!found || value === undefined) continue;
    row.values[quantity] = value;
    row.times[quantity] = found.time;
    row.time = Math.max(row.time, found.time);
  }
  return row;
}

/** A series without a place is found by its other tags too, so its rows are told apart afterwards. */
async function earlier(
  store: Store,
  measurement: string,
  quantity: string,
  { tags }: LatestRow,
): Promise<Row | undefined> {
  const rows = await store.query({
    measurement,
    fields: withFlagFields([quantity]),
    where: tags,
    order: 'descending',
    limit: LOOK_BACK,
  });
  return rows.find((row) => seriesKey(row.tags) === seriesKey(tags) && isUsable(row, quantity));
}

function isUsable({ values }: Row, quantity: string): boolean {
  return values[quantity] !== undefined && values[flagFieldOf(quantity)] !== FAILED;
}

import type { Release } from './dataset.ts';
import type { PublicRow } from './privacy.ts';
import type { ReleaseBook } from './release-book.ts';
import { periodsBetween, type ReleasedPeriod, releasedPeriods } from './released.ts';
import { isEmpty, selection, type Wanted, wantedOf } from './wanted.ts';

/** Periods that are made at a time when the newest are wanted first. */
const WINDOW = 31;
const DAY = 86_400_000;
const LENGTHS: Readonly<Record<Release['every'], number>> = {
  hour: DAY / 24,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
};

/** The released values that somebody wants, in portions, in the order that they want. */
export async function* releasePages(wanted: Wanted, release: Release): AsyncGenerator<PublicRow[]> {
  if (release.by === 'area') yield* pagesOfBook(wanted, release);
  else if (wanted.order === 'ascending') yield* oldestFirst(wanted, release);
  else yield* newestFirst(wanted, release);
}

async function* pagesOfBook(wanted: Wanted, release: Release): AsyncGenerator<PublicRow[]> {
  const { dataset, sources, to = Number.POSITIVE_INFINITY, order } = wanted;
  const book = sources.publications?.book(dataset);
  if (!book) return;
  if (!book.isReadOnly) await book.alone(() => catchUp(wanted, book, release));
  const rows = book.rows.filter(({ time }) => time < to);
  const ordered = order === 'ascending' ? rows : rows.toReversed();
  yield ordered.flatMap((row) => projected(row, wanted));
}

/** Decides all periods that have ended since the last time, with all devices and quantities, whoever asks for what. */
async function catchUp({ dataset, sources }: Wanted, book: ReleaseBook, release: Release): Promise<void> {
  const all = wantedOf(dataset, sources, {});
  const from = book.until ?? (await beginningOf(all));
  if (from === undefined || isEmpty(all)) return;
  const decided: ReleasedPeriod[] = [];
  for await (const period of released(all, release, from)) {
    // After a change of the clock or of the length of periods one may have begun before.
    if (period.start >= (book.until ?? period.start)) decided.push(period);
  }
  book.append(decided);
}

async function* oldestFirst(wanted: Wanted, release: Release): AsyncGenerator<PublicRow[]> {
  const beginning = await beginningOf(wanted);
  if (beginning === undefined) return;
  for await (const { rows } of released(wanted, release, Math.max(beginning, wanted.from ?? beginning)))
    yield rows.flatMap((row) => projected(row, wanted));
}

/** Windows backwards in time, so that the newest rows cost little however long the history is. */
export async function* newestFirst(wanted: Wanted, release: Release): AsyncGenerator<PublicRow[]> {
  const first = await beginningOf(wanted);
  if (first === undefined || wanted.horizon === undefined) return;
  const beginning = Math.max(first, wanted.from ?? first);
  let end = Math.min(wanted.to ?? wanted.horizon, wanted.horizon);
  while (end > beginning) {
    const from = Math.max(beginning, end - WINDOW * LENGTHS[release.every]);
    const rows: PublicRow[] = [];
    let reached = from;
    for await (const period of released({ ...wanted, to: end }, release, from)) {
      reached = Math.min(reached, period.start);
      rows.unshift(...period.rows.toReversed());
    }
    yield rows.flatMap((row) => projected(row, wanted));
    end = reached;
  }
}

/** Finished periods from the one that `from` lies in, that begin before what is wanted ends. */
function released(wanted: Wanted, release: Release, from: number): AsyncGenerator<ReleasedPeriod> {
  const { dataset, devices, store, sources, horizon = from, to = horizon } = wanted;
  const end = Math.min(horizon, to + LENGTHS[release.every] + DAY);
  const periods = periodsBetween(release, from, end, sources.timeZone ?? 'UTC');
  const begun = periods.filter(({ start }) => start < to);
  return releasedPeriods(dataset, devices, store, begun);
}

/** Time of the first reading, ms since 1970 UTC. */
async function beginningOf(wanted: Wanted): Promise<number | undefined> {
  const { from: _from, to: _to, ...question } = selection({ ...wanted, order: 'ascending' });
  const [first] = await wanted.store.query({ ...question, limit: 1 });
  return first?.time;
}

/** The wanted part of a row; none if nothing is left, or if its period began before what is wanted. */
function projected({ values, ...row }: PublicRow, { quantities, from = row.time }: Wanted): PublicRow[] {
  const kept = quantities.flatMap((quantity) => {
    const value = values[quantity];
    return value === undefined ? [] : [[quantity, value] as const];
  });
  return kept.length > 0 && row.time >= from ? [{ ...row, values: Object.fromEntries(kept) }] : [];
}

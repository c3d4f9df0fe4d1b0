import { quantityLabel } from '../observation/labels.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';
import type { Dataset, Release } from './dataset.ts';
import { blocksOf, type PublicRow, valueGate, type Withheld } from './privacy.ts';
import { ReleaseBook } from './release-book.ts';
import { newestFirst } from './release-pages.ts';
import type { Sources } from './sources.ts';
import { horizonOf, isEmpty, selection, type Wanted, wantedOf } from './wanted.ts';
import { type Locale, momentText, valueWithUnit } from './wording.ts';

/** What the public would see, for the editor form. */
export interface Preview {
  columns: string[];
  /** Newest first; a cell that is withheld says why. */
  rows: string[][];
  /** Sentences about what is special or withheld. */
  notes: string[];
  /** Why nothing of it can be published, each with what to do. */
  blocks: string[];
}

/** Rows that are shown; those further back are made by the same rules. */
const MOST_ROWS = 30;
/** Devices left out for one reason that are named. */
const MOST_NAMED = 3;

/**
 * The newest rows of a dataset as they would be published if somebody agreed to it now, with what is withheld, put
 * together or shown later. `now` in ms since 1970 UTC. Errors of the store pass through.
 */
export async function previewOf(
  dataset: Dataset,
  sources: Sources,
  locale: Locale,
  now: number,
): Promise<Preview> {
  const { language } = locale;
  const blocks = blocksOf(dataset, true).map(({ key, parameters = {} }) =>
    translate(language, key, named(parameters, language)),
  );
  const wanted = wantedOf(dataset, asIfApproved(sources, now), { order: 'descending' });
  const rows = isEmpty(wanted) ? [] : await rowsOf(wanted, locale, now);
  return {
    columns: [
      translate(language, 'opendata.page.place'),
      translate(language, 'opendata.page.time'),
      ...dataset.quantities.map((quantity) => quantityLabel(quantity, language)),
    ],
    rows,
    notes: blocks.length > 0 ? [] : notesOn(wanted, rows.length, language),
    blocks,
  };
}

/** The label of a quantity in place of its id. */
export function named(parameters: Record<string, string | number>, language: Language) {
  const { quantity } = parameters;
  if (quantity === undefined) return parameters;
  return { ...parameters, quantity: quantityLabel(quantity as QuantityId, language) };
}

/** Nothing is decided for good: the book is thrown away. */
function asIfApproved(sources: Sources, now: number): Sources {
  const everyone = sources.devices().map(({ id }) => id);
  const publications = { approvedDevices: () => everyone, book: () => new ReleaseBook() };
  return { ...sources, now: () => now, publications };
}

function rowsOf(wanted: Wanted, locale: Locale, now: number): Promise<string[][]> {
  const { release } = wanted.dataset.privacy;
  return release ? releasedRows(wanted, release, locale, now) : readings(wanted, locale, now);
}

/** Also what is not shown yet: it is what staff have just seen come in. */
async function readings(wanted: Wanted, locale: Locale, now: number): Promise<string[][]> {
  const { dataset, devices, sources, store } = wanted;
  const horizon = horizonOf(dataset, sources) ?? Number.POSITIVE_INFINITY;
  const rows = await store.query({ ...selection({ ...wanted, horizon: undefined }), limit: MOST_ROWS });
  return rows.map((row) => [
    devices.places.get(row.tags.device ?? '') ?? '',
    momentWithDelay(row.time, horizon, dataset, locale, now),
    ...dataset.quantities.map((quantity) => cellOf(row, quantity, dataset, locale.language)),
  ]);
}

function momentWithDelay(
  time: number,
  horizon: number,
  { privacy }: Dataset,
  locale: Locale,
  now: number,
): string {
  const measured = momentText(time, now, locale);
  if (time < horizon) return measured;
  const shown = momentText(time + privacy.delayMinutes * 60_000, now, locale);
  return translate(locale.language, 'opendata.preview.later', { measured, shown });
}

function cellOf({ values }: Row, quantity: QuantityId, dataset: Dataset, language: Language): string {
  const value = values[quantity];
  if (value === undefined) return '';
  const hasFailed = values[flagFieldOf(quantity)] === FAILED;
  if (hasFailed && dataset.failed === 'withhold') return translate(language, 'opendata.preview.failed');
  const shown = valueGate(dataset, quantity)(value);
  if (shown === undefined) {
    return translate(language, 'opendata.preview.few', { fewest: dataset.privacy.fewestPeople });
  }
  const text = valueWithUnit(quantity, shown, language);
  return hasFailed ? translate(language, 'opendata.preview.marked', { value: text }) : text;
}

async function releasedRows(
  wanted: Wanted,
  release: Release,
  locale: Locale,
  now: number,
): Promise<string[][]> {
  const rows: PublicRow[] = [];
  for await (const page of newestFirst(wanted, release)) {
    rows.push(...page);
    if (rows.length >= MOST_ROWS) break;
  }
  const { language } = locale;
  return rows.slice(0, MOST_ROWS).map(({ time, place, values }) => [
    place,
    momentText(time, now, locale),
    ...wanted.dataset.quantities.map((quantity) => {
      const value = values[quantity];
      return value === undefined
        ? translate(language, 'opendata.preview.withheld')
        : valueWithUnit(quantity, value, language);
    }),
  ]);
}

function notesOn({ dataset, devices }: Wanted, count: number, language: Language): string[] {
  const { release, delayMinutes } = dataset.privacy;
  const note = (key: string, parameters = {}) => translate(language, `opendata.preview.${key}`, parameters);
  return [
    ...(devices.sandbox ? [translate(language, 'opendata.sandbox.notice')] : []),
    ...(release ? [note(`every_${release.every}`), note(`by_${release.by}`, { ...release })] : []),
    ...(delayMinutes > 0 ? [note('delay', { minutes: delayMinutes })] : []),
    ...(count === MOST_ROWS ? [note('newest', { count })] : []),
    ...sentencesOn(devices.withheld, language),
    ...(devices.places.size === 0 ? [translate(language, 'opendata.page.no_places')] : []),
  ];
}

/** The first few of each reason; a town may have hundreds. */
function sentencesOn(withheld: readonly Withheld[], language: Language): string[] {
  const groups = Map.groupBy(withheld, ({ reason }) => reason);
  return [...groups].flatMap(([reason, devices]) => {
    const named = devices.slice(0, MOST_NAMED);
    const more = devices.length - named.length;
    return [
      ...named.map(({ name }) => translate(language, `opendata.withheld.${reason}`, { name })),
      ...(more > 0 ? [translate(language, 'opendata.withheld.more', { count: more })] : []),
    ];
  });
}

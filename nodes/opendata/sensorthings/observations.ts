import type { QualityFlag, Value } from '../../observation/observation.ts';
import type { QuantityId } from '../../observation/quantities.ts';
import type { PublicRow } from '../privacy.ts';
import { type Cursor, type HistoryRange, readHistory } from '../reader.ts';
import type { Entry } from '../site.ts';
import type { Budget } from './budget.ts';
import type { Span } from './conditions.ts';
import { MOST_PER_SECOND, observationId } from './ids.ts';
import type { Entity, Json } from './model.ts';
import { observedTime } from './observed-time.ts';
import { pauseAfter } from './pace.ts';

/** One quantity at one place of a dataset: a Datastream, and what is needed to read its Observations. */
export interface Series {
  entry: Entry;
  /** Id and name of the place. */
  place: string;
  placeName: string;
  quantity: QuantityId;
  datastream: Entity;
  /** Time of its newest value, ms since 1970 UTC. */
  newest: number;
  /** Its values are made up. */
  sandbox: boolean;
  /** What each of its Observations leads to. */
  links: Entity['links'];
}

/** The Observations of all wanted series within one second, in the order in which they are read. */
export interface Second {
  /** Whole seconds since 1970 UTC. */
  second: number;
  observations: Observation[];
}

/** What is to be read. */
export interface Reading {
  series: readonly Series[];
  span: Span;
  isDescending: boolean;
  /** Observations that are probably enough. */
  expected: number;
}

/** Rows of a page; each further one is four times as long, so that few rows and many are both read quickly. */
const SHORTEST_PAGE = 10;
const LONGEST_PAGE = 2000;
/** Pages after which a history counts as long. */
const SHORT_HISTORY = 5;

/** QARTOD flag -> what `resultQuality` says. */
const QUALITY: Readonly<Record<QualityFlag, string>> = {
  1: 'pass',
  2: 'not evaluated',
  3: 'suspect',
  4: 'fail',
  9: 'missing',
};

/**
 * The Observations of series within a span of time, second by second. A second is read as a whole whatever the span,
 * because the ids of its Observations count them. Errors of the store pass through.
 */
export async function* readSeconds(reading: Reading, budget: Budget): AsyncGenerator<Second> {
  const { series, span, isDescending } = reading;
  const byEntry = Map.groupBy(series, ({ entry }) => entry);
  const readers = [...byEntry].map(([entry, members]) =>
    datasetSeconds(entry, { ...reading, series: members }, budget),
  );
  for await (const second of merged(readers, isDescending)) {
    const inSpan = second.observations.filter(({ time }) => isWithin(time, span));
    if (inSpan.length > 0) yield { ...second, observations: inSpan.sort(inTime(isDescending)) };
  }
}

/** By time, then by id. */
export function inTime(isDescending: boolean): (one: Entity, other: Entity) => number {
  const sign = isDescending ? -1 : 1;
  return (one, other) => sign * (timeOf(one) - timeOf(other) || one.id - other.id);
}

function timeOf(entity: Entity): number {
  return entity instanceof Observation ? entity.time : 0;
}

function isWithin(time: number, { from, to }: Span): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

/** Seconds of several datasets in one order; those of the same second are put together. */
async function* merged(readers: AsyncGenerator<Second>[], isDescending: boolean): AsyncGenerator<Second> {
  const [only] = readers;
  if (only && readers.length === 1) return yield* only;
  try {
    const heads = await Promise.all(readers.map((reader) => reader.next()));
    for (;;) {
      const open = heads.flatMap((head) => (head.done ? [] : head.value));
      const seconds = open.map(({ second }) => second);
      if (open.length === 0) return;
      const next = isDescending ? Math.max(...seconds) : Math.min(...seconds);
      yield {
        second: next,
        observations: open.filter(({ second }) => second === next).flatMap((head) => head.observations),
      };
      for (const [at, reader] of readers.entries()) {
        const head = heads[at];
        if (head && !head.done && head.value.second === next) heads[at] = await reader.next();
      }
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
}

async function* datasetSeconds(
  entry: Entry,
  { series, span, isDescending, expected }: Reading,
  budget: Budget,
): AsyncGenerator<Second> {
  const wanted: Wanted = new Map(
    [...Map.groupBy(series, ({ placeName }) => placeName)].map(([place, here]) => [
      place,
      new Map(here.map((one) => [one.quantity, one])),
    ]),
  );
  const range: Omit<HistoryRange, 'limit'> = {
    ...wholeSeconds(span),
    places: [...new Set(series.map(({ place }) => place))],
    quantities: [...new Set(series.map(({ quantity }) => quantity))],
    order: isDescending ? 'descending' : 'ascending',
  };
  let rows: PublicRow[] = [];
  for await (const page of pages(entry, range, expected, budget)) {
    for (const row of page) {
      budget.look();
      const last = rows.at(-1);
      if (last && secondOf(last) !== secondOf(row)) {
        yield secondFrom(rows, wanted);
        rows = [];
      }
      rows.push(row);
    }
  }
  if (rows.length > 0) yield secondFrom(rows, wanted);
}

async function* pages(
  entry: Entry,
  range: Omit<HistoryRange, 'limit'>,
  expected: number,
  budget: Budget,
): AsyncGenerator<PublicRow[]> {
  let limit = Math.min(Math.max(expected + 1, SHORTEST_PAGE), LONGEST_PAGE);
  let cursor: Cursor | undefined;
  for (let count = 1; ; count += 1) {
    budget.question();
    const page = await readHistory(entry.dataset, entry.sources, {
      ...range,
      limit,
      ...(cursor && { cursor }),
    });
    const start = performance.now();
    yield page.rows;
    cursor = page.next;
    if (!cursor) return;
    if (count > SHORT_HISTORY) {
      budget.startLong();
      await pauseAfter(performance.now() - start);
    }
    limit = Math.min(limit * 4, LONGEST_PAGE);
  }
}

function wholeSeconds({ from, to }: Span): Span {
  return {
    ...(from !== undefined && { from: Math.floor(from / 1000) * 1000 }),
    ...(to !== undefined && { to: Math.ceil(to / 1000) * 1000 }),
  };
}

function secondOf({ time }: PublicRow): number {
  return Math.floor(time / 1000);
}

/** Name of a place -> quantity -> its series. */
type Wanted = ReadonlyMap<string, ReadonlyMap<string, Series>>;

/** The Observations in rows of the same second. Of more than eight in one Datastream the later ones have no id and are left out. */
function secondFrom(rows: readonly PublicRow[], wanted: Wanted): Second {
  const [first] = rows;
  const second = first ? secondOf(first) : 0;
  const inDatastream = new Map<Series, Measured[]>();
  for (const { time, place, values, quality } of rows) {
    const here = wanted.get(place);
    for (const quantity in values) {
      const [series, value] = [here?.get(quantity), values[quantity as QuantityId]];
      if (!series || value === undefined) continue;
      const measured = { time, value, flag: quality?.[quantity as QuantityId] };
      const known = inDatastream.get(series);
      if (known) known.push(measured);
      else inDatastream.set(series, [measured]);
    }
  }
  const observations: Observation[] = [];
  for (const [series, measured] of inDatastream) {
    for (const [place, one] of inOrder(measured).entries()) {
      const id = observationId({ datastream: series.datastream.id, second, place });
      observations.push(new Observation(id, series, one));
    }
  }
  return { second, observations };
}

/** Readings of one moment that come in another order are still the same ones. */
function inOrder(measured: Measured[]): Measured[] {
  if (measured.length === 1) return measured;
  return measured
    .sort((one, other) => one.time - other.time || (String(one.value) < String(other.value) ? -1 : 1))
    .slice(0, MOST_PER_SECOND);
}

interface Measured {
  /** ms since 1970 UTC. */
  time: number;
  value: Value;
  flag: QualityFlag | undefined;
}

/** An Observation, whose JSON is made only when somebody looks at it: many are only counted. */
class Observation implements Entity {
  readonly set = 'Observations';
  readonly id: number;
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly links: Entity['links'];
  readonly #series: Series;
  readonly #measured: Measured;

  constructor(id: number, series: Series, measured: Measured) {
    this.id = id;
    this.time = measured.time;
    this.links = series.links;
    this.#series = series;
    this.#measured = measured;
  }

  get properties(): Record<string, Json> {
    const { time, value, flag } = this.#measured;
    const { start, end } = observedTime(this.#series.entry, time);
    // A sensor's result is there when it is measured; when it arrived here tells of the radio, not of the place.
    const resultTime = new Date(end).toISOString();
    return {
      phenomenonTime: start === end ? resultTime : `${new Date(start).toISOString()}/${resultTime}`,
      result: value,
      resultTime,
      ...(flag !== undefined && { resultQuality: QUALITY[flag] }),
      ...(this.#series.sandbox && { parameters: { sandbox: true } }),
    };
  }
}

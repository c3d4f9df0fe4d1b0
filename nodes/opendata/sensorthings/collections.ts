import type { Budget } from './budget.ts';
import { Condition, conjuncts, pathsOf, type ReadFork, type Span, spanOf } from './conditions.ts';
import type { Directory } from './directory.ts';
import type { Expression } from './expression.ts';
import { observationKey } from './ids.ts';
import type { Entity } from './model.ts';
import { inTime, readSeconds, type Second, type Series } from './observations.ts';
import type { Options, Ordering } from './options.ts';
import { invalid } from './request-problem.ts';
import { order, type Value } from './values.ts';

/** Entities of a collection: those at hand, or the Observations of series, which are read. */
export type Members = { entities: readonly Entity[] } | { series: readonly Series[] };

export interface Page {
  entities: Entity[];
  /** Of all that fit the filter, where the request wants it. */
  count?: number;
  /** Where the next page begins, if there is one. */
  next?: { skip: number; token?: string };
}

type Comparison = (one: Keyed, other: Keyed) => number;

/** An entity with the values by which it is put in order. */
interface Keyed {
  entity: Entity;
  keys: readonly Value[];
}

/** Observations that can be put into an order that is not that of time. */
const MOST_ORDERED = 50_000;
/** Observations among which one that fits is mostly found. */
const PROBABLY_ENOUGH = 200;
/** Words by which Observations come in the order in which they are read. */
const OF_TIME = ['phenomenonTime', 'resultTime', 'id'];

/** Filters, orders and pages collections for one request. */
export class Collections {
  readonly #directory: Directory;
  readonly #budget: Budget;
  readonly #now: number;

  /** `now` in ms since 1970 UTC. */
  constructor(directory: Directory, budget: Budget, now: number) {
    this.#directory = directory;
    this.#budget = budget;
    this.#now = now;
  }

  /** What an entity's relation leads to. */
  related(owner: Entity, name: string): Members {
    if (name === 'Observations') return { series: this.#directory.seriesOf(owner) };
    return { entities: owner.links[name] ?? [] };
  }

  /** The Observation with this id, if it is one of these series. */
  async observation(id: number, series: readonly Series[]): Promise<Entity | undefined> {
    const { datastream, second } = observationKey(id, this.#now);
    const own = series.filter((one) => one.datastream.id === datastream);
    const span = { from: second * 1000, to: second * 1000 + 1000 };
    for await (const observation of this.#read(own, span)) if (observation.id === id) return observation;
    return undefined;
  }

  /** One page of a collection. */
  page(members: Members, options: Options): Promise<Page> {
    return 'series' in members
      ? this.#pageOfSeries(members.series, options)
      : this.#pageOfList(members.entities, options);
  }

  async #pageOfList(entities: readonly Entity[], options: Options): Promise<Page> {
    const condition = options.filter && this.#condition(options.filter);
    const found: Entity[] = [];
    for (const entity of entities) if (!condition || (await condition.holds(entity))) found.push(entity);
    return sliced(await this.#ordered(found, options.orderby), options, found.length);
  }

  async #pageOfSeries(series: readonly Series[], options: Options): Promise<Page> {
    const { filter, orderby } = options;
    const wanted = filter ? await this.#fitting(series, filter) : series;
    const span = filter ? spanOf(filter, '', this.#now) : {};
    return isOfTime(orderby[0])
      ? this.#inTime(wanted, span, options)
      : this.#inAnyOrder(wanted, span, options);
  }

  /** Those series whose Observations can fit: all that a filter says of them alone is looked at before anything is read. */
  async #fitting(series: readonly Series[], filter: Expression): Promise<Series[]> {
    const about = conjuncts(filter)
      .filter(isAboutSeries)
      .map((conjunct) => this.#condition(conjunct));
    const found: Series[] = [];
    for (const one of series) {
      const anyObservation: Entity = { set: 'Observations', id: 0, properties: {}, links: one.links };
      if (await everyHolds(about, anyObservation)) found.push(one);
    }
    return found;
  }

  /** Reads no further than the page, unless all are to be counted. */
  async #inTime(series: readonly Series[], span: Span, options: Options): Promise<Page> {
    const { top, orderby } = options;
    const isDescending = orderby[0]?.isDescending ?? false;
    const position = new Position(options.token, options.skip);
    const entities: Entity[] = [];
    let count = 0;
    const reading = {
      series,
      span: options.count ? span : position.rest(span, isDescending),
      isDescending,
      expected: top,
    };
    for await (const second of readSeconds(reading, this.#budget)) {
      for (const observation of await this.#fittingIn(second, options, isDescending)) {
        count += 1;
        if (!position.isReached(second.second, isDescending)) continue;
        if (entities.length < top) {
          entities.push(observation);
          position.delivered(second.second);
        } else if (!options.count) {
          return { entities, next: position.next() };
        } else position.isMore = true;
      }
    }
    return { entities, ...(options.count && { count }), ...(position.isMore && { next: position.next() }) };
  }

  async #fittingIn(
    { observations }: Second,
    { filter, orderby }: Options,
    isDescending: boolean,
  ): Promise<Entity[]> {
    const condition = filter && this.#condition(filter);
    const found: Entity[] = [];
    for (const observation of observations) {
      if (!condition || (await condition.holds(observation))) found.push(observation);
    }
    // They are in order of time, then of their ids.
    const isInOrder = orderby.length < 2 && !(orderby[0] && isOfId(orderby[0]));
    return isInOrder ? found : this.#ordered(found, orderby, inTime(isDescending));
  }

  /** Reads all, and keeps those that come first. */
  async #inAnyOrder(series: readonly Series[], span: Span, options: Options): Promise<Page> {
    const { skip, top, orderby, filter } = options;
    const kept = skip + top + 1;
    if (kept > MOST_ORDERED) throw invalid('too_much');
    const condition = filter && this.#condition(filter);
    const comparison = comparisonOf(orderby, inTime(false));
    let best: Keyed[] = [];
    let count = 0;
    for await (const entity of this.#read(series, span)) {
      if (condition && !(await condition.holds(entity))) continue;
      count += 1;
      best.push(await this.#keyed(entity, orderby));
      if (best.length > 2 * kept + 1000) best = best.sort(comparison).slice(0, kept);
    }
    const inOrder = best.sort(comparison).map(({ entity }) => entity);
    return sliced(inOrder, options, count);
  }

  async #ordered(
    entities: Entity[],
    orderby: readonly Ordering[],
    otherwise = (one: Entity, other: Entity) => one.id - other.id,
  ): Promise<Entity[]> {
    if (orderby.length === 0) return entities;
    const keyed = await Promise.all(entities.map((entity) => this.#keyed(entity, orderby)));
    return keyed.sort(comparisonOf(orderby, otherwise)).map(({ entity }) => entity);
  }

  async #keyed(entity: Entity, orderby: readonly Ordering[]): Promise<Keyed> {
    const keys: Value[] = [];
    for (const { by } of orderby) keys.push(await this.#condition(by).value(entity));
    return { entity, keys };
  }

  #condition(expression: Expression): Condition {
    return new Condition(expression, this.#readFork, this.#now, () => this.#budget.look());
  }

  readonly #readFork: ReadFork = (owner, { step }, span) => {
    const members = this.related(owner, step.name);
    return 'series' in members ? this.#read(members.series, span, PROBABLY_ENOUGH) : members.entities;
  };

  async *#read(series: readonly Series[], span: Span, expected = MOST_ORDERED): AsyncGenerator<Entity> {
    const reading = { series, span, isDescending: false, expected };
    for await (const { observations } of readSeconds(reading, this.#budget)) yield* observations;
  }
}

/** How far pages of Observations have come: the link to the next one names a second, and how many of it were delivered. */
class Position {
  isMore = false;
  readonly #from: { second: number; skip: number } | undefined;
  #skip: number;
  readonly #before: number;
  #last: { second: number; delivered: number } | undefined;
  #total = 0;

  /** Throws RequestError if the token is none of ours. */
  constructor(token: string | undefined, skip: number) {
    this.#from = token === undefined ? undefined : positionFrom(token);
    // A token stands for all that `$skip` says, and needs not be counted again.
    this.#skip = this.#from ? this.#from.skip : skip;
    this.#before = skip;
    this.#last = this.#from && { second: this.#from.second, delivered: this.#from.skip };
  }

  /** What is left of a span. */
  rest(span: Span, isDescending: boolean): Span {
    if (!this.#from) return span;
    const start = this.#from.second * 1000;
    if (isDescending) return { ...span, to: Math.min(span.to ?? Infinity, start + 1000) };
    return { ...span, from: Math.max(span.from ?? -Infinity, start) };
  }

  /** Whether an Observation of this second belongs to the page; those before it are counted off. */
  isReached(second: number, isDescending: boolean): boolean {
    if (this.#from && (isDescending ? second > this.#from.second : second < this.#from.second)) return false;
    if (this.#skip === 0) return true;
    const isPast = this.#from !== undefined && second !== this.#from.second;
    if (isPast) {
      this.#skip = 0;
      return true;
    }
    this.#skip -= 1;
    if (!this.#from) this.#note(second);
    return false;
  }

  delivered(second: number): void {
    this.#total += 1;
    this.#note(second);
  }

  next(): { skip: number; token?: string } {
    const skip = this.#before + this.#total;
    return this.#last ? { skip, token: `${this.#last.second}.${this.#last.delivered}` } : { skip };
  }

  #note(second: number): void {
    this.#last = { second, delivered: this.#last?.second === second ? this.#last.delivered + 1 : 1 };
  }
}

function positionFrom(token: string): { second: number; skip: number } {
  const [, second, skip] = /^(-?\d{1,12})\.(\d{1,7})$/.exec(token) ?? [];
  if (second === undefined) throw invalid('token');
  return { second: Number(second), skip: Number(skip) };
}

async function everyHolds(conditions: readonly Condition[], entity: Entity): Promise<boolean> {
  for (const condition of conditions) if (!(await condition.holds(entity))) return false;
  return true;
}

/** Of what does not differ from one Observation of a Datastream to the next. */
function isAboutSeries(expression: Expression): boolean {
  return pathsOf(expression).every(
    ({ steps }) => steps.length > 0 && steps.every(({ set }) => set !== 'Observations'),
  );
}

/** Observations are read in the order of time, which is that of their ids, too. */
function isOfTime(first: Ordering | undefined): boolean {
  if (!first) return true;
  const { by } = first;
  return by.kind === 'path' && by.steps.length === 0 && OF_TIME.includes(by.property);
}

function isOfId({ by }: Ordering): boolean {
  return by.kind === 'path' && by.property === 'id';
}

function comparisonOf(
  orderby: readonly Ordering[],
  otherwise: (one: Entity, other: Entity) => number,
): Comparison {
  return (one, other) => {
    for (const [at, { isDescending }] of orderby.entries()) {
      const compared = order(one.keys[at] ?? null, other.keys[at] ?? null);
      if (compared !== 0) return isDescending ? -compared : compared;
    }
    return otherwise(one.entity, other.entity);
  };
}

/** `count`: of all that fit, of which those behind the page need not be here. */
function sliced(entities: Entity[], { skip, top, count: isCounted }: Options, count: number): Page {
  return {
    entities: entities.slice(skip, skip + top),
    ...(isCounted && { count }),
    ...(count > skip + top && { next: { skip: skip + top } }),
  };
}

import type { Budget } from './budget.ts';
import { Condition, conjuncts, pathsOf, type ReadFork, type Span, spanOf } from './conditions.ts';
import type { Directory } from './directory.ts';
import type { Expression } from './expression.ts';
import { observationKey } from './ids.ts';
import type { Entity } from './model.ts';
import { inTime, readSeconds, type Second, type Series } from './observations.ts';
import type { Options, Ordering } from './options.ts';
import { Position } from './position.ts';
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
    const found = condition ? await fittingOf(entities, condition) : entities;
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
    const condition = options.filter && this.#condition(options.filter);
    const entities: Entity[] = [];
    let count = 0;
    const reading = {
      series,
      span: options.count ? span : position.rest(span, isDescending),
      isDescending,
      expected: top,
    };
    for await (const second of readSeconds(reading, this.#budget)) {
      for (const observation of await this.#fittingIn(second, condition, orderby)) {
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
    condition: Condition | undefined,
    orderby: readonly Ordering[],
  ): Promise<Entity[]> {
    const found = condition ? await fittingOf(observations, condition) : observations;
    // They are in order of time, then of their ids.
    const isInOrder = orderby.length < 2 && !(orderby[0] && isOfId(orderby[0]));
    return isInOrder ? found : this.#ordered(found, orderby, inTime(orderby[0]?.isDescending ?? false));
  }

  /** Reads all, and keeps those that come first. */
  async #inAnyOrder(series: readonly Series[], span: Span, options: Options): Promise<Page> {
    const { skip, top, orderby, filter } = options;
    const kept = skip + top + 1;
    if (kept > MOST_ORDERED) throw invalid('too_much');
    const condition = filter && this.#condition(filter);
    const keys = orderby.map(({ by }) => this.#condition(by));
    const comparison = comparisonOf(orderby, inTime(false));
    let best: Keyed[] = [];
    let count = 0;
    for await (const entity of this.#read(series, span)) {
      if (condition && !(await condition.holds(entity))) continue;
      count += 1;
      best.push(await keyed(entity, keys));
      if (best.length > 2 * kept + 1000) best = best.sort(comparison).slice(0, kept);
    }
    const inOrder = best.sort(comparison).map(({ entity }) => entity);
    return sliced(inOrder, options, count);
  }

  async #ordered(
    entities: readonly Entity[],
    orderby: readonly Ordering[],
    otherwise = (one: Entity, other: Entity) => one.id - other.id,
  ): Promise<Entity[]> {
    if (orderby.length === 0) return [...entities];
    const keys = orderby.map(({ by }) => this.#condition(by));
    const found = await Promise.all(entities.map((entity) => keyed(entity, keys)));
    return found.sort(comparisonOf(orderby, otherwise)).map(({ entity }) => entity);
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

async function fittingOf(entities: readonly Entity[], condition: Condition): Promise<Entity[]> {
  const found: Entity[] = [];
  for (const entity of entities) if (await condition.holds(entity)) found.push(entity);
  return found;
}

async function keyed(entity: Entity, by: readonly Condition[]): Promise<Keyed> {
  const keys: Value[] = [];
  for (const condition of by) keys.push(await condition.value(entity));
  return { entity, keys };
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

import { type Bound, evaluated, follow } from './evaluate.ts';
import type { Expression, Path, Step } from './expression.ts';
import type { Entity } from './model.ts';
import { LONGEST_PERIOD } from './observed-time.ts';
import { isPeriod, type Period, periodFromText, type Value } from './values.ts';

/** Nothing stands for any collection. */
const NONE: Bound = new Map();

/** A step to many entities, and those before it. */
export interface Fork {
  step: Step;
  before: readonly Step[];
}

/** ms since 1970 UTC: from inclusive, to exclusive. */
export interface Span {
  from?: number;
  to?: number;
}

/** Reads the entities at a fork; the span is what a condition leaves of them, if they are Observations. */
export type ReadFork = (owner: Entity, fork: Fork, span: Span) => AsyncIterable<Entity> | Iterable<Entity>;

/**
 * A `$filter` or `$orderby` expression, ready to be asked of entities. Where its way leads through collections it holds
 * if it holds for any choice of one entity from each; every mention of the same collection means the same entity.
 */
export class Condition {
  readonly expression: Expression;
  readonly #forks: readonly Fork[];
  readonly #read: ReadFork;
  readonly #now: number;
  readonly #spend: () => void;

  /** `spend` is called for every choice that is tried, and may throw. */
  constructor(expression: Expression, read: ReadFork, now: number, spend: () => void) {
    this.expression = expression;
    this.#forks = forksOf(expression);
    this.#read = read;
    this.#now = now;
    this.#spend = spend;
  }

  async holds(entity: Entity): Promise<boolean> {
    if (this.#forks.length === 0) return this.#value(entity, NONE) === true;
    for await (const bound of this.#choices(entity, 0, new Map())) {
      if (this.#value(entity, bound) === true) return true;
    }
    return false;
  }

  /** The value; of several choices that of the first. */
  async value(entity: Entity): Promise<Value> {
    if (this.#forks.length === 0) return this.#value(entity, NONE);
    for await (const bound of this.#choices(entity, 0, new Map())) return this.#value(entity, bound);
    return null;
  }

  #value(entity: Entity, bound: Bound): Value {
    this.#spend();
    return evaluated(this.expression, entity, bound, this.#now);
  }

  async *#choices(entity: Entity, at: number, bound: Map<string, Entity | null>): AsyncGenerator<Bound> {
    const fork = this.#forks[at];
    if (!fork) {
      yield bound;
      return;
    }
    const owner = follow(fork.before, entity, bound);
    let isEmpty = true;
    for await (const member of owner ? this.#read(owner, fork, this.#span(fork)) : []) {
      isEmpty = false;
      yield* this.#choices(entity, at + 1, bound.set(fork.step.key, member));
    }
    if (isEmpty) yield* this.#choices(entity, at + 1, bound.set(fork.step.key, null));
  }

  #span(fork: Fork): Span {
    return fork.step.set === 'Observations' ? spanOf(this.expression, fork.step.key, this.#now) : {};
  }
}

/** The collections on the ways of an expression, each after those that lead to it. */
function forksOf(expression: Expression): Fork[] {
  const forks = new Map<string, Fork>();
  for (const { steps } of pathsOf(expression)) {
    for (const [at, step] of steps.entries()) {
      if (step.many) forks.set(step.key, { step, before: steps.slice(0, at) });
    }
  }
  return [...forks.values()].sort((one, other) => one.before.length - other.before.length);
}

/** All ways to properties that an expression names. */
export function pathsOf(expression: Expression): Path[] {
  if (expression.kind === 'path') return [expression];
  if (expression.kind === 'literal') return [];
  if (expression.kind === 'call') return expression.args.flatMap(pathsOf);
  if (expression.kind === 'binary') return [expression.left, expression.right].flatMap(pathsOf);
  return pathsOf(expression.operand);
}

/** Expressions that must all hold. */
export function conjuncts(expression: Expression): Expression[] {
  const isAnd = expression.kind === 'binary' && expression.operator === 'and';
  return isAnd ? [expression.left, expression.right].flatMap(conjuncts) : [expression];
}

type Bounds = (period: Period) => Span;

/** What a comparison of an instant (on the left) with a period leaves at most. */
const LEFT: Readonly<Record<string, Bounds>> = {
  eq: ({ start, end }) => ({ from: start, to: end + 1 }),
  lt: ({ start }) => ({ to: start }),
  le: ({ start }) => ({ to: start + 1 }),
  gt: ({ end }) => ({ from: end }),
  ge: ({ end }) => ({ from: end }),
};
const MIRRORED: Readonly<Record<string, string>> = { eq: 'eq', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' };

/**
 * Between which times Observations must lie for an expression to hold: those at the end of the steps with this key,
 * or the entities themselves if it is empty.
 */
export function spanOf(expression: Expression, key: string, now: number): Span {
  let span: Span = {};
  for (const conjunct of conjuncts(expression)) span = both(span, boundsOf(conjunct, key, now));
  return span;
}

function boundsOf(conjunct: Expression, key: string, now: number): Span {
  if (conjunct.kind !== 'binary' || !Object.hasOwn(LEFT, conjunct.operator)) return {};
  const { operator, left, right } = conjunct;
  const [isLeft, isRight] = [isTimeAt(left, key), isTimeAt(right, key)];
  if (!isLeft && !isRight) return {};
  const period = periodOf(isLeft ? right : left, now);
  const bounds = LEFT[isLeft ? operator : (MIRRORED[operator] ?? '')];
  const span = (period && bounds?.(period)) ?? {};
  const path = isLeft ? left : right;
  return path.kind === 'path' && path.property === 'resultTime' ? ofResult(span) : span;
}

/** Results come when what was observed has ended. */
function ofResult({ from, ...span }: Span): Span {
  return from === undefined ? span : { ...span, from: from - LONGEST_PERIOD };
}

function isTimeAt(expression: Expression, key: string): boolean {
  if (expression.kind !== 'path') return false;
  const { steps, property } = expression;
  return (steps.at(-1)?.key ?? '') === key && (property === 'phenomenonTime' || property === 'resultTime');
}

/** The period that an expression without any path is. */
function periodOf(expression: Expression, now: number): Period | undefined {
  if (pathsOf(expression).length > 0) return undefined;
  const value = evaluated(expression, NOBODY, NONE, now);
  return typeof value === 'string' ? periodFromText(value) : isPeriod(value) ? value : undefined;
}

const NOBODY: Entity = { set: 'Things', id: 0, properties: {}, links: {} };

function both(one: Span, other: Span): Span {
  const from = Math.max(one.from ?? -Infinity, other.from ?? -Infinity);
  const to = Math.min(one.to ?? Infinity, other.to ?? Infinity);
  return { ...(Number.isFinite(from) && { from }), ...(Number.isFinite(to) && { to }) };
}

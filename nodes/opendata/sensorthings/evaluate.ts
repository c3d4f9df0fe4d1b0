import type { Expression, Path, Step } from './expression.ts';
import { ARITHMETIC, FUNCTIONS } from './functions.ts';
import { shapeFromJson } from './geometry.ts';
import type { Entity, Json } from './model.ts';
import { compare, periodFromText, type Value } from './values.ts';

/** Which entity of a collection on the way stands for it, by the key of the step; null if the collection is empty. */
export type Bound = ReadonlyMap<string, Entity | null>;

/** What an expression is for an entity. `now` in ms since 1970 UTC. */
export function evaluated(expression: Expression, entity: Entity, bound: Bound, now: number): Value {
  const value = (inner: Expression) => evaluated(inner, entity, bound, now);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return pathValue(expression, entity, bound);
    case 'call':
      return FUNCTIONS[expression.name].run(expression.args.map(value), now);
    case 'not':
      return opposite(value(expression.operand));
    case 'negate':
      return negative(value(expression.operand));
    case 'binary':
      return OPERATORS[expression.operator](
        () => value(expression.left),
        () => value(expression.right),
      );
  }
}

type Operands = (left: () => Value, right: () => Value) => Value;

/** What is not known is neither less nor more than anything, and equal only to `null` (OData 4.0, part 2, 5.1.1.1). */
const OPERATORS: Readonly<Record<Extract<Expression, { kind: 'binary' }>['operator'], Operands>> = {
  or: (left, right) => left() === true || right() === true,
  and: (left, right) => left() === true && right() === true,
  eq: (left, right) => equal(left(), right()),
  ne: (left, right) => !equal(left(), right()),
  lt: (left, right) => compare(left(), right())?.lt ?? false,
  le: (left, right) => compare(left(), right())?.le ?? false,
  gt: (left, right) => compare(right(), left())?.lt ?? false,
  ge: (left, right) => compare(right(), left())?.le ?? false,
  add: (left, right) => ARITHMETIC.add(left(), right()),
  sub: (left, right) => ARITHMETIC.sub(left(), right()),
  mul: (left, right) => ARITHMETIC.mul(left(), right()),
  div: (left, right) => ARITHMETIC.div(left(), right()),
  mod: (left, right) => ARITHMETIC.mod(left(), right()),
};

function equal(left: Value, right: Value): boolean {
  return left === null || right === null ? left === right : (compare(left, right)?.eq ?? false);
}

function opposite(value: Value): Value {
  return typeof value === 'boolean' ? !value : null;
}

function negative(value: Value): Value {
  if (typeof value === 'number') return -value;
  return typeof value === 'object' && value?.kind === 'duration' ? { ...value, ms: -value.ms } : null;
}

function pathValue(path: Path, entity: Entity, bound: Bound): Value {
  const owner = follow(path.steps, entity, bound);
  if (!owner) return null;
  if (path.type === 'id') return owner.id;
  const json = Object.hasOwn(owner.properties, path.property) ? owner.properties[path.property] : undefined;
  if (path.type === 'time') return typeof json === 'string' ? (periodFromText(json) ?? null) : null;
  return plain(part(json, path.parts), path.type === 'geometry');
}

/** The entity at the end of these steps. */
export function follow(steps: readonly Step[], entity: Entity, bound: Bound): Entity | undefined {
  let here: Entity | null | undefined = entity;
  for (const { many, key, name } of steps) {
    here = many ? bound.get(key) : here?.links[name]?.[0];
    if (!here) return undefined;
  }
  return here;
}

function part(json: Json | undefined, names: readonly string[]): Json | undefined {
  let here = json;
  for (const name of names) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Readonly<Record<string, Json>>)[name];
  }
  return here;
}

function plain(json: Json | undefined, isGeometry: boolean): Value {
  if (json === undefined || json === null) return null;
  if (typeof json !== 'object') return json;
  const shape = isGeometry ? shapeFromJson(json) : undefined;
  const text = JSON.stringify(json);
  return shape ? { kind: 'geometry', shape, text } : { kind: 'json', text };
}

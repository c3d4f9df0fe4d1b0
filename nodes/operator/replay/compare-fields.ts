import type { Value } from '../../observation/observation.ts';
import { isQuantity, type QuantityId } from '../../observation/quantities.ts';
import { FAILED, flagFieldOf } from '../../timeseries/quality-fields.ts';

export type Fields = Readonly<Record<string, Value>>;

/**
 * changed, added: the payload gives another value, or one that was not there. gone: it gives none any more; a database
 * keeps what it has, so that its flag becomes "fail", and nobody uses it. flag: the same value is judged otherwise.
 */
export const DIFFERENCES = ['changed', 'added', 'gone', 'flag'] as const;
export type DifferenceKind = (typeof DIFFERENCES)[number];

export interface Difference {
  kind: DifferenceKind;
  quantity: QuantityId;
  /** In the database. */
  old?: Value;
  /** By the codec as it is now. */
  now?: Value;
}

/** QARTOD flag of a value that no check has looked at. */
const NOT_EVALUATED = 2;
/** What other nodes than the decoder add to a reading. */
const MADE_LATER: ReadonlySet<string> = new Set<QuantityId>(['time_until_full']);
/** Numbers go through text on their way to a database and back. */
const DUST = 1e-9;

/**
 * What differs between the fields that a payload gives now and those of the same moment in the database, and the
 * fields that make them equal; `marksGone`: also the flags of values that it gives no more. Fields that are no quantity
 * or its flag (of the radio) are not looked at.
 */
export function compareFields(
  given: Fields,
  stored: Fields,
  marksGone: boolean,
): { differences: Difference[]; fields: Record<string, Value> } {
  const differences: Difference[] = [];
  const fields: Record<string, Value> = {};
  for (const quantity of quantitiesIn(given, stored)) {
    const difference = differenceOf(quantity, given, stored);
    if (!difference) continue;
    differences.push(difference);
    const { kind, now } = difference;
    if (now !== undefined && kind !== 'flag') fields[quantity] = now;
    if (kind === 'gone' && !marksGone) continue;
    const flag = kind === 'gone' ? FAILED : flagNow(quantity, given, stored);
    if (flag !== undefined) fields[flagFieldOf(quantity)] = flag;
  }
  return { differences, fields };
}

function quantitiesIn(...sets: readonly Fields[]): Set<QuantityId> {
  return new Set(sets.flatMap((fields) => Object.keys(fields).filter(isQuantity)));
}

function differenceOf(quantity: QuantityId, given: Fields, stored: Fields): Difference | undefined {
  const [now, old] = [given[quantity], stored[quantity]];
  const oldFlag = stored[flagFieldOf(quantity)];
  if (now === undefined) {
    const isGone = old !== undefined && oldFlag !== FAILED && !MADE_LATER.has(quantity);
    return isGone ? { kind: 'gone', quantity, old } : undefined;
  }
  if (old === undefined) return { kind: 'added', quantity, now };
  if (!isSame(now, old)) return { kind: 'changed', quantity, old, now };
  const flag = flagNow(quantity, given, stored);
  return flag === undefined || flag === oldFlag ? undefined : { kind: 'flag', quantity, old, now };
}

/**
 * By the flow's quality check. Without one a verdict about another value does not stay, nor does "fail", which nobody
 * but an earlier replay has set then.
 */
function flagNow(quantity: QuantityId, given: Fields, stored: Fields): Value | undefined {
  const field = flagFieldOf(quantity);
  if (given[field] !== undefined) return given[field];
  const [now, old] = [given[quantity], stored[quantity]];
  const isStale = stored[field] === FAILED || (now !== undefined && old !== undefined && !isSame(now, old));
  return stored[field] !== undefined && isStale ? NOT_EVALUATED : undefined;
}

function isSame(one: Value, other: Value): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return one === other;
  return Math.abs(one - other) <= DUST * Math.max(Math.abs(one), Math.abs(other));
}

import { ByflytError, type Problem } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES } from '../observation/quantities.ts';
import { excerptOf } from '../observation/tag-values.ts';
import { convert } from '../observation/units.ts';
import { convertedTo } from './lossless.ts';
import { isFlagField } from './quality-fields.ts';
import { type FieldType, fieldTypeOf } from './series.ts';

/** What a field was at its first use, and is for ever. */
export interface FieldLock {
  type: FieldType;
  /** UCUM code, where the field is a quantity. */
  unit?: string;
}

/** What a field is by today's vocabulary: its values come so. */
export interface Declaration {
  type?: FieldType;
  /** UCUM code. */
  unit?: string;
}

/** The vocabulary's word on a field. */
export function declaredQuantity(field: string): Declaration {
  if (!isQuantity(field)) return {};
  const { valueType, unit } = QUANTITIES[field];
  return valueType === 'number' ? { type: valueType, unit } : { type: valueType };
}

/** Either the value as it may be stored, or why it cannot be. */
type Judgement = { value: Value } | { problem: Problem };

/** Type and unit of each field of one measurement. */
export class FieldLocks {
  readonly #locks: Map<string, FieldLock>;
  readonly #declared: (field: string) => Declaration;
  readonly #changed: () => void;
  /** Fields whose values are stored as they come, if they have this type. */
  readonly #plain = new Map<string, FieldType>();

  /** `saved`: what `toJSON` gave; `changed` is called when it gives something else. */
  constructor(
    saved: Readonly<Record<string, FieldLock>>,
    declared: (field: string) => Declaration,
    changed: () => void,
  ) {
    this.#locks = new Map(Object.entries(saved));
    this.#declared = declared;
    this.#changed = changed;
  }

  /** Whether all values may be stored as they are. On the way of every point, so it looks each field up once. */
  accept(fields: Readonly<Record<string, Value>>): boolean {
    for (const name in fields) {
      const value = fields[name];
      const type = this.#plain.get(name);
      if (typeof value !== 'number') {
        if (type === undefined || type !== typeof value) return false;
      } else if (
        type === 'integer' ? !Number.isSafeInteger(value) : type !== 'number' || !Number.isFinite(value)
      )
        return false;
    }
    return true;
  }

  /** Decides on one value, and locks a field that is new. */
  judge(name: string, value: Value): Judgement {
    const declared = this.#declared(name);
    const lock = this.#lockOf(name, value, declared);
    if (!lock) return { problem: conflict('no_value', name, value) };
    if (lock.type === (isFlagField(name) ? 'number' : 'integer'))
      // Our adapters write one kind of number under such a name, and another program has written the other.
      return { problem: conflict('foreign', name, value) };
    const converted = convertedTo(lock.type, value);
    if (converted === undefined) return { problem: conflict(`expects_${lock.type}`, name, value) };
    if (!declared.unit || !lock.unit || declared.unit === lock.unit) {
      this.#plain.set(name, lock.type);
      return { value: converted };
    }
    return inUnit(name, converted, declared.unit, lock.unit);
  }

  /** The database has fields already: their types count. */
  learn(types: ReadonlyMap<string, FieldType>): void {
    for (const [name, type] of types) {
      const lock = this.#locks.get(name);
      if (lock?.type === type) continue;
      this.#locks.set(name, { ...lock, type });
      this.#plain.delete(name);
      this.#changed();
    }
  }

  toJSON(): Record<string, FieldLock> {
    return Object.fromEntries(this.#locks);
  }

  #lockOf(name: string, value: Value, { type: declared, unit }: Declaration): FieldLock | undefined {
    const known = this.#locks.get(name);
    if (known && (known.unit !== undefined || unit === undefined)) return known;
    // A text that came first in a quantity must not make it a text for ever.
    const type = known?.type ?? (isFlagField(name) ? 'integer' : (declared ?? fieldTypeOf(name, value)));
    if (type === undefined) return undefined;
    const lock = { type, ...(unit !== undefined && { unit }) };
    this.#locks.set(name, lock);
    this.#changed();
    return lock;
  }
}

/** A lock of a quantity is a number, so its value is one. */
function inUnit(field: string, value: Value, from: string, to: string): Judgement {
  try {
    return { value: convert(Number(value), from, to) };
  } catch (error) {
    if (!(error instanceof ByflytError)) throw error;
    const parameters = { field, from, to };
    return { problem: { key: 'timeseries.guard.unit', parameters } };
  }
}

function conflict(what: string, field: string, value: unknown): Problem {
  return { key: `timeseries.guard.${what}`, parameters: { field, value: excerptOf(textOf(value)) } };
}

/** Whatever came, as text. */
export function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

import type { Problem } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { type Declaration, declaredQuantity, type FieldLock, FieldLocks, textOf } from './field-locks.ts';
import { type FieldType, fieldTypeOf } from './series.ts';
import type { Point } from './store.ts';
import { TagBounds, type TagPolicy } from './tag-bounds.ts';

export interface GuardOptions {
  state: Pick<StateStore, 'get' | 'set'>;
  /** Names the database; the same after a restart, and when it is set to another server. */
  name: string;
  tags: TagPolicy;
  /** What a field is today; the vocabulary if left out. */
  declared?: (field: string) => Declaration;
}

/** What must not be stored, with the sentence for people. */
export interface Fault {
  /** The field alone if its value is wrong, all of the point if a tag is. */
  point: Point;
  problem: Problem;
}

export interface GuardedPoints {
  /** What may be stored: the same array if nothing was wrong. */
  points: readonly Point[];
  faults: readonly Fault[];
}

/** As kept in the state store. */
interface SavedSchema {
  fields?: Record<string, FieldLock>;
  tags?: Record<string, string[]>;
}

interface Schema {
  fields: FieldLocks;
  tags: TagBounds;
}

const NONE: readonly Fault[] = [];

/**
 * Stands before a database's outbox: a field keeps the type and the unit of its first use, tags keep to a bounded set of
 * values. What conflicts is converted where nothing is lost by that; else that one field is taken out of the point.
 */
export class SchemaGuard {
  readonly #options: GuardOptions;
  readonly #schemas = new Map<string, Schema>();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  check(points: readonly Point[]): GuardedPoints {
    for (const [index, point] of points.entries()) {
      if (!this.#accept(point)) return this.#sort(points, index);
    }
    return { points, faults: NONE };
  }

  /** The database has these measurements, with these types of their fields. */
  learn(types: ReadonlyMap<string, ReadonlyMap<string, FieldType>>): void {
    for (const [measurement, fields] of types) this.#schema(measurement).fields.learn(fields);
  }

  #accept({ measurement, fields, tags }: Point): boolean {
    const schema = this.#schemas.get(measurement) ?? this.#schema(measurement);
    return schema.fields.accept(fields) && schema.tags.accept(tags);
  }

  /** Points before `first` are known to be good. */
  #sort(points: readonly Point[], first: number): GuardedPoints {
    const good = points.slice(0, first);
    const faults: Fault[] = [];
    for (const point of points.slice(first)) {
      const kept = this.#accept(point) ? point : this.#judge(point, faults);
      if (kept) good.push(kept);
    }
    return faults.length === 0 && good.every((point, index) => point === points[index])
      ? { points, faults: NONE }
      : { points: good, faults };
  }

  /** What of the point may be stored, if anything; the rest goes to `faults`. */
  #judge(point: Point, faults: Fault[]): Point | undefined {
    const { fields: locks, tags } = this.#schema(point.measurement);
    const device = point.tags.device;
    const problem = tags.judge(point.tags);
    if (problem) {
      faults.push({ point: withoutLine(point, plain(point.fields)), problem: { ...problem, device } });
      return undefined;
    }
    const kept: Record<string, Value> = {};
    let isChanged = false;
    for (const [name, value] of Object.entries(point.fields)) {
      const judgement = locks.judge(name, value);
      if ('value' in judgement) kept[name] = judgement.value;
      else {
        const fault = withoutLine(point, plain({ [name]: value }));
        faults.push({ point: fault, problem: { ...judgement.problem, device } });
      }
      isChanged ||= kept[name] !== value;
    }
    if (!isChanged) return point;
    return Object.keys(kept).length > 0 ? withoutLine(point, kept) : undefined;
  }

  #schema(measurement: string): Schema {
    const known = this.#schemas.get(measurement);
    if (known) return known;
    const { state, name, tags, declared = declaredQuantity } = this.#options;
    const key = `schema/${name}/${measurement}`;
    // In this process the state store gives back the very object of the guard before.
    const saved = JSON.parse(JSON.stringify(state.get(key) ?? {})) as SavedSchema;
    const changed = () => state.set(key, schema);
    const schema: Schema = {
      fields: new FieldLocks(saved.fields ?? {}, declared, changed),
      tags: new TagBounds(measurement, saved.tags ?? {}, tags, changed),
    };
    this.#schemas.set(measurement, schema);
    return schema;
  }
}

/** A copy with other fields; its line of line protocol would tell the old ones. */
function withoutLine({ measurement, tags, time }: Point, fields: Record<string, Value>): Point {
  return { measurement, tags, fields, time };
}

/** Fields as a dead letter can keep them on disk: what line protocol cannot tell under that name, as text. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, Value> {
  const isPlain = (name: string, value: unknown): value is Value => {
    const type = fieldTypeOf(name, value);
    return type === 'integer' ? Number.isSafeInteger(value) : type !== undefined;
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isPlain(name, value) ? value : textOf(value)]),
  );
}

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Value } from '../observation/observation.ts';
import { inTransaction } from '../persistence/sqlite-file.ts';
import { fieldTypeOf } from './series.ts';
import type { SqliteRetention } from './sqlite-retention.ts';
import type { SqliteRollups } from './sqlite-rollups.ts';
import type { Measurement, SqliteSchema } from './sqlite-schema.ts';
import type { Point, RefusedPoint } from './store.ts';

/** What a value does where the same point has one already. */
export type OnConflict = 'replace' | 'keep';

/** Writes points, those of a call in one transaction. */
export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #schema: SqliteSchema;
  readonly #rollups: SqliteRollups;
  readonly #retention: SqliteRetention;
  readonly #upserts = new Map<string, StatementSync>();

  constructor(
    database: DatabaseSync,
    schema: SqliteSchema,
    rollups: SqliteRollups,
    retention: SqliteRetention,
  ) {
    this.#database = database;
    this.#schema = schema;
    this.#rollups = rollups;
    this.#retention = retention;
  }

  /** Gives the points that cannot be kept, with the reason. Throws what SQLite throws; then nothing is written. */
  write(points: readonly Point[], now: number, onConflict: OnConflict = 'replace'): RefusedPoint[] {
    const refused: RefusedPoint[] = [];
    try {
      inTransaction(this.#database, () => {
        this.#rollups.begin();
        for (const point of points) {
          const reason = this.#upsert(point, now, onConflict);
          if (reason !== undefined) refused.push({ point, reason });
        }
      });
    } catch (error) {
      this.#schema.reload();
      this.#rollups.forget();
      this.#upserts.clear();
      throw error;
    }
    return refused;
  }

  /** Returns why the point cannot be kept, or undefined. */
  #upsert(point: Point, now: number, onConflict: OnConflict): string | undefined {
    const measurement = this.#schema.measurement(point.measurement);
    const names = Object.keys(point.fields);
    const reason = this.#prepareFields(measurement, point, names);
    if (reason !== undefined) return reason;
    const { id } = this.#schema.series(measurement, point.tags);
    const refusal = this.#retention.refusal(measurement, id, point.time, now);
    if (refusal !== undefined) return refusal;
    const values: SQLInputValue[] = [id, point.time];
    for (const name of names) values.push(sqlValue(point.fields[name]));
    this.#upsertStatement(measurement, names, onConflict).run(...values);
    this.#rollups.touched(id, point.time);
    return undefined;
  }

  /** Makes the fields that are new; the first value decides a field's type. */
  #prepareFields(measurement: Measurement, { fields, time }: Point, names: string[]): string | undefined {
    if (names.length === 0) return 'no fields';
    if (!Number.isSafeInteger(time)) return `time ${time} is no whole number of milliseconds`;
    for (const name of names) {
      const type = fieldTypeOf(name, fields[name]);
      if (type === undefined) return `field ${name} has no usable value`;
      const known = measurement.fields.get(name) ?? this.#schema.field(measurement, name, type);
      if (known.type !== type) return `field ${name} is ${type}, already exists as ${known.type}`;
    }
    return undefined;
  }

  #upsertStatement(
    measurement: Measurement,
    names: readonly string[],
    onConflict: OnConflict,
  ): StatementSync {
    const { table, fields } = measurement;
    const key = `${table} ${onConflict} ${names.join('\n')}`;
    const known = this.#upserts.get(key);
    if (known) return known;
    const columns = names.flatMap((name) => fields.get(name)?.column ?? []);
    const update = {
      replace: (column: string) => `${column} = excluded.${column}`,
      keep: (column: string) => `${column} = ifnull(${column}, excluded.${column})`,
    }[onConflict];
    const statement = this.#database.prepare(`
      INSERT INTO ${table} (series, time, ${columns.join(', ')})
      VALUES (?, ?${', ?'.repeat(columns.length)})
      ON CONFLICT DO UPDATE SET ${columns.map(update).join(', ')}`);
    this.#upserts.set(key, statement);
    return statement;
  }
}

function sqlValue(value: Value | undefined): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}

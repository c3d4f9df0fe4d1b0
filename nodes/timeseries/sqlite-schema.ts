import type { DatabaseSync } from 'node:sqlite';
import { cleanTags, type FieldType, seriesKey } from './series.ts';

/**
 * One table per measurement with a column per field: a point is one row, found by series and time.
 * Tables and columns are numbered, so that no name from outside is ever part of an SQL statement.
 */
export const MEASUREMENTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS measurement (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, measurement INTEGER, tags TEXT, UNIQUE (measurement, tags));
  CREATE TABLE IF NOT EXISTS field (
    id INTEGER PRIMARY KEY, measurement INTEGER, name TEXT, type TEXT, UNIQUE (measurement, name)
  );
`;

const AFFINITY: Record<FieldType, string> = {
  number: 'REAL',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  string: 'TEXT',
};

export interface Field {
  type: FieldType;
  column: string;
}

export interface Series {
  id: number;
  tags: Record<string, string>;
}

/** What is known of one measurement, kept in memory. */
export interface Measurement {
  id: number;
  table: string;
  fields: Map<string, Field>;
  /** By seriesKey of their tags. */
  series: Map<string, Series>;
  seriesById: Map<number, Series>;
}

/** Finds and makes measurements, series and fields. Making must happen inside a transaction. */
export class SqliteSchema {
  readonly #database: DatabaseSync;
  readonly #measurements = new Map<string, Measurement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.reload();
  }

  /** Forgets what a transaction that failed has made, and learns what another process made. */
  reload(): void {
    this.#measurements.clear();
    for (const { id, name } of this.#database.prepare('SELECT id, name FROM measurement').all()) {
      this.#remember(Number(id), String(name));
    }
  }

  /** Each measurement with the names of its fields. */
  names(): Map<string, string[]> {
    return new Map([...this.#measurements].map(([name, { fields }]) => [name, [...fields.keys()]]));
  }

  find(name: string): Measurement | undefined {
    return this.#measurements.get(name);
  }

  measurement(name: string): Measurement {
    const known = this.#measurements.get(name);
    if (known) return known;
    const id = this.#insert('INSERT INTO measurement (name) VALUES (?)', name);
    this.#database.exec(`
      CREATE TABLE m${id} (series INTEGER, time INTEGER, PRIMARY KEY (series, time)) WITHOUT ROWID`);
    return this.#remember(id, name);
  }

  series(measurement: Measurement, tags: Record<string, string>): Series {
    const key = seriesKey(tags);
    const known = measurement.series.get(key);
    if (known) return known;
    const clean = cleanTags(tags);
    const cleanKey = seriesKey(clean);
    return measurement.series.get(cleanKey) ?? this.#newSeries(measurement, cleanKey, clean);
  }

  field(measurement: Measurement, name: string, type: FieldType): Field {
    const known = measurement.fields.get(name);
    if (known) return known;
    const insert = 'INSERT INTO field (measurement, name, type) VALUES (?, ?, ?)';
    const column = `f${this.#insert(insert, measurement.id, name, type)}`;
    this.#database.exec(`ALTER TABLE ${measurement.table} ADD COLUMN ${column} ${AFFINITY[type]}`);
    const field = { type, column };
    measurement.fields.set(name, field);
    return field;
  }

  #newSeries(measurement: Measurement, key: string, tags: Record<string, string>): Series {
    const id = this.#insert('INSERT INTO series (measurement, tags) VALUES (?, ?)', measurement.id, key);
    const series = { id, tags };
    measurement.series.set(key, series);
    measurement.seriesById.set(id, series);
    return series;
  }

  #insert(sql: string, ...values: (string | number)[]): number {
    return Number(this.#database.prepare(sql).run(...values).lastInsertRowid);
  }

  #remember(id: number, name: string): Measurement {
    const measurement: Measurement = {
      id,
      table: `m${id}`,
      fields: new Map(),
      series: new Map(),
      seriesById: new Map(),
    };
    const fields = this.#database.prepare('SELECT id, name, type FROM field WHERE measurement = ?').all(id);
    for (const row of fields) {
      measurement.fields.set(String(row.name), { type: row.type as FieldType, column: `f${row.id}` });
    }
    for (const row of this.#database.prepare('SELECT id, tags FROM series WHERE measurement = ?').all(id)) {
      const key = String(row.tags);
      const series = { id: Number(row.id), tags: Object.fromEntries(JSON.parse(key)) as Series['tags'] };
      measurement.series.set(key, series);
      measurement.seriesById.set(series.id, series);
    }
    this.#measurements.set(name, measurement);
    return measurement;
  }
}

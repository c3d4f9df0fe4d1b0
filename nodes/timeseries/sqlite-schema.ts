import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '../persistence/sqlite-file.ts';
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
  CREATE TABLE IF NOT EXISTS rollup (
    series INTEGER, field INTEGER, day INTEGER, last INTEGER, hours TEXT, PRIMARY KEY (series, field, day)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unrolled (series INTEGER, day INTEGER, PRIMARY KEY (series, day)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS property (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
`;

/** Earlier than the day of any point: nothing of the series is in the roll-ups yet. */
const NO_DAY = -200_000_000;

/**
 * Brings a file from before there were roll-ups to this version. `rolled_before` is the day from which on a series has
 * no roll-ups yet, null if it has all of them; what is listed in `unrolled` counts as missing besides.
 */
export function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    const columns = database.prepare(`PRAGMA table_info(series)`).all();
    if (columns.some(({ name }) => name === 'rolled_before')) return;
    database.exec(`
      ALTER TABLE series ADD COLUMN rolled_before INTEGER;
      UPDATE series SET rolled_before = ${NO_DAY};`);
  });
}

const AFFINITY: Record<FieldType, string> = {
  number: 'REAL',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  string: 'TEXT',
};

export interface Field {
  id: number;
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
  /** Values of tags: thousands of series have the same few, which are kept once. */
  readonly #values = new Map<string, string>();
  readonly #version: StatementSync;
  readonly #newest: StatementSync;
  #seenVersion = 0;
  #seenNewest = '';
  /** Grows when another process, or another connection, has written to the file. */
  foreignWrites = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#version = database.prepare('PRAGMA data_version');
    this.#newest = database.prepare(
      'SELECT (SELECT max(id) FROM measurement) AS m, (SELECT max(id) FROM series) AS s, (SELECT max(id) FROM field) AS f',
    );
    this.reload();
  }

  /** Learns what another process made, if there is such a one. */
  refresh(): void {
    const version = Number(this.#version.get()?.data_version);
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.foreignWrites++;
    const newest = JSON.stringify(this.#newest.get());
    if (newest !== this.#seenNewest) this.reload();
  }

  /** Forgets what a transaction that failed has made. */
  reload(): void {
    this.#seenNewest = JSON.stringify(this.#newest.get());
    this.#measurements.clear();
    this.#values.clear();
    for (const { id, name } of this.#database.prepare('SELECT id, name FROM measurement').all()) {
      this.#remember(Number(id), String(name));
    }
  }

  /** Each measurement with the types of its fields. */
  types(): Map<string, Map<string, FieldType>> {
    return new Map(
      [...this.#measurements].map(([name, { fields }]) => [
        name,
        new Map([...fields].map(([field, { type }]) => [field, type])),
      ]),
    );
  }

  all(): Measurement[] {
    return [...this.#measurements.values()];
  }

  find(name: string): Measurement | undefined {
    return this.#measurements.get(name);
  }

  /** The measurement that a series belongs to. */
  measurementOf(series: number): Measurement | undefined {
    for (const measurement of this.#measurements.values()) {
      if (measurement.seriesById.has(series)) return measurement;
    }
    return undefined;
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
    const id = this.#insert(insert, measurement.id, name, type);
    const field = { id, type, column: `f${id}` };
    this.#database.exec(`ALTER TABLE ${measurement.table} ADD COLUMN ${field.column} ${AFFINITY[type]}`);
    measurement.fields.set(name, field);
    return field;
  }

  #newSeries(measurement: Measurement, key: string, tags: Record<string, string>): Series {
    const id = this.#insert('INSERT INTO series (measurement, tags) VALUES (?, ?)', measurement.id, key);
    const series = { id, tags: this.#shared(Object.entries(tags)) };
    measurement.series.set(key, series);
    measurement.seriesById.set(id, series);
    return series;
  }

  #shared(tags: [name: string, value: string][]): Record<string, string> {
    return Object.fromEntries(tags.map(([name, value]) => [name, this.#sharedValue(value)]));
  }

  #sharedValue(value: string): string {
    const known = this.#values.get(value);
    if (known === undefined) this.#values.set(value, value);
    return known ?? value;
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
      const id = Number(row.id);
      measurement.fields.set(String(row.name), { id, type: row.type as FieldType, column: `f${id}` });
    }
    for (const row of this.#database.prepare('SELECT id, tags FROM series WHERE measurement = ?').all(id)) {
      const key = String(row.tags);
      const series = { id: Number(row.id), tags: this.#shared(JSON.parse(key)) };
      measurement.series.set(key, series);
      measurement.seriesById.set(series.id, series);
    }
    this.#measurements.set(name, measurement);
    return measurement;
  }
}

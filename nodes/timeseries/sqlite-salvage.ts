import { DatabaseSync } from 'node:sqlite';
import type { Period } from './bucket-finder.ts';
import type { FieldType } from './series.ts';
import { type NamedField, type SqlRow, valuesOf } from './sqlite-reader.ts';
import type { KeptDay } from './sqlite-retention.ts';
import { storageError } from './storage-error.ts';
import type { Point } from './store.ts';

/** Points handed on at a time. */
const BATCH = 2000;
/** Failed attempts to get into what cannot be read, per series: enough to halve the centuries between EARLIEST and LATEST. */
const ATTEMPTS = 200;
const EARLIEST = Date.UTC(1900);
const LATEST = Date.UTC(2200);
/** ms; a shorter stretch between two pieces of damage is given up. */
const SHORTEST = 60_000;

interface SalvagedSeries {
  id: number;
  measurement: string;
  table: string;
  tags: Record<string, string>;
  fields: NamedField[];
}

/**
 * Everything that can still be read of a damaged file, in pieces; the file stays as it is. Nothing if it is no database
 * at all, or its catalogue is gone. Some ms pass between two pieces, which may be empty.
 */
export function* salvagedPoints(path: string): Generator<Point[]> {
  using file = new DamagedFile(path);
  for (const series of file.series()) {
    yield* pointsOf(file, series);
    yield [];
  }
}

/** The roll-ups of days whose points are no longer kept, series by series. */
export function* salvagedDays(path: string): Generator<KeptDay[]> {
  using file = new DamagedFile(path);
  const before = file.pointsFrom();
  if (before === undefined) return;
  for (const series of file.series())
    yield series.fields.flatMap((field) => file.days(series, field, before));
}

/** First from the beginning until damage is met, then from the end, then from within what lies between. */
function* pointsOf(file: DamagedFile, series: SalvagedSeries): Generator<Point[]> {
  const stretches: Period[] = [{ from: EARLIEST, to: LATEST }];
  let attempts = ATTEMPTS;
  for (let stretch = stretches.pop(); stretch && attempts > 0; stretch = stretches.pop()) {
    for (const direction of ['ASC', 'DESC'] as const) {
      for (let isMore = stretch.from < stretch.to; isMore; ) {
        const { points, isBroken } = file.points(series, stretch, direction);
        yield points;
        stretch = remaining(stretch, points, direction, isBroken);
        isMore = !isBroken && stretch.from < stretch.to;
        if (isBroken) attempts--;
      }
    }
    const middle = Math.floor((stretch.from + stretch.to) / 2);
    if (stretch.to - stretch.from < SHORTEST) continue;
    stretches.push({ from: stretch.from, to: middle }, { from: middle, to: stretch.to });
  }
}

/** What has not been read of a stretch after reading `points` from one of its ends. */
function remaining(
  { from, to }: Period,
  points: readonly Point[],
  direction: Direction,
  isBroken: boolean,
): Period {
  const last = points.at(-1)?.time;
  if (!isBroken && points.length < BATCH) return { from, to: from };
  if (last === undefined) return { from, to };
  return direction === 'ASC' ? { from: last + 1, to } : { from, to: last };
}

type Direction = 'ASC' | 'DESC';

/** Each answer comes as far as it can be read. */
class DamagedFile implements Disposable {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
  }

  /** All series that the catalogue still has. */
  series(): SalvagedSeries[] {
    const names = new Map(this.#catalogue('measurement', 'name').map(({ id, name }) => [id, String(name)]));
    const fields = Map.groupBy(this.#catalogue('field', 'name'), ({ measurement }) => measurement);
    return this.#catalogue('series', 'tags').flatMap(({ id, measurement, tags }) => {
      const name = names.get(measurement);
      const ofMeasurement = fields.get(measurement)?.flatMap(namedField) ?? [];
      if (name === undefined || ofMeasurement.length === 0) return [];
      const table = `m${Number(measurement)}`;
      return tagsOf(tags).map((set) => ({
        id: Number(id),
        measurement: name,
        table,
        tags: set,
        fields: ofMeasurement,
      }));
    });
  }

  points(series: SalvagedSeries, { from, to }: Period, direction: Direction) {
    const { id, table, fields, measurement, tags } = series;
    const columns = fields.map(({ column }) => `, ${column}`).join('');
    const { rows, isBroken } = this.#read(
      `SELECT time${columns} FROM ${table} WHERE series = ? AND time >= ? AND time < ?
       ORDER BY time ${direction} LIMIT ${BATCH}`,
      id,
      from,
      to,
    );
    const points = rows.map((row): Point => {
      const time = Number(row.time);
      return { measurement, tags, time, fields: valuesOf(row, fields) };
    });
    return { points, isBroken };
  }

  /** The day before which points are no longer kept, if there is such a day. */
  pointsFrom(): number | undefined {
    const [property] = this.#read(`SELECT value FROM property WHERE name = 'points_from'`).rows;
    return property && Number(property.value);
  }

  days({ id, measurement, tags }: SalvagedSeries, field: NamedField, before: number): KeptDay[] {
    const rows = this.#fromBothEnds(
      'SELECT day, last, hours FROM rollup WHERE series = ? AND field = ? AND day < ? ORDER BY day',
      'day',
      id,
      field.id,
      before,
    );
    const { name, type } = field;
    return rows
      .filter(({ hours }) => isReadable(hours))
      .map(({ day, last, hours }) => ({
        measurement,
        tags,
        field: name,
        type,
        day: Number(day),
        last: Number(last),
        hours: String(hours),
      }));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** A table of the catalogue; what it no longer has may stand in the index of its names, all but a field's type. */
  #catalogue(table: string, name: string): SqlRow[] {
    const whole = this.#fromBothEnds(`SELECT * FROM ${table} ORDER BY id`, 'id');
    const columns = table === 'measurement' ? `id, ${name}` : `id, measurement, ${name}`;
    const index = `SELECT ${columns} FROM ${table} INDEXED BY sqlite_autoindex_${table}_1 ORDER BY ${name}`;
    const known = new Set(whole.map(({ id }) => id));
    return [...whole, ...this.#fromBothEnds(index, 'id').filter(({ id }) => !known.has(id))];
  }

  #fromBothEnds(sql: string, key: string, ...values: number[]): SqlRow[] {
    const { rows, isBroken } = this.#read(sql, ...values);
    if (!isBroken) return rows;
    const known = new Set(rows.map((row) => row[key]));
    return [...rows, ...this.#read(`${sql} DESC`, ...values).rows.filter((row) => !known.has(row[key]))];
  }

  /** The rows until the first that cannot be read. */
  #read(sql: string, ...values: number[]): { rows: SqlRow[]; isBroken: boolean } {
    const rows: SqlRow[] = [];
    try {
      for (const row of this.#database.prepare(sql).iterate(...values)) rows.push(row);
      return { rows, isBroken: false };
    } catch (error) {
      if (storageError(error) === error) throw error;
      return { rows, isBroken: true };
    }
  }
}

function namedField({ id, name, type }: SqlRow): NamedField[] {
  const column = `f${Number(id)}`;
  return type === undefined ? [] : [{ id: Number(id), name: String(name), type: type as FieldType, column }];
}

/** None if the text is damaged too. */
function tagsOf(text: unknown): Record<string, string>[] {
  return isReadable(text) ? [Object.fromEntries(JSON.parse(String(text)))] : [];
}

function isReadable(json: unknown): boolean {
  try {
    return Array.isArray(JSON.parse(String(json)));
  } catch {
    return false;
  }
}

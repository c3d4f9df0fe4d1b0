import { ByflytError } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';

/** One row of a measurement. The same measurement, tags and time written twice is one point; fields are merged. */
export interface Point {
  measurement: string;
  /** Bounded sets only (device, site, quantity); they name the series. */
  tags: Record<string, string>;
  /** `<quantity>` (number, boolean or text) and `<quantity>_qc` (integer QARTOD flag). Never empty. */
  fields: Record<string, Value>;
  /** Phenomenon time, ms since 1970 UTC. */
  time: number;
  /** The same as a line of InfluxDB line protocol, where it is known already. */
  line?: string;
}

/** `integer` is for `<quantity>_qc` and nothing else, so that a whole-numbered reading never decides a field's type. */
export type FieldType = 'number' | 'integer' | 'boolean' | 'string';

export interface StoreQuery {
  measurement: string;
  fields: readonly string[];
  /** Tag -> value, or any of several values. */
  where?: Record<string, string | readonly string[]>;
  /** ms since 1970 UTC, inclusive. */
  from?: number;
  /** ms since 1970 UTC, exclusive. */
  to?: number;
  /** Width of a time bucket, in ms or whole months. Needs `aggregate`, `from` and `to`. Its bounds: `buckets.ts`. */
  every?: number | Months;
  /** IANA name of the clock that buckets follow: a day begins at midnight there. Default: UTC. */
  timeZone?: string;
  aggregate?: 'mean' | 'min' | 'max' | 'sum' | 'count' | 'first' | 'last';
  order?: 'ascending' | 'descending';
  /** Rows at most, after ordering. */
  limit?: number;
  offset?: number;
  /**
   * What stands in a bucket where a series has no value of a field, from the first bucket of the period to the last;
   * only for fields that the series has any value of in the period. Default: 'none'.
   */
  fill?: Fill;
}

/** Calendar months, from the first of one; 3 are quarters, 12 are years, both counted from January. */
export interface Months {
  months: number;
}

/**
 * none: no row for an empty bucket; null: a row without the value; previous: the value before, of any type, if there is
 * one in the period; linear: numbers on the line between the values around; a number: itself, in fields of numbers.
 */
export type Fill = 'none' | 'null' | 'previous' | 'linear' | number;

/** One time of one series. Fields without a value at that time are absent. */
export interface Row {
  /** ms since 1970 UTC; the start of the bucket in an aggregated query. */
  time: number;
  tags: Record<string, string>;
  values: Record<string, Value>;
}

/** Rows column by column, which costs a fraction of an object per row. */
export interface PackedRows {
  times: Float64Array;
  /** Different sets of tags, and which of them each row has. Several portions may share a list, which grows. */
  tags: readonly Row['tags'][];
  tagsOfRow: Uint32Array;
  fields: string[];
  /** A column per field; what has no value is undefined, in a column of numbers NaN. */
  values: (Float64Array | (Value | undefined)[])[];
}

/** The newest values of a series, which may have come at different times; `time` is the newest of them. */
export interface LatestRow extends Row {
  /** Field -> time of its value, ms since 1970 UTC. */
  times: Record<string, number>;
}

/** The database has all points but these, and will never take them (a field that has another type ...). */
export class PointsRefusedError extends ByflytError {
  readonly refused: readonly RefusedPoint[];

  constructor(refused: readonly RefusedPoint[]) {
    const parameters = { count: refused.length, reason: refused[0]?.reason ?? '' };
    super({ key: 'timeseries.error.refused', parameters });
    this.refused = refused;
  }
}

export interface RefusedPoint {
  point: Point;
  /** The database's own words. */
  reason: string;
}

/** What a database server says of itself and of what it permits. */
export interface StoreCheck {
  /** Name and version, such as `InfluxDB 2.7.1`; empty if it does not tell. */
  server: string;
  /** False if it takes measurements, and others than Byflyt read them. */
  readable: boolean;
  /** Days that it keeps measurements; Infinity: for ever; undefined: it does not tell. */
  keptDays?: number;
}

/** A time-series database. Adapters throw ConnectionError if it is away and ConfigurationError if it refuses. */
export interface Store {
  /**
   * Idempotent. Resolves when the database has the points on disk; throws PointsRefusedError if it has all but some.
   * A field keeps the type that it had first: number, integer (`_qc`), boolean or text.
   */
  write(points: readonly Point[]): Promise<void>;
  /**
   * As `write`, of points as lines of line protocol: for databases that take them so. False if the database refuses
   * some of them, whichever; the others it may have.
   */
  writeText?(lines: string): Promise<boolean>;
  /**
   * Rows of all matching series, ordered by time, then by tags. `mean`, `sum`, `min` and `max` are of numbers only;
   * other fields are absent then. An aggregate without `every` gives one row per series, at `from` (or 0).
   * Nothing known under a name is no error: the result is empty.
   */
  query(query: StoreQuery): Promise<Row[]>;
  /** The rows of `query` in portions, so that a long answer never is in memory as a whole. Throws as `query`. */
  stream(query: StoreQuery): AsyncIterable<Row[]>;
  /** As `stream`, of stores that have their rows column by column anyway. */
  streamPacked?(query: StoreQuery): AsyncIterable<PackedRows>;
  /** Per series its newest value of each field, with the times. Newest row first. */
  latest(query: Pick<StoreQuery, 'measurement' | 'fields' | 'where'>): Promise<LatestRow[]>;
  /** What there is: each measurement with the names of its fields. */
  measurements(): Promise<Map<string, string[]>>;
  /** The same with the type of each field, as it was at the field's first use. */
  fieldTypes(): Promise<Map<string, Map<string, FieldType>>>;
  /** A server: makes what is missing there and proves that writing and reading are permitted. Throws as `write`. */
  check?(): Promise<StoreCheck>;
  close(): Promise<void>;
}

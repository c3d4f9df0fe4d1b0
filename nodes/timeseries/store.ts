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
}

export interface StoreQuery {
  measurement: string;
  fields: readonly string[];
  /** Tag -> value, or any of several values. */
  where?: Record<string, string | readonly string[]>;
  /** ms since 1970 UTC, inclusive. */
  from?: number;
  /** ms since 1970 UTC, exclusive. */
  to?: number;
  /** Width of a time bucket in ms, aligned to 1970 UTC. Needs `aggregate`, `from` and `to`. */
  every?: number;
  aggregate?: 'mean' | 'min' | 'max' | 'sum' | 'count' | 'first' | 'last';
  order?: 'ascending' | 'descending';
  /** Rows at most, after ordering. */
  limit?: number;
  offset?: number;
}

/** One time of one series. Fields without a value at that time are absent. */
export interface Row {
  /** ms since 1970 UTC; the start of the bucket in an aggregated query. */
  time: number;
  tags: Record<string, string>;
  values: Record<string, Value>;
}

/** A time-series database. Adapters throw ConnectionError if it is away and ConfigurationError if it refuses. */
export interface Store {
  /** Idempotent. Resolves when the database has the points. */
  write(points: readonly Point[]): Promise<void>;
  /** Rows of all matching series, ordered by time. */
  query(query: StoreQuery): Promise<Row[]>;
  /** Per series its newest value of each field, and the newest time of any of them. Newest row first. */
  latest(query: Pick<StoreQuery, 'measurement' | 'fields' | 'where'>): Promise<Row[]>;
  close(): Promise<void>;
}

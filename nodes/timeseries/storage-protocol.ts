/** What the app's threads and the storage thread say to each other. */
import type { Problem } from '../observation/errors.ts';
import type { PackedLatest } from './row-packing.ts';
import type { FieldType } from './series.ts';
import type { Retention } from './sqlite-retention.ts';
import type { PackedRows, Point, StoreQuery } from './store.ts';

/** How a file is used. */
export interface FileUse {
  path: string;
  /** Rolled up, aged and repaired by us: true in the one process that the file belongs to. */
  isOwner: boolean;
  retention: Retention;
}

export type LatestQuery = Pick<StoreQuery, 'measurement' | 'fields' | 'where'>;

/** Questions and answers, by the name of the question. */
export interface Calls {
  /** Only opens the file. */
  open: { asks: object; gives: undefined };
  write: { asks: { points: readonly Point[] }; gives: RefusedIndex[] };
  /** Begins to read; the answer has the first rows. */
  stream: { asks: { query: StoreQuery; cursor: number }; gives: Portion };
  next: { asks: { cursor: number }; gives: Portion };
  /** The rest is not wanted. */
  leave: { asks: { cursor: number }; gives: undefined };
  latest: { asks: { query: LatestQuery }; gives: PackedLatest };
  fieldTypes: { asks: object; gives: Map<string, Map<string, FieldType>> };
  /** What a damaged file lost has been written again: nothing is left to do about it. */
  settle: { asks: { aside: string }; gives: undefined };
  close: { asks: object; gives: undefined };
}

export type CallName = keyof Calls;

export interface Portion {
  rows: PackedRows;
  /** How many of the portion before's tags stand before those of `rows`. */
  knownTags: number;
  isLast: boolean;
}

/** Which of the points of a write was refused. */
export interface RefusedIndex {
  index: number;
  reason: string;
}

export type Request = {
  [Name in CallName]: { number: number; file: FileUse; name: Name } & Calls[Name]['asks'];
}[CallName];

/** An error on its way between threads: its class is known by name. */
export interface CarriedError {
  name: string;
  message: string;
  problem?: Problem;
}

/** A damaged file has been put aside, or what could be read of it is in the new one. */
export interface FileEvent {
  path: string;
  event: 'damaged' | 'recovered';
  problem: Problem;
}

export type Answer = { number: number } & ({ value: unknown } | { error: CarriedError });

export type Reply = Answer | FileEvent;

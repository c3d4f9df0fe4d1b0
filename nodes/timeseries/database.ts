import { ConfigurationError, type Problem } from '../observation/errors.ts';
import type { ItemOrigin } from '../persistence/outbox.ts';
import type { AsideSource } from './kept-aside.ts';
import type { Point, Store } from './store.ts';
import type { WriteTimes } from './write-times.ts';

/** With a journal id, the message is settled as stored when the database has the points. */
export interface SaveOptions extends ItemOrigin {
  sandbox: boolean;
}

/** How saving goes, of real and sandbox data together. */
export interface DatabaseStatus {
  /** waiting: nothing saved yet; away: it is tried again; refused: somebody has to change a setting. */
  state: 'waiting' | 'saved' | 'away' | 'refused';
  /** Readings on disk that the database does not have yet. */
  kept: number;
  /** When the database last took readings, ms since 1970. */
  savedTime?: number;
  /** Values that the database will never take; they were put aside with the reason. */
  refusedReadings: number;
  /** Why it is away or refuses. */
  problem?: Problem;
  /** A server, once it has told what it is: its name (`InfluxDB 2.7`) may be empty. */
  server?: { name: string; url: string; bucket: string };
}

/** What the config node byflyt-database offers to other nodes. */
export interface DatabaseNode {
  /** How long it took for the writes so far. */
  readonly writes: WriteTimes;
  store(sandbox: boolean): Store;
  /** Puts the points in the outbox on disk; they go from there to the database, in order, until it has them. */
  save(points: readonly Point[], options: SaveOptions): void;
  /** Calls `listener` now and at each change; returns how to stop that. */
  onStatus(listener: (status: DatabaseStatus) => void): () => void;
  /** Where points of this database were put aside. */
  asideSources(): AsideSource[];
}

/** A node as the config node byflyt-database. Throws ConfigurationError if there is none, or it could not be opened. */
export function databaseNode(node: unknown): DatabaseNode {
  const { save } = (node ?? {}) as Partial<DatabaseNode>;
  if (save) return node as DatabaseNode;
  throw new ConfigurationError({ key: 'timeseries.error.no_database' });
}

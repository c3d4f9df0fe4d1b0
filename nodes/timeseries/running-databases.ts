import type { Problem } from '../observation/errors.ts';
import type { DataFolder } from '../persistence/data-folder.ts';
import type { Database } from './open-database.ts';
import { ownerOf, shareOut } from './outbox-heirs.ts';

/** What is remembered of a database node, for the time after it. */
interface Remembered {
  name: string;
  /** Where its readings go, as `placeOf` gives it. */
  place: string;
}

interface Running extends Remembered {
  database: Pick<Database, 'adopt'>;
}

/** Readings on disk that no database node writes. */
export interface Stranded {
  /** Of the deleted node. */
  id: string;
  name: string;
  /** Undefined if it is not known. */
  place: string | undefined;
  /** Readings. */
  waiting: number;
}

/** The sentence that says what waits, and what to do. */
export function problemOfStranded({ name, place, waiting: count }: Stranded): Problem {
  if (place === undefined) return { key: 'timeseries.stranded.unknown', parameters: { name, count } };
  if (place === '') return { key: 'timeseries.stranded.embedded', parameters: { name, count } };
  return { key: 'timeseries.stranded.server', parameters: { name, count, place } };
}

const KEY = 'database/';

/** The database nodes that run, and what the deleted ones have left. */
export class RunningDatabases {
  readonly #running = new Map<string, Running>();

  add(id: string, running: Running, state: DataFolder['state']): void {
    this.#running.set(id, running);
    const { name, place } = running;
    state.set(KEY + id, { name, place } satisfies Remembered);
  }

  remove(id: string): void {
    this.#running.delete(id);
  }

  /**
   * Has the outboxes of deleted databases emptied by others, as far as there is a heir; gives the rest.
   * `configured`: ids of all database nodes of the flows.
   */
  async settle(
    folder: Pick<DataFolder, 'outboxNames' | 'status' | 'state'>,
    configured: readonly string[],
  ): Promise<Stranded[]> {
    const names = folder.outboxNames();
    const heirs = [...this.#running].map(([id, { place }]) => ({ id, place }));
    const remembered = (id: string) => folder.state.get<Remembered>(KEY + id);
    const { adopted, stranded } = shareOut(names, configured, heirs, (id) => remembered(id)?.place);
    for (const [id, list] of adopted) await this.#running.get(id)?.database.adopt(list);
    this.#forget(folder.state, [...configured, ...names.flatMap((name) => ownerOf(name) ?? [])]);
    const waiting = new Map(folder.status().outboxes.map((outbox) => [outbox.name, outbox.waiting]));
    return [...Map.groupBy(stranded, ownerOf)].flatMap(([id = '', outboxes]) => {
      const { name = id, place } = remembered(id) ?? {};
      const count = outboxes.reduce((sum, outbox) => sum + (waiting.get(outbox) ?? 0), 0);
      return count > 0 ? { id, name, place, waiting: count } : [];
    });
  }

  /** All but these ids. */
  #forget(state: DataFolder['state'], ids: readonly string[]): void {
    for (const key of state.keys(KEY)) {
      const id = key.slice(KEY.length);
      if (!this.#running.has(id) && !ids.includes(id)) state.delete(key);
    }
  }
}

import { ConnectionError, type Problem } from '../observation/errors.ts';
import { problemsIn } from '../observation/problems.ts';
import type { DataFolder } from '../persistence/data-folder.ts';
import type { ItemOrigin, Outbox } from '../persistence/outbox.ts';
import { type DatabaseTarget, openStore } from './database-settings.ts';
import { type AsideSource, wordsOf } from './kept-aside.ts';
import { POINT_FORMAT } from './point-format.ts';
import { refill } from './refill.ts';
import { type Fault, SchemaGuard } from './schema-guard.ts';
import type { Point, Store } from './store.ts';
import type { TagPolicy } from './tag-bounds.ts';
import { timed, type WriteTimes } from './write-times.ts';
import { Writer, type WriterProgress } from './writer.ts';

export interface ChannelOptions {
  target: DatabaseTarget;
  folder: DataFolder;
  /** Of its outbox, and of what the schema guard keeps. */
  name: string;
  sandbox: boolean;
  tags?: Partial<TagPolicy> | undefined;
  /** Measures the writes. */
  times: WriteTimes;
  /** Something was written, or could not be. */
  onProgress(): void;
  /** Milliseconds until the next attempt after `failures` in a row. */
  retryDelay?: ((failures: number) => number) | undefined;
}

/** Milliseconds until a database that was away is asked again what it has. */
const ASK_AGAIN = 60_000;

const UNBOUNDED_BY_OTHERS: TagPolicy = {
  limits: {},
  isRegistered: () => false,
  onWarning: () => undefined,
};

/** An outbox that this channel empties. */
interface Lane {
  outbox: Outbox<Point[]>;
  writer: Writer;
  progress: WriterProgress;
}

/** One kind of data, real or sandbox: through the schema guard and an outbox to its database. */
export class Channel {
  readonly store: Store;
  readonly #options: ChannelOptions;
  readonly #guard: SchemaGuard;
  readonly #own: Lane;
  /** Outboxes of deleted databases, by name. */
  readonly #adopted = new Map<string, Lane>();
  readonly #closing = new AbortController();
  /** When the database is to be asked what it has already, ms since 1970. */
  #askAt = 0;

  /** What waits in the outbox is written soon, and the database is asked what it has already. */
  constructor(options: ChannelOptions) {
    const { target, folder, name, sandbox, tags } = options;
    this.#options = options;
    this.store = openStore(target, folder.path, sandbox, {
      onDamaged: (problem) => this.#tell('warning', problem),
      onRecovered: async (problem) => {
        this.#tell('notice', problem);
        const outboxes = this.#lanes().map(({ outbox }) => outbox);
        await refill(this.store, outboxes, this.#closing.signal);
      },
    });
    this.#guard = new SchemaGuard({ state: folder.state, name, tags: { ...UNBOUNDED_BY_OTHERS, ...tags } });
    this.#own = this.#open(name);
    void this.#learn();
  }

  get progress(): WriterProgress[] {
    return this.#lanes().map(({ progress, outbox }) => ({
      ...progress,
      kept: outbox.size,
      refusedReadings: outbox.deadLetterCount,
    }));
  }

  save(points: readonly Point[], origin: ItemOrigin): void {
    if (Date.now() >= this.#askAt) void this.#learn();
    const { points: good, faults } = this.#guard.check(points);
    const [first] = faults;
    if (!first) {
      this.#own.outbox.append([...good], origin);
      return;
    }
    this.#putAside(faults);
    this.#reject(origin, first.problem);
    // The message has its verdict; the rest of its values go on by themselves.
    if (good.length > 0) this.#own.outbox.append([...good]);
  }

  /** Empties these outboxes of deleted databases as well, and no others any more. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names) if (!this.#adopted.has(name)) this.#adopted.set(name, this.#open(name));
    const left = [...this.#adopted].filter(([name]) => !names.includes(name));
    for (const [name] of left) this.#adopted.delete(name);
    await Promise.all(left.map(([, { writer }]) => writer.close()));
  }

  /** Its outboxes, for those who work through the dead letters. */
  asideSources(): AsideSource[] {
    const names = [this.#options.name, ...this.#adopted.keys()];
    const again = (points: readonly Point[]) => this.#again(points);
    return this.#lanes().map(({ outbox }, index) => ({ name: names[index] ?? '', outbox, again }));
  }

  /** Writes what waits, now; resolves when it is written or an attempt has failed. */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes().map(({ writer }) => writer.flush()));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#lanes().map(({ writer }) => writer.close()));
    await this.store.close();
  }

  /** Of the embedded database's file. Stays until the next start: somebody should know. */
  #tell(severity: 'warning' | 'notice', problem: Problem): void {
    const { folder, sandbox } = this.#options;
    const id = `timeseries.file${sandbox ? '/sandbox' : ''}`;
    problemsIn(folder.path).report(id, { ...problem, component: 'database', severity });
  }

  #lanes(): Lane[] {
    return [this.#own, ...this.#adopted.values()];
  }

  #open(name: string): Lane {
    const { folder, times, retryDelay } = this.#options;
    const outbox = folder.outbox(name, POINT_FORMAT);
    const onProgress = (progress: WriterProgress) => {
      lane.progress = progress;
      this.#options.onProgress();
    };
    const writer = new Writer({
      store: timed(this.store, times),
      outbox,
      onProgress,
      ...(retryDelay && { retryDelay }),
    });
    const lane: Lane = {
      outbox,
      writer,
      progress: { kept: outbox.size, refusedReadings: outbox.deadLetterCount },
    };
    return lane;
  }

  #reject({ journalId, parts, account }: ItemOrigin, { key, parameters, device }: Problem): void {
    if (journalId === undefined) return;
    this.#options.folder.journal.settle(journalId, 'rejected', {
      reasonKey: key,
      ...(parameters && { parameters }),
      ...(device !== undefined && { device }),
      ...(account && { account }),
      ...(parts && { parts }),
    });
  }

  #putAside(faults: readonly Fault[]): void {
    for (const { point, problem } of faults) this.#own.outbox.bury([point], wordsOf(problem));
  }

  /** Dead letters on their way again. What is refused as before stays where it is, unless a part of it goes. */
  #again(points: readonly Point[]): boolean {
    const { points: good, faults } = this.#guard.check(points);
    if (good.length === 0) return false;
    this.#putAside(faults);
    this.#own.outbox.append([...good]);
    return true;
  }

  /** Types that the database has already count. While it is away, the first readings decide. */
  async #learn(): Promise<void> {
    this.#askAt = Number.POSITIVE_INFINITY;
    try {
      this.#guard.learn(await this.store.fieldTypes());
    } catch (error) {
      // Whatever else is wrong is wrong for writing too, and is told there.
      if (error instanceof ConnectionError) this.#askAt = Date.now() + ASK_AGAIN;
    }
  }
}

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionError } from '../../observation/errors.ts';
import type { Outbox, OutboxItem } from '../../persistence/outbox.ts';
import { backOff } from '../../timeseries/writer.ts';
import type { Broker, Failure, Operation } from './broker.ts';

/** Operations sent at once. */
const BATCH = 100;
/** ms that operations wait for company. */
const GATHER = 500;
/** After so many attempts in vain, operations are sent one by one: one of them may be what the broker stumbles over. */
const PATIENCE = 5;
/** ms that the end waits for what is under way; it stays in the outbox else. */
const PARTING = 2000;

export interface CourierProgress {
  /** The last attempt succeeded (ms since 1970 UTC), or why it did not; undefined before the first. */
  outcome?: { sentTime: number } | { error: unknown };
  waiting: number;
  refused: number;
}

export interface CourierOptions {
  broker: Pick<Broker, 'send' | 'sendEach'>;
  outbox: Outbox<Operation>;
  onProgress(progress: CourierProgress): void;
  /** The broker refuses an entity for good. */
  onRefused?(entity: string, reason: string): void;
  /** ms until the next attempt after `failures` in a row. */
  retryDelay?(failures: number): number;
}

/**
 * Brings an outbox's operations to a broker, in order, until it has them. What it refuses for good is put aside with its
 * reason. Sent again after a crash they have no further effect, as each says how an entity is.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #closed = false;
  /** Nobody waits for the attempt under way any more; the outbox may be gone. */
  #abandoned = false;
  #outcome: CourierProgress['outcome'];

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#stopListening = options.outbox.onAppend(() => {
      if (!this.#running && !this.#timer) this.#schedule(GATHER);
    });
    if (options.outbox.size > 0) this.#schedule(0);
  }

  get progress(): CourierProgress {
    const { size, deadLetterCount } = this.#options.outbox;
    return {
      ...(this.#outcome && { outcome: this.#outcome }),
      waiting: size,
      refused: deadLetterCount,
    };
  }

  /** Tries now; resolves when the outbox is empty or an attempt has failed. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    const patience = new AbortController();
    const late = delay(PARTING, true, { signal: patience.signal }).catch(() => false);
    this.#abandoned = await Promise.race([this.#running?.then(() => false) ?? false, late]);
    patience.abort();
  }

  #schedule(wait: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
      const { outbox, retryDelay = backOff } = this.#options;
      if (this.#failures > 0) this.#schedule(retryDelay(this.#failures));
      else if (!this.#abandoned && outbox.size > 0) this.#schedule(GATHER);
    });
    return this.#running;
  }

  /** Never throws: what fails stays in the outbox. */
  async #drain(): Promise<void> {
    const { outbox } = this.#options;
    // Not in the middle of an append.
    await nextTurn();
    try {
      for (let items = nextRun(outbox); items.length > 0 && !this.#closed; items = nextRun(outbox)) {
        const refused = await this.#refusedOf(items);
        if (this.#abandoned) return;
        this.#forgetOlder(items);
        for (const { item, reason } of refused) {
          outbox.bury(item, reason);
          this.#options.onRefused?.(entityOf(item), reason);
        }
        outbox.ack(items.at(-1)?.sequence ?? 0);
        this.#failures = 0;
        this.#report({ sentTime: Date.now() });
      }
    } catch (error) {
      this.#failures++;
      if (!this.#abandoned) this.#report({ error });
    }
  }

  async #refusedOf(items: readonly OutboxItem<Operation>[]): Promise<{ item: Operation; reason: string }[]> {
    const { broker } = this.#options;
    const operations = items.map(({ item }) => item);
    const isPatient = this.#failures < PATIENCE;
    const failures = await (isPatient ? broker.send(operations) : broker.sendEach(operations));
    const passing = failures.find((failure) => failure.passing);
    // Where others went through, it is not the broker that is ill.
    if (passing && (isPatient || failures.length === operations.length)) throw stumbledOver(passing);
    const reasons = new Map(failures.map(({ id, reason }) => [id, reason]));
    return operations.flatMap((item) => {
      const reason = reasons.get(entityOf(item));
      return reason === undefined ? [] : [{ item, reason }];
    });
  }

  /** What was refused of an entity counts no more when something newer is told of it. */
  #forgetOlder(items: readonly OutboxItem<Operation>[]): void {
    const { outbox } = this.#options;
    if (outbox.deadLetterCount === 0) return;
    const told = new Set(items.map(({ item }) => entityOf(item)));
    const older = outbox.deadLetters(outbox.deadLetterCount).filter(({ item }) => told.has(entityOf(item)));
    outbox.discard(older.map(({ id }) => id));
  }

  #report(outcome: NonNullable<CourierProgress['outcome']>): void {
    this.#outcome = outcome;
    this.#options.onProgress(this.progress);
  }
}

/** The oldest operations that can be sent together: of one kind, and each of an entity of its own. */
function nextRun(outbox: Outbox<Operation>): OutboxItem<Operation>[] {
  const items = outbox.peek(BATCH);
  const seen = new Set<string>();
  let kind: string | undefined;
  const end = items.findIndex(({ item }) => {
    const [ownKind] = Object.keys(item);
    kind ??= ownKind;
    const id = entityOf(item);
    const fits = ownKind === kind && !seen.has(id);
    seen.add(id);
    return !fits;
  });
  return end < 0 ? items : items.slice(0, end);
}

function entityOf(operation: Operation): string {
  return 'upsert' in operation ? operation.upsert.id : operation.remove;
}

function stumbledOver({ id, reason }: Failure): ConnectionError {
  return new ConnectionError({
    key: 'opendata.ngsi_ld.stumbled',
    parameters: { reason: `${id}: ${reason}` },
  });
}

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { JournalState } from '../../../../nodes/persistence/journal.ts';
import { AreaRetention } from '../../../../nodes/persistence/log/area-retention.ts';
import { applyRetention } from '../../../../nodes/persistence/log/log-retention.ts';
import { readLedger } from '../../../../nodes/persistence/read-ledger.ts';
import { tempFolder } from '../../../support/servers.ts';
import { openLog } from './open-log.ts';

const ACCOUNT = { area: 'waste', device: 'bin-7' };
const REFUSAL = { reasonKey: 'x.y', parameters: {} };

/** What a message should be, as far as the history goes. */
interface Expected {
  state: JournalState;
  /** Parts that wait, by the number of the item. */
  waiting: Set<number>;
  /** Starts of the process that found it without a verdict. */
  attempts: number;
}

const MAX_ATTEMPTS = 5;
const OUTBOXES = ['main', 'other'] as const;
type OutboxName = (typeof OUTBOXES)[number];
const FILES = ['byflyt.db', 'byflyt.db-wal', 'byflyt.db-shm'];

/** A log, and beside it in plain words what it should say. */
class Town {
  log: ReturnType<typeof openLog>;
  readonly messages = new Map<string, Expected>();
  /** Items in the order of each outbox: which message each is of. */
  readonly items: Record<OutboxName, { number: number; id: string }[]> = { main: [], other: [] };
  readonly folders: string[] = [];
  readonly abandoned: ReturnType<typeof openLog>[] = [];
  #number = 0;

  constructor(folder: string) {
    this.folders.push(folder);
    this.log = openLog(folder, { segmentBytes: 2000 });
  }

  get folder(): string {
    return this.folders.at(-1) ?? '';
  }

  async receive(): Promise<void> {
    const receivedTime = new Date().toISOString();
    const message = { transport: 'mqtt', topic: 't', body: Buffer.alloc(50), receivedTime };
    this.messages.set(await this.log.journal.append(message), {
      state: 'inFlow',
      waiting: new Set(),
      attempts: 0,
    });
  }

  /** The readings of an open message go to the outbox, in one part or several. */
  queue(parts: number, name: OutboxName): void {
    const id = this.#open();
    if (id === undefined) return;
    for (let index = 0; index < parts; index++) {
      const number = this.#number++;
      const part = parts > 1 ? { parts: { index, count: parts } } : {};
      this.log.outbox(name).append(number, { journalId: id, account: ACCOUNT, ...part });
      this.items[name].push({ number, id });
      this.messages.get(id)?.waiting.add(number);
    }
    this.#expect(id, 'queued');
  }

  settle(result: 'rejected' | 'dropped'): void {
    const id = this.#open();
    if (id === undefined) return;
    this.log.journal.settle(id, result, { reasonKey: 'x.y', account: ACCOUNT });
    this.#expect(id, result);
  }

  /** The database takes some of what waits, but for every `refuse`-th item (0: takes all). */
  write(count: number, refuse: number, name: OutboxName): void {
    const outbox = this.log.outbox(name);
    const items = outbox.peek(count);
    const isRefused = (index: number) => refuse > 0 && index % refuse === 0;
    const refused = items.filter((_, index) => isRefused(index));
    outbox.ack(
      items.at(-1)?.sequence ?? 0,
      refused.map(({ sequence }) => ({ sequence, ...REFUSAL })),
    );
    for (const [index, { item }] of items.entries()) {
      const { id = '', number } = this.items[name].shift() ?? {};
      assert.equal(number, item, 'in order');
      const message = this.messages.get(id);
      message?.waiting.delete(item);
      if (isRefused(index)) this.#expect(id, 'rejected');
      else if (message?.state === 'queued' && message.waiting.size === 0) message.state = 'stored';
    }
  }

  giveUp(): void {
    const count = this.log.journal.giveUp(Date.now() + 1);
    const open = [...this.messages.values()].filter(({ state }) => state === 'inFlow');
    assert.equal(count, open.length);
    for (const message of open) message.state = 'unaccounted';
  }

  /** `isKept`: what the file has now is what a power cut brings back. */
  checkpoint(isKept: boolean): void {
    this.log.keeper.checkpoint();
    if (!isKept) return;
    const older = join(this.folder, 'older');
    mkdirSync(older, { recursive: true });
    for (const name of FILES) cpSync(join(this.folder, name), join(older, name));
  }

  /**
   * The process is killed: what it wrote is there, what it had in memory is not. After a power cut the log may be newer
   * than the file by any time, and a damaged file is made again.
   */
  crash(file: 'as it is' | 'older' | 'gone'): void {
    this.log.keeper.commit();
    const next = mkdtempSync(join(this.folder, '..', 'crashed-'));
    cpSync(this.folder, next, { recursive: true });
    if (file !== 'as it is') for (const name of FILES) rmSync(join(next, name));
    if (file === 'older' && existsSync(join(next, 'older'))) {
      for (const name of FILES) cpSync(join(next, 'older', name), join(next, name));
    }
    this.abandoned.push(this.log);
    this.folders.push(next);
    this.log = openLog(next, { segmentBytes: 2000 });
    this.#takeUp();
  }

  restart(): void {
    this.log.close();
    this.log = openLog(this.folder, { segmentBytes: 2000 });
    this.#takeUp();
  }

  /** Removes old segments, and makes others smaller. Before that the file is brought to the disk itself. */
  retain(): void {
    rmSync(join(this.folder, 'older'), { recursive: true, force: true });
    new AreaRetention(this.log.keeper, { waste: { bytes: 500 } }).apply(Date.now());
    applyRetention(this.log.keeper, { days: 30, bytes: 3000 }, Date.now());
    // What had no verdict and had to go is lost.
    for (const [id, { state }] of this.messages) {
      const isOpen = state === 'inFlow' || state === 'unaccounted';
      if (isOpen && !this.log.keeper.book.open.get(Number(id))) this.messages.delete(id);
    }
  }

  /** What still is to be done. */
  todo() {
    this.log.keeper.commit();
    const { open } = this.log.keeper.book;
    return {
      open: [...open.inFlow.keys(), ...open.unaccounted({ limit: 1000 })].sort((a, b) => a - b),
      items: OUTBOXES.map((name) =>
        this.log
          .outbox(name)
          .peek(1000)
          .map(({ item }) => item),
      ),
      bytes: OUTBOXES.map((name) => this.log.outbox(name).bytes),
    };
  }

  isRejected(id: number): boolean {
    return this.messages.get(String(id))?.state === 'rejected';
  }

  check(): void {
    const counts = { stored: 0, rejected: 0, dropped: 0, queued: 0, inFlow: 0, unaccounted: 0, lost: 0 };
    for (const { state } of this.messages.values()) counts[state]++;
    assert.deepEqual(this.log.journal.counts(), counts);
    const [day] = this.log.ledger.days();
    assert.equal(day?.received ?? 0, this.messages.size);
    for (const name of OUTBOXES) assert.equal(this.log.outbox(name).size, this.items[name].length);
    const sum = this.log.ledger.rows().reduce((total, { received }) => total + received, 0);
    assert.equal(sum, this.messages.size);
    this.log.keeper.commit();
    const view = readLedger(this.folder, 'UTC');
    assert.deepEqual(view.rows(), this.log.ledger.rows(), 'another process reads the same');
    view.close();
  }

  close(): void {
    for (const log of [this.log, ...this.abandoned]) log.close();
  }

  /** As after each start: what is open goes through the flow once more. */
  #takeUp(): void {
    for (const message of this.messages.values()) {
      if (message.state === 'inFlow' && message.attempts++ >= MAX_ATTEMPTS) message.state = 'rejected';
    }
    for (const { id } of this.log.journal.pending()) this.#expect(id, 'inFlow');
  }

  #open(): string | undefined {
    return [...this.messages].find(([, { state }]) => state === 'inFlow')?.[0];
  }

  #expect(id: string, state: JournalState): void {
    const message = this.messages.get(id);
    if (message) message.state = state;
  }
}

type Step = (town: Town) => void | Promise<void>;
const named = (name: string, step: Step) => Object.assign(step, { toString: () => name, toJSON: () => name });
const STEPS = fc.oneof(
  { weight: 6, arbitrary: fc.constant(named('receive', (town) => town.receive())) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...OUTBOXES))
      .map(([parts, name]) => named(`queue ${parts} ${name}`, (town) => town.queue(parts, name))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('rejected' as const, 'dropped' as const)
      .map((result) => named(result, (town) => town.settle(result))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(...OUTBOXES))
      .map(([count, refuse, name]) =>
        named(`write ${count} ${refuse} ${name}`, (town) => town.write(count, refuse, name)),
      ),
  },
  { weight: 1, arbitrary: fc.constant(named('giveUp', (town) => town.giveUp())) },
  {
    weight: 2,
    arbitrary: fc.boolean().map((kept) => named(`checkpoint ${kept}`, (town) => town.checkpoint(kept))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('as it is' as const, 'older' as const, 'gone' as const)
      .map((file) => named(`crash, byflyt.db ${file}`, (town) => town.crash(file))),
  },
  { weight: 1, arbitrary: fc.constant(named('restart', (town) => town.restart())) },
);

const RUNS = {
  numRuns: Number(process.env.FC_RUNS ?? 60),
  ...(process.env.FC_SEED && { seed: Number(process.env.FC_SEED) }),
};

describe('record log, whatever happens', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('knows of every message what became of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEPS, { minLength: 5, maxLength: 40 }), async (steps) => {
        const town = new Town(mkdtempSync(join(folder, 'town-')));
        try {
          for (const step of steps) {
            await step(town);
            town.check();
          }
        } finally {
          town.close();
        }
      }),
      RUNS,
    );
  }).timeout(120_000);

  it('knows what is to be done when byflyt.db is gone, whatever was removed from it', async () => {
    const retain = fc.constant(named('retain', (town) => town.retain()));
    const steps = fc.array(fc.oneof({ weight: 9, arbitrary: STEPS }, { weight: 1, arbitrary: retain }), {
      minLength: 20,
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const town = new Town(mkdtempSync(join(folder, 'town-')));
        try {
          for (const step of history) await step(town);
          const { open, ...waiting } = town.todo();
          town.crash('gone');
          // One start too many for some: they are rejected.
          assert.deepEqual(town.todo(), { open: open.filter((id) => !town.isRejected(id)), ...waiting });
        } finally {
          town.close();
        }
      }),
      RUNS,
    );
  }).timeout(120_000);
});

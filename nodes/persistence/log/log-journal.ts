import type { Part } from '../../observation/flow-node.ts';
import type {
  Journal,
  JournalCounts,
  JournalEntry,
  JournalResult,
  PastMessage,
  Period,
  RawMessage,
  SettleDetail,
} from '../journal.ts';
import { PartTracker } from '../part-tracker.ts';
import { findMessage } from './find-message.ts';
import type { LogKeeper } from './log-keeper.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { oldestMessage, pastMessages } from './past-messages.ts';
import type { Position } from './position.ts';
import { type Account, RECORD, type VerdictRecord, writeJson } from './records.ts';

const MAX_ATTEMPTS = 5;
const PAGE = 200;
/** In one record. */
const IDS_AT_MOST = 10_000;
const NOBODY: Account = { area: '', device: '' };

/** What is known of a message when its parts come together; a queued one waits for the outbox that took the part. */
type Verdict = ({ result: JournalResult } & SettleDetail) | { result: 'queued'; finish(id: string): void };

/** An entry of several messages is rejected if one of them was, and stored if one of the others was. */
const RANK = { rejected: 3, queued: 2, stored: 1, dropped: 0 } as const;

/** Journal over the record log. */
export class LogJournal implements Journal {
  readonly #keeper: LogKeeper;
  readonly #parts = new PartTracker<Verdict>((a, b) => (RANK[b.result] > RANK[a.result] ? b : a));

  constructor(keeper: LogKeeper) {
    this.#keeper = keeper;
  }

  append(message: RawMessage): Promise<string> {
    return this.#keeper.append(message);
  }

  settle(id: string, result: JournalResult, detail: SettleDetail = {}): void {
    if (!this.#keeper.book.open.get(Number(id))) return;
    const verdict = this.#parts.add(id, { ...detail, result }, detail.parts);
    if (!verdict) return;
    if (verdict.result === 'queued') verdict.finish(id);
    else this.#close(Number(id), verdict);
  }

  /**
   * A part of an entry waits in an outbox now. True if the whole entry does with it: `finish` is not called then, but
   * it is if a later verdict on another part completes the entry.
   */
  queue(id: string, parts: Part | undefined, finish: (id: string) => void): boolean {
    const verdict = this.#parts.add(id, { result: 'queued', finish }, parts);
    if (!verdict) return false;
    if (verdict.result === 'queued') return true;
    this.#close(Number(id), verdict);
    return false;
  }

  read(id: string): JournalEntry | undefined {
    const message = this.#message(Number(id));
    return message && { ...message, id, ...this.#outcome(Number(id)) };
  }

  *pending(transport?: string): Generator<JournalEntry, void, undefined> {
    this.#keeper.commit();
    // Those that arrive from now on are on their way by themselves.
    const ids = [...this.#keeper.book.open.inFlow]
      .filter(([, entry]) => entry.transport === (transport ?? entry.transport))
      .map(([id]) => id);
    for (let start = 0; start < ids.length; start += PAGE)
      yield* this.#takeUp(ids.slice(start, start + PAGE));
    yield* this.#reopened(transport);
  }

  *unfinished(fits: (transport: string) => boolean = () => true): Generator<JournalEntry, void, undefined> {
    this.#keeper.commit();
    const { open } = this.#keeper.book;
    yield* this.#entries([...open.inFlow].filter(([, { transport }]) => fits(transport)).map(([id]) => id));
    for (const transport of open.unaccountedTransports().filter(fits))
      for (const id of this.#unaccountedIds(transport, false)) yield* this.#entries([id]);
  }

  isUnfinished(id: string): boolean {
    return this.#keeper.book.open.inFlow.has(Number(id));
  }

  rejected({ limit = 100, before }: { limit?: number; before?: string } = {}): JournalEntry[] {
    const verdicts = this.#keeper.book.verdicts.before(Number(before ?? Number.MAX_SAFE_INTEGER), limit);
    return verdicts.flatMap((verdict) => {
      const message = this.#message(verdict.id);
      return message ? [{ ...message, id: String(verdict.id), ...rejection(verdict) }] : [];
    });
  }

  unaccounted({ limit = 100, after }: { limit?: number; after?: string } = {}): JournalEntry[] {
    const ids = this.#keeper.book.open.unaccounted({ limit, after: Number(after ?? 0) });
    return [...this.#entries(ids)];
  }

  counts(): JournalCounts {
    const { open, tally } = this.#keeper.book;
    return { ...tally.totals, inFlow: open.inFlow.size, unaccounted: open.unaccountedCount };
  }

  past(period: Period): AsyncGenerator<PastMessage, void, undefined> {
    return pastMessages(this.#keeper, period);
  }

  oldest(): number | undefined {
    return oldestMessage(this.#keeper);
  }

  /** Messages that have been in the flow since before `before` (ms since 1970 UTC) came to no end. Returns how many. */
  giveUp(before: number): number {
    const ids: Position[] = [];
    for (const [id, { since }] of this.#keeper.book.open.inFlow) if (since < before) ids.push(id);
    this.#markAll(RECORD.unaccounted, ids, (id) => this.#keeper.book.open.giveUp(id));
    return ids.length;
  }

  /** Of what is left over, each one that was not taken up too often. New ones are counted together. */
  *#takeUp(ids: readonly Position[]): Generator<JournalEntry, void, undefined> {
    const { open } = this.#keeper.book;
    const left = ids.filter((id) => open.inFlow.get(id)?.left);
    const suspects = left.filter((id) => (open.inFlow.get(id)?.attempts ?? 0) > 0);
    this.#attempt(left.filter((id) => !suspects.includes(id)));
    for (const entry of this.#entries(ids)) {
      if (!this.isUnfinished(entry.id)) continue;
      if (!suspects.includes(Number(entry.id)) || this.#tryAgain(entry)) yield entry;
    }
  }

  *#reopened(transport: string | undefined): Generator<JournalEntry, void, undefined> {
    const { open } = this.#keeper.book;
    for (const id of this.#unaccountedIds(transport, true)) {
      this.#markAll(RECORD.reopened, [id], () => open.reopen(id));
      yield* this.#entries([id]);
    }
  }

  *#unaccountedIds(transport: string | undefined, once: boolean): Generator<Position, void, undefined> {
    const { open } = this.#keeper.book;
    const options = { limit: PAGE, once, ...(transport !== undefined && { transport }) };
    for (let page = open.unaccounted(options); page.length > 0; ) {
      yield* page;
      page = open.unaccounted({ ...options, after: page.at(-1) ?? 0 });
    }
  }

  *#entries(ids: readonly Position[]): Generator<JournalEntry, void, undefined> {
    for (const id of ids) {
      const entry = this.#keeper.book.open.get(id);
      if (!entry) continue;
      const message = this.#message(id);
      const state = this.#keeper.book.open.isUnaccounted(id) ? 'unaccounted' : 'inFlow';
      if (message) yield { ...message, id: String(id), state, attempts: entry.attempts };
      else this.#keeper.gone(id);
    }
  }

  /** False if the entry has had all its attempts; it is rejected then. */
  #tryAgain({ id, attempts }: JournalEntry): boolean {
    if (attempts < MAX_ATTEMPTS) {
      this.#attempt([Number(id)]);
      return true;
    }
    this.settle(id, 'rejected', { reasonKey: 'persistence.error.attempts', parameters: { count: attempts } });
    return false;
  }

  /** On disk before it is handed out: it may stop the process. */
  #attempt(ids: readonly Position[]): void {
    this.#markAll(RECORD.attempts, ids, (id) => this.#keeper.book.open.attempt(id));
    this.#keeper.commit();
  }

  #markAll(type: number, ids: readonly Position[], apply: (id: Position) => void): void {
    for (let start = 0; start < ids.length; start += IDS_AT_MOST) {
      const some = ids.slice(start, start + IDS_AT_MOST);
      this.#keeper.write(type, (writer) => writeJson(writer, { ids: some }));
    }
    for (const id of ids) apply(id);
  }

  #close(id: Position, verdict: { result: JournalResult } & SettleDetail): void {
    const entry = this.#keeper.book.open.get(id);
    if (!entry) return;
    const { result, reasonKey, parameters, device, account = NOBODY } = verdict;
    this.#keeper.verdict({
      id,
      result,
      received: entry.received,
      area: account.area,
      device: account.device,
      ...(reasonKey !== undefined && { reasonKey }),
      ...(parameters && { parameters }),
      ...(device !== undefined && { deviceName: device }),
    });
  }

  #message(id: Position): RawMessage | undefined {
    const record = findMessage(this.#keeper.log, id);
    if (!record) return undefined;
    const { id: _, received, ...message } = record;
    return { ...message, receivedTime: new Date(received).toISOString() };
  }

  #outcome(id: Position): Outcome {
    const { book } = this.#keeper;
    const open = book.open.get(id);
    if (open)
      return { state: book.open.isUnaccounted(id) ? 'unaccounted' : 'inFlow', attempts: open.attempts };
    const verdict = book.verdicts.get(id);
    if (verdict) return rejection(verdict);
    this.#keeper.commit();
    return outcomeOf(this.#keeper.log, id, (outbox) => book.outbox(outbox).done);
  }
}

function rejection({ result, reasonKey, parameters, deviceName }: VerdictRecord): Outcome {
  return {
    state: result,
    attempts: 0,
    ...(reasonKey !== undefined && { reasonKey }),
    ...(parameters && { parameters }),
    ...(deviceName !== undefined && { device: deviceName }),
  };
}

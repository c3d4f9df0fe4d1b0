import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { readJson, writeJsonAtomically } from '../devices/atomic-file.ts';
import { ConfigurationError } from '../observation/errors.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { type Change, ChangeLog } from './change-log.ts';
import type { Dataset } from './dataset.ts';
import { guardedQuantities } from './privacy.ts';
import { ReleaseBook } from './release-book.ts';
import type { Decisions } from './sources.ts';

/** Who agreed to a dataset, and when (ISO 8601 UTC). */
export interface Approval {
  by: string;
  time: string;
}

/** Where a dataset stands. */
export interface Standing {
  /** As it was deployed last. */
  dataset: Dataset;
  /** Of the dataset as it was deployed last; what is agreed to is this, not the name. */
  digest: string;
  /** Id of the node. */
  node: string;
  /** Who deployed it so; absent if that is not known (a copied flow file, an editor without sign-in). */
  author?: string;
  approvals: Approval[];
  /** Ids of the devices that were there at the last approval. */
  devices: string[];
  /** Who marked it as sensitive, if that is known. */
  markedBy?: string;
  /** Somebody else took that mark away, and nobody agreed to it yet. */
  isUnmarked?: true;
  /** As the change log knows it; absent if it never was published. */
  shown?: Dataset;
  /** ISO 8601 UTC, and why. */
  withdrawn?: { time: string; reason?: string };
}

/** What tells the public that a dataset was here. */
export type Tombstone = Required<Pick<Standing, 'withdrawn'>> & { shown: Dataset };

/** Two have seen it: one wrote it, the other agreed. If nobody knows who wrote it, two must agree. */
const PEOPLE = 2;
/** Parts of a dataset that are no part of what the public is told or shown. */
const INTERNAL: readonly string[] = ['approved'];

const shared = new Map<string, Publications>();

/** What was decided about datasets in a data folder; the same instance for all in this process. */
export function publicationsIn(dataFolder: string): Publications {
  const path = folderOf(dataFolder);
  const known = shared.get(path) ?? new Publications(path);
  shared.set(path, known);
  return known;
}

/** The same for a command beside a running Byflyt: it only looks. */
export function readPublications(dataFolder: string): Publications {
  return new Publications(folderOf(dataFolder), { isReadOnly: true });
}

function folderOf(dataFolder: string): string {
  return resolve(dataFolder, 'open-data');
}

/** Approvals, withdrawals and the change log; in a folder of their own, each change on disk before it counts. */
export class Publications implements Decisions {
  readonly log: ChangeLog;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #isReadOnly: boolean;
  readonly #standings: Map<string, Standing>;
  readonly #books = new Map<string, ReleaseBook>();
  readonly #listeners = new Set<() => void>();

  /**
   * `now`: ms since 1970 UTC. `isReadOnly`: for another process than the one that decides.
   * Throws ConfigurationError if a file is damaged: then nothing is published.
   */
  constructor(folder: string, { now = () => Date.now(), isReadOnly = false } = {}) {
    this.#folder = folder;
    this.#isReadOnly = isReadOnly;
    this.#now = now;
    this.log = new ChangeLog(join(folder, 'changes.jsonl'));
    const kept = (readJson(this.#file) ?? {}) as Record<string, Standing>;
    this.#standings = new Map(Object.entries(kept));
  }

  standing(id: string): Standing | undefined {
    return this.#standings.get(id);
  }

  /** Of a dataset that was published and is withdrawn. */
  tombstone(id: string): Tombstone | undefined {
    const { shown, withdrawn } = this.#standings.get(id) ?? {};
    return shown && withdrawn ? { shown, withdrawn } : undefined;
  }

  /** A node has the dataset. If it is not what it was, approvals count no more. `author`: who deployed it. */
  deployed(dataset: Dataset, node: string, author: string | undefined): void {
    const before = this.#standings.get(dataset.id);
    const digest = digestOf(dataset);
    if (before?.digest === digest && before.node === node) return;
    const isSame = before?.digest === digest;
    this.#save({
      approvals: isSame ? before.approvals : [],
      devices: isSame ? before.devices : [],
      dataset,
      digest,
      node,
      ...(isSame ? before.author && { author: before.author } : author !== undefined && { author }),
      ...this.#markOf(dataset, before, author),
      ...(before?.shown && { shown: before.shown }),
      ...(before?.withdrawn && { withdrawn: before.withdrawn }),
    });
  }

  /**
   * Somebody agrees to a dataset as it is. `digest` is that of what they saw, `devices` the ids of those in it.
   * Throws ConfigurationError if it has changed since, or if they wrote it or agreed already.
   */
  approve(id: string, digest: string, by: string, devices: readonly string[]): void {
    const standing = this.#known(id);
    if (standing.digest !== digest) throw new ConfigurationError({ key: 'opendata.approval.changed' });
    if (standing.author === by) throw new ConfigurationError({ key: 'opendata.approval.own' });
    const others = standing.approvals.filter((approval) => approval.by !== by);
    const approvals = [...others, { by, time: this.#time() }];
    this.#save({ ...standing, approvals, devices: [...devices] });
    this.#decided();
  }

  /** How many more people must agree. */
  missingApprovals({ author, approvals }: Standing): number {
    const people = new Set([...approvals.map(({ by }) => by), ...(author === undefined ? [] : [author])]);
    return Math.max(0, PEOPLE - people.size);
  }

  /** Whether somebody took away another's mark of what is sensitive, and nobody agreed to that. */
  isUnmarked(id: string): boolean {
    const standing = this.#standings.get(id);
    return standing?.isUnmarked === true && this.missingApprovals(standing) > 0;
  }

  /** What is to be remembered of the mark of what is sensitive. Who made it may take it away. */
  #markOf(
    { id, privacy }: Dataset,
    before: Standing | undefined,
    author: string | undefined,
  ): Pick<Standing, 'markedBy' | 'isUnmarked'> {
    const wasMarked = before !== undefined && (before.dataset.privacy.sensitive || this.isUnmarked(id));
    const by = wasMarked ? before.markedBy : author;
    const isUnmarked = wasMarked && !privacy.sensitive && (author === undefined || author !== by);
    return {
      ...((privacy.sensitive || isUnmarked) && by !== undefined && { markedBy: by }),
      ...(isUnmarked && { isUnmarked }),
    };
  }

  approvedDevices(dataset: Dataset): readonly string[] | undefined {
    const standing = this.#standings.get(dataset.id);
    if (!standing || standing.withdrawn || standing.digest !== digestOf(dataset)) return undefined;
    return standing.approvals.length > 0 && this.missingApprovals(standing) === 0
      ? standing.devices
      : undefined;
  }

  book(dataset: Dataset): ReleaseBook {
    const known = this.#books.get(dataset.id);
    if (known) return known;
    const book = new ReleaseBook(join(this.#folder, 'released', `${dataset.id}.jsonl`), this.#isReadOnly);
    this.#books.set(dataset.id, book);
    if (book.until === undefined) {
      const told = this.#toldUntil(dataset);
      if (told !== undefined) book.beginAt(told);
    }
    return book;
  }

  /** The public can see the dataset from now on; the change log gets what is new. */
  shown(dataset: Dataset): void {
    const standing = this.#known(dataset.id);
    const { shown, withdrawn, ...rest } = standing;
    const parts = shown && !withdrawn ? changedParts(shown, dataset) : undefined;
    if (parts?.length === 0) return;
    this.#save({ ...rest, shown: dataset });
    this.#tell(dataset, parts ? { kind: 'changed', parts } : { kind: 'published' });
  }

  /** Takes a dataset and its history from the public, until `restore`. Nothing happens if it is withdrawn already. */
  withdraw(id: string, reason?: string): void {
    const standing = this.#known(id);
    if (standing.withdrawn) return;
    this.#save({ ...standing, withdrawn: { time: this.#time(), ...(reason && { reason }) } });
    this.book(standing.dataset).erase();
    this.#decided();
    if (standing.shown) this.#tell(standing.shown, { kind: 'withdrawn', ...(reason && { reason }) });
  }

  /**
   * A withdrawn dataset may come back; what is sensitive must be agreed to anew: by two, if somebody else than who wrote
   * it brings it back.
   */
  restore(id: string, by: string | undefined): void {
    const { withdrawn: _withdrawn, shown: _shown, author, ...rest } = this.#known(id);
    const isAuthor = author !== undefined && author === by;
    this.#save({ ...rest, approvals: [], devices: [], ...(isAuthor && { author }) });
    this.#decided();
  }

  /** Withdraws what no node has any more. `isThere` is asked with the ids of datasets. */
  withdrawMissing(isThere: (id: string) => boolean): void {
    for (const [id, { shown, withdrawn }] of this.#standings) {
      if (shown && !withdrawn && !isThere(id)) this.withdraw(id);
    }
  }

  /** Another published dataset that tells of the same people by the same devices; the two could be subtracted. */
  overlapping(dataset: Dataset): { other: Dataset; quantity: QuantityId } | undefined {
    for (const { shown, withdrawn } of this.#others(dataset)) {
      const quantity = shown && !withdrawn ? sharedQuantity(dataset, shown) : undefined;
      if (shown && quantity !== undefined) return { other: shown, quantity };
    }
    return undefined;
  }

  /** How far others released what this one would: somebody may have kept it, and could subtract. */
  #toldUntil(dataset: Dataset): number | undefined {
    const rivals = this.#others(dataset).filter(
      (other) => sharedQuantity(dataset, other.dataset) !== undefined,
    );
    const times = rivals.flatMap((other) => this.book(other.dataset).until ?? []);
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  #others({ id }: Dataset): Standing[] {
    return [...this.#standings.values()].filter(({ dataset }) => dataset.id !== id);
  }

  /** Called after each decision; returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get #file(): string {
    return join(this.#folder, 'publications.json');
  }

  #known(id: string): Standing {
    const standing = this.#standings.get(id);
    if (!standing) throw new ConfigurationError({ key: 'opendata.approval.unknown' });
    return standing;
  }

  #save(standing: Standing): void {
    const all = new Map(this.#standings).set(standing.dataset.id, standing);
    writeJsonAtomically(this.#file, Object.fromEntries(all));
    this.#standings.set(standing.dataset.id, standing);
  }

  #decided(): void {
    for (const listener of this.#listeners) listener();
  }

  #tell({ id, title }: Dataset, change: Pick<Change, 'kind' | 'parts' | 'reason'>): void {
    this.log.add({ time: this.#time(), dataset: id, title, ...change });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

/** A word for all that a dataset is, but for notes that staff keep. */
export function digestOf(dataset: Dataset): string {
  const publicParts = Object.entries(dataset).filter(([part]) => !INTERNAL.includes(part));
  return wordFor(publicParts);
}

/** A word for a value, another one for any other. */
export function wordFor(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}

function changedParts(before: Dataset, now: Dataset): string[] {
  const [old, current] = [before, now] as [object, object] as Record<string, unknown>[];
  const parts = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...parts].filter(
    (part) => !INTERNAL.includes(part) && JSON.stringify(old?.[part]) !== JSON.stringify(current?.[part]),
  );
}

/** A quantity of `other` that tells the same of the same people as one of `dataset`. */
function sharedQuantity(dataset: Dataset, other: Dataset): QuantityId | undefined {
  if (dataset.area !== other.area || !shareDevices(dataset, other)) return undefined;
  const kinds = guardedQuantities(dataset).map(({ kind }) => kind);
  return guardedQuantities(other).find(({ kind }) => kinds.includes(kind))?.quantity;
}

function shareDevices(one: Dataset, other: Dataset): boolean {
  return !one.devices || !other.devices || one.devices.some((id) => other.devices?.includes(id));
}

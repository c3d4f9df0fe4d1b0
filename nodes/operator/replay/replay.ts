import { setTimeout as delay } from 'node:timers/promises';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { payloadOf } from '../../intake/intake.ts';
import { FlowDecoder } from '../../lorawan/flow-decoder.ts';
import { problemOf } from '../../observation/errors.ts';
import type { Observation } from '../../observation/observation.ts';
import type { Journal, PastMessage, Period } from '../../persistence/journal.ts';
import { ScratchState } from '../../persistence/scratch-state.ts';
import { onlyChosen } from './chosen-devices.ts';
import type { Lane } from './lanes.ts';
import { type ChangedMoment, changedMoments, type Moment, momentsOf } from './moments.ts';
import { StoredRows } from './stored-rows.ts';
import type { Summary } from './summary.ts';

export interface ReplayOptions {
  journal: Pick<Journal, 'past'>;
  registry: DeviceRegistry;
  lanes: readonly Lane[];
  /** Ids. */
  devices: ReadonlySet<string>;
  /** Arrival of the messages. */
  period: Period;
  /** Writes what differs; otherwise it is only counted. */
  write: boolean;
  /** Values that the payloads give no more are marked as failed; otherwise they stay as they are. */
  marksGone: boolean;
  summary: Summary;
  signal: AbortSignal;
}

/** Readings compared with the database at once. */
const PORTION = 500;
/** Readings in a database's outbox above which a replay waits: those of today are not to stand behind it. */
const OUTBOX_AT_MOST = 2000;
/** How much earlier than the period the quality check begins, so that it knows the values before, ms. */
const WARM_UP = 86_400_000;

/**
 * Reads the messages that the journal keeps once more, with the codecs as they are now, and compares the readings with
 * those in the databases of their flow: same device, same time. Nothing goes through the flow itself, so that no alarm
 * is raised; the quality check is repeated with the settings of the flow. Writing is idempotent: a replay that ended
 * early can be begun anew. Throws what the journal and the stores throw, and the signal's reason.
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const { journal, period, summary, signal } = options;
  const runs = options.lanes.map((lane) => new LaneRun(lane, options));
  for await (const message of journal.past({ from: period.from - WARM_UP, to: period.to })) {
    signal.throwIfAborted();
    const received = Date.parse(message.receivedTime);
    for (const run of runs) await run.take(message, received >= period.from);
    summary.reached = received;
  }
  for (const run of runs) await run.finish();
}

/** One lane during a replay. */
class LaneRun {
  readonly #decoder: FlowDecoder;
  readonly #checker: ReturnType<NonNullable<Lane['checkerWith']>> | undefined;
  readonly #devices: ReadonlySet<string>;
  readonly #summary: Summary;
  readonly #targets: Target[];
  #waiting: Observation[] = [];
  /** How many of them were held back when others were compared. */
  #held = 0;
  /** Flags that a later reading made others; the quality check node sends them as they come. */
  readonly #revisions: Observation[] = [];

  constructor({ decoderFor, checkerWith, databases }: Lane, options: ReplayOptions) {
    const { registry, devices, summary } = options;
    const state = new ScratchState();
    const decoder = decoderFor({ registry: onlyChosen(registry, devices), state });
    this.#decoder = new FlowDecoder(decoder, { settle: () => undefined });
    this.#checker = checkerWith?.({ state, onRevision: (each) => void this.#revisions.push(each) });
    this.#devices = devices;
    this.#summary = summary;
    this.#targets = databases.map((database) => new Target(database, options));
  }

  /** `counts`: it is in the period, not before. */
  async take(message: PastMessage, counts: boolean): Promise<void> {
    const { id: journalId, topic, body, receivedTime, transport } = message;
    const intake = { journalId, receivedTime, transport };
    const { readings, problem } = await this.#decoder.decode({ topic, payload: payloadOf(body), intake });
    const own = readings.map(({ payload }) => payload).filter(({ device }) => this.#devices.has(device.id));
    const judged = own.map((observation) => this.#judge(observation));
    const revisions = this.#revisions.splice(0);
    if (!counts) return;
    if (judged[0]) this.#summary.message(judged[0].device.id);
    if (problem !== undefined) this.#fail(problem);
    this.#waiting.push(...judged);
    for (const revision of revisions) this.#revise(revision);
    if (this.#waiting.length >= PORTION + this.#held) await this.#compareEarlier();
  }

  /** Compares all that waits. */
  async finish(): Promise<void> {
    await this.#compare(this.#waiting);
    this.#waiting = [];
  }

  /** Without the newest reading of each device: the next one may revise its flags. */
  async #compareEarlier(): Promise<void> {
    const newest = new Set(new Map(this.#waiting.map((each) => [each.device.id, each])).values());
    const earlier = this.#waiting.filter((each) => !newest.has(each));
    this.#waiting = [...newest];
    this.#held = newest.size;
    await this.#compare(earlier);
  }

  async #compare(observations: readonly Observation[]): Promise<void> {
    const moments = momentsOf(observations);
    for (const target of this.#targets) await target.take(moments);
  }

  #judge(observation: Observation): Observation {
    return this.#checker?.checked(observation) ?? observation;
  }

  #revise({ device, phenomenonTime, quality }: Observation): void {
    const revised = this.#waiting.findLast(
      (each) => each.device.id === device.id && each.phenomenonTime === phenomenonTime,
    );
    if (revised) revised.quality = { ...revised.quality, ...quality };
  }

  /** Only of a device that was chosen: the others are not asked about. */
  #fail(thrown: unknown): void {
    const problem = problemOf(thrown);
    const id = problem.account?.device;
    if (id !== undefined && this.#devices.has(id)) this.#summary.failure(id, problem);
  }
}

/** A database during a replay; real and sandbox data are apart. */
class Target {
  readonly #database: Lane['databases'][number];
  readonly #options: ReplayOptions;
  readonly #rows = new Map<boolean, StoredRows>();

  constructor(database: Lane['databases'][number], options: ReplayOptions) {
    this.#database = database;
    this.#options = options;
  }

  async take(moments: readonly Moment[]): Promise<void> {
    const { write, marksGone, signal } = this.#options;
    for (const [sandbox, some] of Map.groupBy(moments, (moment) => moment.sandbox)) {
      const changed = await changedMoments(some, this.#rowsOf(sandbox), marksGone);
      // After a wait: the database may have closed meanwhile.
      signal.throwIfAborted();
      for (const one of changed) this.#handle(one);
    }
    if (write) await this.#drained();
  }

  /** Past the flow: no alarm, no detector, no account hears of it. */
  #handle(changed: ChangedMoment): void {
    const { summary, write } = this.#options;
    summary.add(changed);
    const { sandbox, codec } = changed.moment;
    if (write && changed.points.length > 0) this.#database.save(changed.points, { sandbox, codec });
  }

  #rowsOf(sandbox: boolean): StoredRows {
    const rows = this.#rows.get(sandbox) ?? new StoredRows(this.#database.store(sandbox));
    this.#rows.set(sandbox, rows);
    return rows;
  }

  /** Also while the database is away: it goes on when it is back. */
  async #drained(): Promise<void> {
    let waiting = 0;
    const stop = this.#database.onStatus(({ kept }) => {
      waiting = kept;
    });
    try {
      while (waiting > OUTBOX_AT_MOST) await delay(100, undefined, { signal: this.#options.signal });
    } finally {
      stop();
    }
  }
}

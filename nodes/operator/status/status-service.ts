import type { Problem } from '../../observation/errors.ts';
import type { Problems, ReportedProblem } from '../../observation/problems.ts';
import type { Locale } from '../../opendata/wording.ts';
import type { DataFolder } from '../../persistence/data-folder.ts';
import type { Ledger } from '../../persistence/ledger.ts';
import { LedgerChanges } from '../../persistence/ledger-changes.ts';
import type { DatabaseNode, DatabaseStatus } from '../../timeseries/database.ts';
import type { OperatorSources } from '../sources.ts';
import { damagedFiles, diskProblems, persistenceProblems } from './disk-problems.ts';
import type { EventLoopDelay } from './event-loop.ts';
import type { ConfiguredNode } from './flow-graph.ts';
import { type Flows, flowProblems } from './flow-problems.ts';
import { type Health, liveness, readiness } from './health.ts';
import { MessageTotals } from './message-totals.ts';
import { metricFamilies } from './metrics.ts';
import { openMetrics } from './open-metrics.ts';
import { type StatusReport, statusReport } from './problem-lines.ts';
import { SilentDevices } from './silent-devices.ts';
import { UnaccountedProblems } from './unaccounted.ts';
import { type Found, Watch } from './watch.ts';

/** What the status is made of; all of it is looked up anew each time. */
export interface StatusSources {
  problems: Problems;
  /** Of the flows. */
  state(): Flows['state'];
  configured(): readonly ConfiguredNode[];
  /** Whether a node of that id runs. */
  exists(id: string): boolean;
  /** Why a running node could not start its work. */
  startProblem(id: string): Problem | undefined;
  /** Open while flows run that use it. */
  folder(): DataFolder | undefined;
  databases(): { id: string; node: DatabaseNode }[];
  /** Messages taken in by each kind of transport since the process started. */
  received(): ReadonlyMap<string, number>;
  /** Requests turned away by each kind of transport. */
  refused(): ReadonlyMap<string, number>;
  /** Lends what the operator page reads. Rejects while a config node is missing. */
  withSources<T>(use: (sources: OperatorSources) => Promise<T>): Promise<T>;
  eventLoop(): EventLoopDelay;
  /** Hears of each failure or warning that no room reports by itself, when it is first seen. */
  onNew(problem: ReportedProblem): void;
  /** Local day, `YYYY-MM-DD`, of a time in ms since 1970. */
  dayOf(time: number): string;
  /** ms since 1970. */
  now(): number;
}

/** ms for which lost messages are a problem; later they are history, which the accounts keep. */
const LATELY = 7 * 86_400_000;

/** How this Byflyt is: in words for people, as health and as metrics for programs. */
export class StatusService {
  readonly #sources: StatusSources;
  readonly #watch: Watch;
  readonly #silent: SilentDevices;
  readonly #unaccounted = new UnaccountedProblems();
  readonly #totals: MessageTotals;

  constructor(sources: StatusSources) {
    const { problems, onNew, folder } = sources;
    this.#sources = sources;
    const rows: Ledger['rows'] = (query) => folder()?.ledger.rows(query) ?? [];
    this.#totals = new MessageTotals(new LedgerChanges({ rows }, (time) => sources.dayOf(time)));
    this.#silent = new SilentDevices(sources);
    this.#watch = new Watch({ problems, onNew, now: () => sources.now(), looks: [() => this.#look()] });
  }

  /** In words: one line for each problem. */
  report(locale: Locale): StatusReport {
    this.#watch.look();
    const { problems, configured, now } = this.#sources;
    return statusReport(problems.list(), configured(), locale, now());
  }

  /** Alive at all. */
  health(): Health {
    return liveness(this.#sources.eventLoop().max, this.#sources.now());
  }

  /** Whether messages are received and kept. */
  ready(): Health {
    this.#watch.look();
    return readiness(this.#sources.problems.list(), this.#sources.now());
  }

  /** OpenMetrics text. */
  metrics(): string {
    this.#watch.look();
    const { databases, received, refused, problems, eventLoop, now, folder } = this.#sources;
    const open = folder();
    if (open) this.#totals.renew(now());
    const families = metricFamilies({
      totals: this.#totals,
      arrived: open ? [{ value: arrivedIn(open) }] : [],
      received: received(),
      refused: refused(),
      persistence: open?.status(),
      databases: databases().map(({ id, node }) => ({
        id,
        status: statusNow(node),
        writes: node.writes.totals(),
      })),
      problems: problems.list(),
      eventLoop: eventLoop(),
      now: now(),
    });
    return openMetrics(families);
  }

  close(): void {
    this.#watch.close();
  }

  #lostLately({ ledger }: DataFolder): number {
    const { dayOf, now } = this.#sources;
    return ledger.days({ from: dayOf(now() - LATELY) }).reduce((sum, { lost }) => sum + lost, 0);
  }

  *#look(): Generator<Found> {
    const { state, configured, exists, startProblem, folder, databases, now } = this.#sources;
    yield* flowProblems({ state: state(), configured: configured(), exists, startProblem });
    for (const { id, node } of databases()) yield* databaseProblems(id, statusNow(node));
    const open = folder();
    if (!open) return;
    const status = open.status();
    yield* persistenceProblems(status, this.#lostLately(open), now());
    yield* this.#unaccounted.problems(status.journal.unaccounted, open.journal);
    yield* diskProblems(open.path);
    yield* damagedFiles(open.path);
    yield* this.#silent.problems();
  }
}

/** As long as readings wait safely, a database that is away is no failure. */
function* databaseProblems(id: string, { problem, kept }: DatabaseStatus): Generator<Found> {
  if (!problem) return;
  const found = { ...problem, component: 'database', severity: 'warning', node: id, waiting: kept } as const;
  yield [`timeseries.database/${id}`, found];
}

function arrivedIn({ ledger }: DataFolder): number {
  return ledger.days().reduce((sum, { received }) => sum + received, 0);
}

/** Listeners are told the present state at once. */
function statusNow(node: DatabaseNode): DatabaseStatus {
  let now: DatabaseStatus = { state: 'waiting', kept: 0, refusedReadings: 0 };
  node.onStatus((status) => {
    now = status;
  })();
  return now;
}

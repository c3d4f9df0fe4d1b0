/** What /metrics tells: messages, what waits, the databases and the process. Help texts are English, as metrics are. */
import { type CurrentProblem, SEVERITIES } from '../../observation/problems.ts';
import type { PersistenceStatus } from '../../persistence/data-folder.ts';
import type { DatabaseStatus } from '../../timeseries/database.ts';
import { WRITE_BOUNDS, type WriteTotals } from '../../timeseries/write-times.ts';
import type { EventLoopDelay } from './event-loop.ts';
import type { MessageTotals } from './message-totals.ts';
import type { MetricFamily, Sample } from './open-metrics.ts';

export interface MetricSources {
  totals: MessageTotals;
  /** Messages counted on arrival, since the data folder was made; empty while no flow uses it. */
  arrived: readonly Sample[];
  /** Messages taken in by each kind of transport since the process started. */
  received: ReadonlyMap<string, number>;
  /** Requests turned away by webhooks and the like since the process started. */
  refused: ReadonlyMap<string, number>;
  /** Undefined while no flow uses the data folder. */
  persistence: PersistenceStatus | undefined;
  /** By node id. */
  databases: readonly { id: string; status: DatabaseStatus; writes: WriteTotals }[];
  problems: readonly CurrentProblem[];
  eventLoop: EventLoopDelay;
  /** ms since 1970. */
  now: number;
}

const DAY = 86_400;

/** All metrics. Labels are bounded: areas, transports and databases, never devices. */
export function metricFamilies(sources: MetricSources): MetricFamily[] {
  return [
    ...messageFamilies(sources),
    ...(sources.persistence ? journalFamilies(sources.persistence) : []),
    ...outboxFamilies(sources.persistence?.outboxes ?? [], sources.now),
    ...databaseFamilies(sources),
    ...processFamilies(sources),
  ];
}

function perTransport(counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([transport, value]) => ({ labels: { transport }, value }));
}

function messageFamilies({ totals, received, refused, arrived }: MetricSources): MetricFamily[] {
  return [
    counter('byflyt_messages_received', 'Messages that were acknowledged to their sender.', arrived),
    counter('byflyt_messages_stored', 'Messages whose readings the database has.', totals.samples('stored')),
    counter('byflyt_messages_rejected', 'Messages kept aside with a reason.', totals.samples('rejected')),
    counter(
      'byflyt_messages_dropped',
      'Messages without a reading, or left out on purpose.',
      totals.samples('dropped'),
    ),
    gauge(
      'byflyt_messages_queued',
      'Messages whose readings wait for the database.',
      totals.samples('queued'),
    ),
    gauge(
      'byflyt_messages_unaccounted',
      'Messages that ended in a flow without an account.',
      totals.samples('unaccounted'),
    ),
    gauge('byflyt_messages_in_flow', 'Messages on their way through a flow.', totals.samples('inFlow')),
    counter(
      'byflyt_intake_messages',
      'Messages taken in since the start of the process, by transport.',
      perTransport(received),
    ),
    counter(
      'byflyt_intake_refused',
      'Requests without the right secret or signature since the start of the process, by transport.',
      perTransport(refused),
    ),
  ];
}

function journalFamilies({ journal, disk }: PersistenceStatus): MetricFamily[] {
  return [
    counter(
      'byflyt_messages_lost',
      'Messages removed before they had an end, to respect a limit.',
      one(journal.lost),
    ),
    gauge('byflyt_journal_bytes', 'Size of the journal on disk.', one(journal.bytes), 'bytes'),
    gauge(
      'byflyt_journal_limit_bytes',
      'Size from which the oldest messages give way.',
      one(journal.limitBytes),
      'bytes',
    ),
    gauge(
      'byflyt_journal_limit_age_seconds',
      'Age at which messages that have an end are removed.',
      one(journal.limitDays * DAY),
      'seconds',
    ),
    gauge(
      'byflyt_disk_free_bytes',
      'Free space on the disk of the data folder.',
      one(disk.freeBytes),
      'bytes',
    ),
  ];
}

type Outbox = PersistenceStatus['outboxes'][number];

function outboxFamilies(outboxes: readonly Outbox[], now: number): MetricFamily[] {
  const each = (value: (outbox: Outbox) => number): Sample[] =>
    outboxes.map((outbox) => ({ labels: { outbox: outbox.name }, value: value(outbox) }));
  const age = ({ oldest }: Outbox) => (oldest === undefined ? 0 : Math.max(0, now - oldest) / 1000);
  return [
    gauge(
      'byflyt_outbox_waiting',
      'Readings that wait for the database.',
      each(({ waiting }) => waiting),
    ),
    gauge(
      'byflyt_outbox_bytes',
      'Size of what waits for the database.',
      each(({ bytes }) => bytes),
      'bytes',
    ),
    gauge(
      'byflyt_outbox_limit_bytes',
      'Largest size of what may wait.',
      each(({ limitBytes }) => limitBytes),
      'bytes',
    ),
    gauge('byflyt_outbox_oldest_age_seconds', 'Age of the oldest reading that waits.', each(age), 'seconds'),
    gauge(
      'byflyt_outbox_limit_age_seconds',
      'Longest time that a reading may wait.',
      each(({ limitDays }) => limitDays * DAY),
      'seconds',
    ),
    gauge(
      'byflyt_outbox_dead_letters',
      'Readings that the database will never take, kept aside.',
      each(({ deadLetters }) => deadLetters),
    ),
  ];
}

function databaseFamilies({ databases }: MetricSources): MetricFamily[] {
  const labelled = databases.map((database) => ({ ...database, labels: { database: database.id } }));
  return [
    gauge(
      'byflyt_database_up',
      '1 if the last write arrived or nothing was written yet, 0 if the database is away or refuses.',
      labelled.map(({ labels, status: { state } }) => ({
        labels,
        value: state === 'away' || state === 'refused' ? 0 : 1,
      })),
    ),
    {
      name: 'byflyt_database_write_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'How long the database took for one write.',
      distributions: labelled.map(({ labels, writes: { counts, sum } }) => ({
        labels,
        counts,
        sum,
        bounds: WRITE_BOUNDS,
      })),
    },
    counter(
      'byflyt_database_write_failures',
      'Writes that did not arrive.',
      labelled.map(({ labels, writes: { failures } }) => ({ labels, value: failures })),
    ),
  ];
}

/** Names of the process' own metrics are those of Prometheus' client for Node.js, so that ready-made charts fit. */
function processFamilies({ problems, eventLoop, now }: MetricSources): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const count = (severity: string) => problems.filter((problem) => problem.severity === severity).length;
  return [
    gauge(
      'byflyt_problems',
      'Lines of the status page.',
      SEVERITIES.map((severity) => ({ labels: { severity }, value: count(severity) })),
    ),
    counter('process_cpu_seconds', 'Time on processors.', one((user + system) / 1e6), 'seconds'),
    gauge('process_resident_memory_bytes', 'Resident memory.', one(rss), 'bytes'),
    gauge(
      'process_start_time_seconds',
      'Start of the process, since 1970.',
      one(now / 1000 - process.uptime()),
      'seconds',
    ),
    gauge('nodejs_heap_size_used_bytes', 'JavaScript objects in memory.', one(heapUsed), 'bytes'),
    gauge(
      'nodejs_eventloop_lag_mean_seconds',
      'Mean delay of the event loop.',
      one(eventLoop.mean),
      'seconds',
    ),
    gauge(
      'nodejs_eventloop_lag_p99_seconds',
      'The event loop was on time with this delay in 99 of 100 cases.',
      one(eventLoop.p99),
      'seconds',
    ),
    gauge(
      'nodejs_eventloop_lag_max_seconds',
      'Longest delay of the event loop.',
      one(eventLoop.max),
      'seconds',
    ),
  ];
}

function one(value: number): Sample[] {
  return [{ value }];
}

function counter(name: string, help: string, samples: readonly Sample[], unit?: string): MetricFamily {
  return { name, type: 'counter', help, samples, ...(unit !== undefined && { unit }) };
}

function gauge(name: string, help: string, samples: readonly Sample[], unit?: string): MetricFamily {
  return { name, type: 'gauge', help, samples, ...(unit !== undefined && { unit }) };
}

import { readdirSync, type StatsFs, statfsSync } from 'node:fs';
import type { ReportedProblem } from '../../observation/problems.ts';
import type { PersistenceStatus } from '../../persistence/data-folder.ts';
import type { Found } from './watch.ts';

const MEGABYTE = 1_000_000;
const DAY = 86_400_000;

/** Share of a limit from which people are told, and from which readings may soon get lost. */
const WARN_AT = 0.5;
const FAIL_AT = 0.95;

/** Bytes left on the disk: below the first somebody must act, below the second messages will soon be refused. */
const FEW_BYTES = 2000 * MEGABYTE;
const NO_BYTES = 100 * MEGABYTE;
/** A large disk is not full with a few gigabytes left, and neither is a small one that is nearly empty. */
const FULL_AT = 0.95;

/** What the data folder says of itself. `lost`: messages of the last days; `now` in ms since 1970. */
export function* persistenceProblems(status: PersistenceStatus, lost: number, now: number): Generator<Found> {
  if (status.problem)
    yield ['persistence.background', { ...status.problem, component: 'journal', severity: 'failure' }];
  if (lost > 0) yield ['persistence.lost', warning('lost', { count: lost })];
  for (const outbox of status.outboxes) yield* outboxProblems(outbox, now);
}

/** What waits for a database are readings; what waits for another system is what is told of them. */
function* outboxProblems(
  { name, waiting, bytes, oldest, deadLetters, limitBytes, limitDays }: PersistenceStatus['outboxes'][number],
  now: number,
): Generator<Found> {
  const [kind, node] = name.split(':');
  const at = node === undefined ? {} : { node };
  const [words, component] =
    kind === 'database' ? (['outbox', 'database'] as const) : (['outgoing', 'flows'] as const);
  const size = bytes / limitBytes;
  const age = oldest === undefined ? 0 : (now - oldest) / (limitDays * DAY);
  if (waiting > 0 && Math.max(size, age) >= WARN_AT) {
    const [key, share] = size >= age ? [`${words}_size`, size] : [`${words}_age`, age];
    const severity = share >= FAIL_AT ? 'failure' : 'warning';
    const parameters = { percent: Math.floor(share * 100), waiting, days: limitDays };
    yield [`persistence.outbox/${name}`, { ...problem(key, severity, component, parameters), ...at }];
  }
  if (deadLetters > 0 && component === 'flows') {
    const refused = problem('outgoing_refused', 'warning', component, { count: deadLetters });
    yield [`persistence.dead_letters/${name}`, { ...refused, ...at }];
  } else if (deadLetters > 0) {
    const parameters = { count: deadLetters };
    const letters = problem('dead_letters', 'warning', 'database', parameters);
    yield [`persistence.dead_letters/${name}`, { ...letters, ...at, onPage: true }];
  }
}

type DiskFigures = Pick<StatsFs, 'bavail' | 'blocks' | 'bsize'>;

/** How full the disk of the folder is. */
export function* diskProblems(
  folder: string,
  figuresOf: (path: string) => DiskFigures = statfsSync,
): Generator<Found> {
  const { bavail, blocks, bsize } = figuresOf(folder);
  const free = bavail * bsize;
  const full = 1 - bavail / Math.max(1, blocks);
  if (free > FEW_BYTES || (full < FULL_AT && free > NO_BYTES)) return;
  const severity = free <= NO_BYTES ? 'failure' : 'warning';
  const parameters = { percent: Math.floor(full * 100), free: Math.floor(free / MEGABYTE) };
  yield ['operator.disk', problem('disk', severity, 'machine', parameters)];
}

/** Name that a damaged file gets when it is put aside; SQLite's own files beside it are not meant. */
const DAMAGED = /\.damaged-.*(?<!-wal|-shm)$/;

/** Files that were damaged and put aside: shown until somebody has looked at them and taken them away. */
export function* damagedFiles(folder: string): Generator<Found> {
  for (const file of readdirSync(folder).filter((name) => DAMAGED.test(name))) {
    yield [`operator.damaged/${file}`, problem('damaged', 'notice', 'machine', { file })];
  }
}

function warning(key: string, parameters: Record<string, number>): ReportedProblem {
  return problem(key, 'warning', 'journal', parameters);
}

function problem(
  key: string,
  severity: ReportedProblem['severity'],
  component: ReportedProblem['component'],
  parameters: Record<string, string | number>,
): ReportedProblem {
  return { key: `operator.problem.${key}`, severity, component, parameters };
}

import type { ReportedProblem } from '../../observation/problems.ts';
import type { Journal } from '../../persistence/journal.ts';
import type { Found } from './watch.ts';

/** Entries that are looked at to see where they came in: reading them takes time. */
const SAMPLE = 100;

/** Finds out at which intakes the messages came in that ended without an account. */
export class UnaccountedProblems {
  #count = 0;
  #found: readonly Found[] = [];

  /** `count`: all of them; they are looked at anew when it changes. */
  problems(count: number, journal: Pick<Journal, 'unaccounted'>): readonly Found[] {
    if (count !== this.#count) this.#found = count === 0 ? [] : found(count, journal);
    this.#count = count;
    return this.#found;
  }
}

/** One problem per intake; of many messages only the one where most of the oldest came in. */
function found(count: number, journal: Pick<Journal, 'unaccounted'>): Found[] {
  const entries = journal.unaccounted({ limit: SAMPLE });
  // The journal knows the transport as `mqtt/<id of the intake>`.
  const intakes = [...Map.groupBy(entries, ({ transport }) => transport.split('/').at(-1) ?? '')]
    .map(([node, own]) => ({ node, count: own.length }))
    .sort((a, b) => b.count - a.count);
  const named = count > entries.length ? intakes.slice(0, 1).map(({ node }) => ({ node, count })) : intakes;
  return named.map(({ node, count: own }) => [`persistence.unaccounted/${node}`, problem(own, node)]);
}

function problem(count: number, node: string): ReportedProblem {
  const key = `operator.problem.unaccounted_${count === 1 ? 'one' : 'many'}`;
  return { key, parameters: { count }, component: 'journal', severity: 'warning', node };
}

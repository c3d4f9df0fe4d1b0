import { ConnectionError, problemOf } from '../observation/errors.ts';
import type { Problems, ReportedProblem } from '../observation/problems.ts';
import type { TransportState } from './transport.ts';

/** ms after which a failure that did not happen again is over: senders try again sooner. */
const OVER_AFTER = 90_000;

/** Failures of one message or topic: these do not end with the connection. */
const LASTING: Readonly<Record<string, Pick<ReportedProblem, 'component' | 'severity'>>> = {
  'intake.problem.refused': { component: 'intake', severity: 'warning' },
  'persistence.error.write': { component: 'journal', severity: 'failure' },
  'intake.error.topicRefused': { component: 'intake', severity: 'warning' },
};

/** Tells the registry whether an intake can receive, and whether the disk takes what it receives. */
export class IntakeProblems {
  readonly #problems: Problems;
  readonly #node: string;
  readonly #source: string;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #state: TransportState | undefined;

  /** `node`: id; `source`: where messages come from, as people know it. */
  constructor(problems: Problems, node: string, source: string) {
    this.#problems = problems;
    this.#node = node;
    this.#source = source;
  }

  connection(state: TransportState): void {
    this.#state = state;
    const id = `intake.connection/${this.#node}`;
    const key = `intake.problem.${state}`;
    if (state === 'connected') this.#problems.clear(id);
    else if (!this.#isKnown(id)) this.#report(id, { key, parameters: { source: this.#source } });
  }

  failed(error: unknown): void {
    const { key, parameters } = problemOf(error);
    const lasting = LASTING[key];
    // The connection ends with its error: it is there again when the next one is, also if it was said to be there still.
    const isConnection = error instanceof ConnectionError;
    if (lasting || (this.#state === 'connected' && !isConnection)) {
      this.#passing({ key, parameters });
    } else this.#report(`intake.connection/${this.#node}`, { key, parameters });
  }

  /** A request was turned away: the network server has another secret, or somebody else tries. */
  refused(): void {
    this.#passing({ key: 'intake.problem.refused', parameters: { source: this.#source } });
  }

  /** A message is on disk. */
  received(): void {
    if (this.#timers.size > 0) this.#over(`intake.failed/${this.#node}/persistence.error.write`);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#problems.clearNode(this.#node);
  }

  /** A problem that is over when it does not happen again. */
  #passing(problem: Pick<ReportedProblem, 'key' | 'parameters'>): void {
    const id = `intake.failed/${this.#node}/${problem.key}`;
    this.#report(id, { ...problem, ...LASTING[problem.key] });
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#over(id), OVER_AFTER).unref());
  }

  #over(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#problems.clear(id);
  }

  #isKnown(id: string): boolean {
    return this.#problems.list().some((problem) => problem.id === id);
  }

  #report(id: string, problem: Pick<ReportedProblem, 'key' | 'parameters'>): void {
    this.#problems.report(id, { component: 'intake', severity: 'failure', node: this.#node, ...problem });
  }
}

/** What is wrong right now, in one place: every room reports here; the status page, /ready and /metrics read it. */
import { resolve } from 'node:path';
import { dataFolderPath } from './data-folder-path.ts';
import type { Problem } from './errors.ts';

/**
 * failure: messages are not received, or may get lost. warning: somebody should act, nothing is lost yet.
 * notice: somebody should know.
 */
export const SEVERITIES = ['failure', 'warning', 'notice'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a problem belongs to; /ready has one line for each. */
export const COMPONENTS = ['flows', 'intake', 'journal', 'database', 'devices', 'machine'] as const;
export type Component = (typeof COMPONENTS)[number];

/** `key` names a sentence that says what is wrong and what to do, without the time: `since` is shown beside it. */
export interface ReportedProblem extends Problem {
  component: Component;
  severity: Severity;
  /** Id of the Node-RED node or flow concerned: the status page links to it. */
  node?: string;
  /** Readings that wait because of it; shown after the sentence. */
  waiting?: number;
  /** Staff can do something about it on the operator page. */
  onPage?: boolean;
}

export interface CurrentProblem extends ReportedProblem {
  id: string;
  /** ms since 1970: when it was first reported. */
  since: number;
}

/**
 * The problems of one Byflyt. Not on disk: whoever sees a problem reports it again after a restart.
 * Cheap enough to be told the same again and again.
 */
export class Problems {
  readonly #current = new Map<string, CurrentProblem>();

  /** `id`: `<room>.<what>` or `<room>.<what>/<node id>`. Reported again it is renewed and keeps its `since`. */
  report(id: string, problem: ReportedProblem): void {
    const since = this.#current.get(id)?.since ?? Date.now();
    this.#current.set(id, { ...problem, id, since });
  }

  /** It is over. No matter whether it was reported. */
  clear(id: string): void {
    this.#current.delete(id);
  }

  /** All problems with that `node` are over: it closes. */
  clearNode(node: string): void {
    for (const [id, problem] of this.#current) if (problem.node === node) this.#current.delete(id);
  }

  /** The worst first, then the oldest. */
  list(): CurrentProblem[] {
    return [...this.#current.values()].sort(
      (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.since - b.since,
    );
  }
}

const registries = new Map<string, Problems>();

/** The problems of this Node-RED, always the same object. `settings` is `RED.settings`. */
export function problemsOf(settings: object): Problems {
  return problemsIn(dataFolderPath(settings));
}

/** As `problemsOf`, by the path of the data folder. */
export function problemsIn(dataFolder: string): Problems {
  const path = resolve(dataFolder);
  let problems = registries.get(path);
  if (!problems) {
    problems = new Problems();
    registries.set(path, problems);
  }
  return problems;
}

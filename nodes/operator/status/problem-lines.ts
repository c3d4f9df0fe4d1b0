import { type Language, translate } from '../../observation/messages.ts';
import type { CurrentProblem, Severity } from '../../observation/problems.ts';
import { type Locale, momentText } from '../../opendata/wording.ts';
import type { ConfiguredNode } from './flow-graph.ts';
import { type HealthStatus, statusOf } from './health.ts';
import { nameOf } from './node-names.ts';

/** The state of the whole in one sentence, and one line for each problem: what the status page shows. */
export interface StatusReport {
  /** Heading. */
  title: string;
  status: HealthStatus;
  sentence: string;
  lines: ProblemLine[];
}

export interface ProblemLine {
  id: string;
  severity: Severity;
  /** The severity in a word. */
  label: string;
  /** What is wrong, and what to do. */
  sentence: string;
  /** As people say it: "since 14:02". */
  since: string;
  /** Node, or flow, that the line is about. */
  node?: { id: string; name: string };
  onPage?: boolean;
}

/** Problems in words. `now` in ms since 1970. */
export function statusReport(
  problems: readonly CurrentProblem[],
  nodes: readonly ConfiguredNode[],
  locale: Locale,
  now: number,
): StatusReport {
  const status = statusOf(problems);
  const serious = problems.filter(({ severity }) => severity !== 'notice').length;
  const plural = serious === 1 ? 'one' : 'many';
  const key = status === 'pass' ? 'all_well' : `${status}_${plural}`;
  return {
    title: translate(locale.language, 'operator.state.title'),
    status,
    sentence: translate(locale.language, `operator.state.${key}`, { count: serious }),
    lines: problems.map((problem) => lineOf(problem, nodes, locale, now)),
  };
}

function lineOf(
  problem: CurrentProblem,
  nodes: readonly ConfiguredNode[],
  locale: Locale,
  now: number,
): ProblemLine {
  const { id, severity, since, onPage } = problem;
  const { language } = locale;
  const node = nodes.find((candidate) => candidate.id === problem.node);
  const line: ProblemLine = {
    id,
    severity,
    label: translate(language, `operator.severity.${severity}`),
    sentence: sentenceOf(problem, language),
    since: translate(language, 'operator.state.since', { moment: momentText(since, now, locale) }),
  };
  if (node) line.node = { id: node.id, name: nameOf(node, nodes, language) };
  if (onPage) line.onPage = true;
  return line;
}

function sentenceOf({ key, parameters, device, waiting = 0 }: CurrentProblem, language: Language): string {
  const plain = translate(language, key, parameters);
  const sentence =
    device === undefined
      ? plain
      : translate(language, 'observation.error.device', { device, sentence: plain });
  if (waiting === 0) return sentence;
  const plural = waiting === 1 ? 'one' : 'many';
  return `${sentence} ${translate(language, `operator.state.waiting_${plural}`, { count: waiting })}`;
}

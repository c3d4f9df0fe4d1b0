import type { Problem } from '../../observation/errors.ts';
import type { ReportedProblem } from '../../observation/problems.ts';
import { activeNodes, type ConfiguredNode, leadsTo } from './flow-graph.ts';
import type { Found } from './watch.ts';

/** What is known of the deployed flows. */
export interface Flows {
  /** Whether Node-RED runs them. */
  state: 'starting' | 'running' | 'stopped';
  configured: readonly ConfiguredNode[];
  /** Whether a node of that id runs. */
  exists(id: string): boolean;
  /** Why a running node could not start its work. */
  startProblem(id: string): Problem | undefined;
}

const OURS = /^byflyt-/;
/** Nodes that say what becomes of a message. */
const ENDS = new Set(['byflyt-store', 'byflyt-drop']);

/** Where messages come in. */
const INTAKES = new Set(['byflyt-intake', 'byflyt-gateway', 'byflyt-nbiot-intake', 'byflyt-lwm2m-server']);

/** Without these no message comes to its end. */
const CHAIN = new Set([
  ...INTAKES,
  'byflyt-lorawan-decode',
  'byflyt-nbiot-decode',
  'byflyt-quality-check',
  'byflyt-anomaly-detect',
  'byflyt-store',
  'byflyt-database',
  'byflyt-devices',
]);

/** Flows that stand still, nodes that did not start, and intakes whose readings end nowhere. */
export function* flowProblems({ state, configured, exists, startProblem }: Flows): Generator<Found> {
  if (state !== 'running') {
    const key = state === 'starting' ? 'operator.problem.flows_starting' : 'operator.problem.flows_stopped';
    yield ['operator.flows', problem(key, 'failure')];
    return;
  }
  for (const node of activeNodes(configured)) {
    const at = { node: node.id };
    const why = startProblem(node.id);
    const severity = CHAIN.has(node.type) ? 'failure' : 'warning';
    if (why) yield [`operator.start/${node.id}`, { ...problem(why.key, severity, why.parameters), ...at }];
    else if (OURS.test(node.type) && !exists(node.id))
      yield [`operator.missing/${node.id}`, { ...problem('operator.problem.node_missing', severity), ...at }];
    if (INTAKES.has(node.type) && !leadsTo(node, ENDS, configured))
      yield [`operator.no_store/${node.id}`, { ...problem('operator.problem.no_store', 'warning'), ...at }];
  }
}

function problem(
  key: string,
  severity: ReportedProblem['severity'],
  parameters?: Problem['parameters'],
): ReportedProblem {
  return { key, component: 'flows', severity, ...(parameters && { parameters }) };
}

import assert from 'node:assert/strict';
import type { ConfiguredNode } from '../../../../nodes/operator/status/flow-graph.ts';
import { type Flows, flowProblems } from '../../../../nodes/operator/status/flow-problems.ts';

const FLOW: ConfiguredNode[] = [
  { id: 'tab', type: 'tab' },
  { id: 'in', type: 'byflyt-intake', z: 'tab', wires: [['decode']] },
  { id: 'decode', type: 'byflyt-lorawan-decode', z: 'tab', wires: [['store']] },
  { id: 'store', type: 'byflyt-store', z: 'tab' },
];

function problems(changes: Partial<Flows> = {}): string[] {
  const flows: Flows = {
    state: 'running',
    configured: FLOW,
    exists: () => true,
    startProblem: () => undefined,
    ...changes,
  };
  return [...flowProblems(flows)].map(([id, { key, severity }]) => `${id} ${key} ${severity}`);
}

describe('flowProblems', () => {
  it('finds nothing where every intake leads to a store', () => {
    assert.deepEqual(problems(), []);
  });

  it('finds flows that stand still, and nothing else then', () => {
    const configured = FLOW.slice(0, 2);
    assert.deepEqual(problems({ state: 'stopped', configured }), [
      'operator.flows operator.problem.flows_stopped failure',
    ]);
    assert.deepEqual(problems({ state: 'starting' }), [
      'operator.flows operator.problem.flows_starting failure',
    ]);
  });

  it('finds an intake whose readings end nowhere', () => {
    const expected = ['operator.no_store/in operator.problem.no_store warning'];
    assert.deepEqual(problems({ configured: FLOW.slice(0, 3) }), expected);
    const off = FLOW.map((node) => (node.id === 'store' ? { ...node, d: true } : node));
    assert.deepEqual(problems({ configured: off }), expected);
    const dropped = FLOW.map((node) => (node.id === 'store' ? { ...node, type: 'byflyt-drop' } : node));
    assert.deepEqual(problems({ configured: dropped }), []);
  });

  it('finds nodes that did not start, with their reason, and those that do not run at all', () => {
    const started = {
      startProblem: (id: string) => (id === 'store' ? { key: 'timeseries.error.no_database' } : undefined),
    };
    assert.deepEqual(problems(started), ['operator.start/store timeseries.error.no_database failure']);
    assert.deepEqual(problems({ exists: (id) => id !== 'in' }), [
      'operator.missing/in operator.problem.node_missing failure',
    ]);
    const lists = [...FLOW, { id: 'list', type: 'byflyt-work-list', z: 'tab' }];
    assert.deepEqual(problems({ configured: lists, exists: (id) => id !== 'list' }), [
      'operator.missing/list operator.problem.node_missing warning',
    ]);
  });
});

import assert from 'node:assert/strict';
import { activeNodes, type ConfiguredNode, leadsTo } from '../../../../nodes/operator/status/flow-graph.ts';

const TAB: ConfiguredNode = { id: 'tab', type: 'tab', label: 'Waste' };
const STORE = new Set(['store']);

function node(id: string, type: string, more: Partial<ConfiguredNode> = {}): ConfiguredNode {
  return { id, type, z: 'tab', ...more };
}

const intake = node('intake', 'intake', { wires: [['next']] });

describe('leadsTo', () => {
  const leads = (...others: ConfiguredNode[]) => leadsTo(intake, STORE, [TAB, intake, ...others]);

  it('follows wires, over any output and in circles', () => {
    const circle = node('next', 'function', { wires: [['intake'], ['next', 'end']] });
    assert.equal(leads(circle, node('end', 'store')), true);
    assert.equal(leads(circle, node('end', 'debug')), false);
    assert.equal(leads(node('next', 'store', { d: true })), false);
  });

  it('follows links to other flows, unless those are switched off', () => {
    const out = node('next', 'link out', { links: ['in'] });
    const other: ConfiguredNode = { id: 'other', type: 'tab' };
    const rest = [
      node('in', 'link in', { z: 'other', links: ['next'], wires: [['end']] }),
      node('end', 'store', { z: 'other' }),
    ];
    assert.equal(leads(out, other, ...rest), true);
    assert.equal(leads(out, { ...other, disabled: true }, ...rest), false);
  });

  it('follows a call and what comes behind it', () => {
    const call = node('next', 'link call', { links: ['in'], wires: [['end']] });
    assert.equal(leads(call, node('in', 'link in', { wires: [[]] }), node('end', 'store')), true);
    assert.equal(
      leads({ ...call, wires: [[]] }, node('in', 'link in', { wires: [['x']] }), node('x', 'store')),
      true,
    );
  });

  it('looks into subflows', () => {
    const subflow: ConfiguredNode = { id: 'sub', type: 'subflow', in: [{ wires: [{ id: 'inner' }] }] };
    const instance = node('next', 'subflow:sub');
    assert.equal(leads(instance, subflow, node('inner', 'store', { z: 'sub' })), true);
    assert.equal(leads(instance, subflow, node('inner', 'debug', { z: 'sub' })), false);
  });
});

describe('activeNodes', () => {
  it('are those that Node-RED runs as they stand', () => {
    const all: ConfiguredNode[] = [
      TAB,
      { id: 'off', type: 'tab', disabled: true },
      { id: 'sub', type: 'subflow' },
      { id: 'config', type: 'database' },
      node('runs', 'store'),
      node('switched off', 'store', { d: true }),
      node('elsewhere', 'store', { z: 'off' }),
      node('copied', 'store', { z: 'sub' }),
      node('group', 'group'),
    ];
    assert.deepEqual(
      activeNodes(all).map(({ id }) => id),
      ['config', 'runs'],
    );
  });
});

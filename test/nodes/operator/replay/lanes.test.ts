import assert from 'node:assert/strict';
import { findLanes } from '../../../../nodes/operator/replay/lanes.ts';
import type { ConfiguredNode } from '../../../../nodes/operator/status/flow-graph.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { observation } from '../../../support/observations.ts';

const TAB = { id: 'tab', type: 'tab' };
const decodes = (wires: string[][]): ConfiguredNode => ({
  id: 'decode',
  type: 'byflyt-lorawan-decode',
  z: 'tab',
  wires,
});
const store: ConfiguredNode & { database: string } = {
  id: 'store',
  type: 'byflyt-store',
  z: 'tab',
  wires: [[]],
  database: 'db',
};

/** The nodes as they run. */
const RUNNING: Record<string, unknown> = {
  decode: { decoderFor: () => undefined },
  db: { save: () => undefined },
};

describe('the way from a decode node to its database', () => {
  const find = (...nodes: ConfiguredNode[]) => findLanes([TAB, ...nodes], (id) => RUNNING[id] ?? null);

  it('is found through other nodes, each database once', () => {
    const link = { id: 'out', type: 'link out', z: 'tab', links: ['in'] };
    const end = { id: 'in', type: 'link in', z: 'tab', wires: [['store', 'second']] };
    const { lanes, unknown } = find(decodes([['out']]), link, end, store, { ...store, id: 'second' });
    assert.equal(lanes.length, 1);
    assert.deepEqual(lanes[0]?.databases, [RUNNING.db]);
    assert.deepEqual([lanes[0]?.checkerWith, unknown], [undefined, []]);
  });

  it('has the settings of the quality check on it', () => {
    const overrides = [{ quantity: 'air_temperature', failHigh: '10' }];
    const check = { id: 'check', type: 'byflyt-quality-check', z: 'tab', wires: [['store']], overrides };
    const { lanes } = find(decodes([['check']]), check, store);
    const checker = lanes[0]?.checkerWith?.({ state: new MemoryState() });
    const reading = observation(0, { air_temperature: 20 });
    assert.equal(checker?.checked(reading).quality?.air_temperature?.flag, 4);
  });

  it('names nodes that may change a reading before it is stored, and no others', () => {
    const change = { id: 'f', type: 'function', z: 'tab', name: 'calibrate', wires: [['store']] };
    const aside = { id: 'g', type: 'function', z: 'tab', name: 'e-mail text', wires: [['debug']] };
    const debug = { id: 'debug', type: 'debug', z: 'tab' };
    const { unknown } = find(decodes([['f', 'g', 'debug']]), change, aside, debug, store);
    assert.deepEqual(
      unknown.map(({ name }) => name),
      ['calibrate'],
    );
  });

  it('does not begin at the second output, nor at a node that is switched off or could not start', () => {
    assert.deepEqual(find(decodes([[], ['store']]), store).lanes, []);
    assert.deepEqual(find({ ...decodes([['store']]), d: true }, store).lanes, []);
    const lost: typeof store = { ...store, database: 'gone' };
    assert.deepEqual(find(decodes([['store']]), lost).lanes, []);
    assert.deepEqual(find({ ...decodes([['store']]), id: 'failed' }, store).lanes, []);
  });
});

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import RED, { type Node, type NodeAPI, type NodeDef } from 'node-red';
import { withoutMetrics } from '../../app/no-metrics.ts';
import { helper, nodeOf } from '../support/node-red.ts';

/** What Node-RED calls entries of its metrics. */
const METRIC = 99;

function passing(runtime: NodeAPI): void {
  runtime.nodes.registerType('passing', function (this: Node, config: NodeDef) {
    runtime.nodes.createNode(this, config);
    this.on('input', (message, send, done) => {
      send(message);
      done();
    });
  });
}

const FLOW = [
  { id: 'tab', type: 'tab' },
  { id: 'a', type: 'passing', z: 'tab', x: 0, y: 0, wires: [['b']] },
  { id: 'b', type: 'passing', z: 'tab', x: 0, y: 0, wires: [] },
];

describe('no metrics', () => {
  const log = RED.log as unknown as {
    addHandler(handler: EventEmitter): void;
    removeHandler(handler: EventEmitter): void;
  };
  const handler = new EventEmitter();
  let metrics = 0;

  before(() => helper.startServer());
  after(() => helper.stopServer());
  beforeEach(() => {
    metrics = 0;
    handler.on('log', ({ level }) => {
      if (level === METRIC) metrics++;
    });
    log.addHandler(handler);
  });
  afterEach(async () => {
    log.removeHandler(handler);
    handler.removeAllListeners();
    await helper.unload();
  });

  async function metricsOfAMessage(): Promise<number> {
    await helper.load(passing, FLOW);
    metrics = 0;
    const arrived = new Promise((resolve) => nodeOf('b').on('input', resolve));
    nodeOf('a').receive({});
    await arrived;
    return metrics;
  }

  it('spares an entry for each step of a message', async () => {
    assert.ok((await metricsOfAMessage()) > 0);
    await helper.unload();
    withoutMetrics(RED);
    assert.equal(await metricsOfAMessage(), 0);
    assert.equal(nodeOf('a').metric(), false);
  });
});

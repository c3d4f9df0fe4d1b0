import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import RED, { type Node, type NodeAPI, type NodeDef } from 'node-red';
import { deliverPromptly } from '../../app/prompt-delivery.ts';
import { helper, nodeOf } from '../support/node-red.ts';

interface Payload {
  seen: string[];
}

let arrivals: { id: string; seen: string[] }[];

/** Writes its id into each message, as nodes that change a message do, and passes it on. */
function passing(type: string): (runtime: NodeAPI) => void {
  return (runtime) =>
    runtime.nodes.registerType(type, function (this: Node, config: NodeDef) {
      runtime.nodes.createNode(this, config);
      this.on('input', (message, send, done) => {
        const { seen } = message.payload as Payload;
        arrivals.push({ id: this.id, seen: [...seen] });
        seen.push(this.id);
        send(message);
        done();
      });
    });
}

const NODES = [passing('byflyt-test'), passing('other')];

function node(id: string, ...wires: string[]): object {
  return { id, type: id.startsWith('other') ? 'other' : 'byflyt-test', z: 'tab', x: 0, y: 0, wires: [wires] };
}

async function deploy(...nodes: object[]): Promise<void> {
  await helper.load(NODES, [{ id: 'tab', type: 'tab' }, ...nodes]);
}

const ids = (): string[] => arrivals.map(({ id }) => id);
const message = () => ({ payload: { seen: [] } });

describe('prompt delivery', () => {
  let stop: () => void;

  before(() => helper.startServer());
  after(() => helper.stopServer());
  beforeEach(() => {
    arrivals = [];
    stop = deliverPromptly(RED);
  });
  afterEach(async () => {
    stop();
    await helper.unload();
  });

  it('takes a message through a chain of our nodes at once, in order', async () => {
    await deploy(node('a', 'b'), node('b', 'c'), node('c'));
    nodeOf('a').receive(message());
    nodeOf('a').receive(message());
    assert.deepEqual(ids(), ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('leaves wires from and to other nodes to Node-RED', async () => {
    await deploy(node('a', 'other'), node('other', 'b'), node('b', 'c'), node('c'));
    nodeOf('a').receive(message());
    assert.deepEqual(ids(), ['a']);
    await nextTurn();
    assert.deepEqual(ids(), ['a', 'other']);
    await nextTurn();
    assert.deepEqual(ids(), ['a', 'other', 'b', 'c']);
  });

  it('gives several wires copies that were made before any of them changed the message', async () => {
    await deploy(node('a', 'b', 'c', 'other'), node('b', 'd'), node('c'), node('d'), node('other'));
    nodeOf('a').receive(message());
    await nextTurn();
    assert.deepEqual(arrivals.slice(1), [
      { id: 'b', seen: ['a'] },
      { id: 'd', seen: ['a', 'b'] },
      { id: 'c', seen: ['a'] },
      { id: 'other', seen: ['a'] },
    ]);
  });

  it('does not exhaust the stack in a circle', async () => {
    await deploy(node('a', 'b'), node('b', 'a'));
    nodeOf('a').receive(message());
    const atOnce = arrivals.length;
    await nextTurn();
    assert.ok(atOnce < 100, `${atOnce} at once`);
    assert.ok(arrivals.length > atOnce);
  });

  it('leaves all to Node-RED while somebody else watches deliveries', async () => {
    const delivered: unknown[] = [];
    RED.hooks.add('preDeliver.test', (event: { destination: { id: string } }) => {
      delivered.push(event.destination.id);
    });
    await deploy(node('a', 'b'), node('b'));
    nodeOf('a').receive(message());
    assert.deepEqual([ids(), delivered], [['a'], ['b']]);
    RED.hooks.remove('preDeliver.test');
    nodeOf('a').receive(message());
    assert.deepEqual(ids(), ['a', 'a', 'b']);
  });

  it('can be stopped, and begun again', async () => {
    stop();
    await deploy(node('a', 'b'), node('b'));
    nodeOf('a').receive(message());
    assert.deepEqual(ids(), ['a']);
    await nextTurn();
    stop = deliverPromptly(RED);
    nodeOf('a').receive(message());
    assert.deepEqual(ids(), ['a', 'b', 'a', 'b']);
  });
});

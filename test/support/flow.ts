/** Runs nodes in a real Node-RED runtime, for tests of wrappers. */
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Node, NodeAPI } from 'node-red';
import { helper, nodeOf, statusesOf } from './node-red.ts';

interface Completion {
  msg: { _msgid?: string };
  error?: Error | undefined;
  node: { id: string };
}

interface Hooks {
  add(name: string, hook: (completion: Completion) => void): void;
  remove(name: string): void;
}

const { hooks } = createRequire(import.meta.url)('node-red') as { hooks: Hooks };

// biome-ignore lint/suspicious/noExplicitAny: a message may hold anything, and tests look at it deeply
export type Message = Record<string, any>;

export interface RunningFlow {
  /** Sends a message into a node; resolves when the node is done with it, rejects with its error. */
  send(id: string, message: Message): Promise<void>;
  /** Messages that the helper node of that id received so far. */
  received(id: string): Message[];
  /** Texts of the node's statuses so far. */
  statuses(id: string): string[];
  stop(): Promise<void>;
}

/** Starts a flow. Nodes of type `helper` collect what they receive. `settings` go over Node-RED's own. */
export async function startFlow(
  nodes: readonly ((RED: NodeAPI) => void)[],
  flow: readonly { id: string; type: string; [property: string]: unknown }[],
  settings: object,
): Promise<RunningFlow> {
  await helper.startServer();
  helper.settings(settings);
  await helper.load(nodes, flow);
  const received = new Map<string, Message[]>();
  for (const { id, type } of flow) {
    const node = nodeOf(id);
    if (type === 'helper') node.on('input', (message) => void listOf(received, id).push(message));
  }
  return {
    send: (id, message) => sendTo(nodeOf(id), message),
    received: (id) => listOf(received, id),
    statuses: statusesOf,
    async stop() {
      await helper.unload();
      await helper.stopServer();
    },
  };
}

function listOf<T>(lists: Map<string, T[]>, id: string): T[] {
  const list = lists.get(id) ?? [];
  lists.set(id, list);
  return list;
}

let sent = 0;

/** Node-RED tells of a finished message by its hook `onComplete`; what was sent on arrives a turn later. */
async function sendTo(node: Node, message: Message): Promise<void> {
  const id = `test-${++sent}`;
  const hook = `onComplete.${id}`;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  hooks.add(hook, ({ msg, error, node: { id: finished } }) => {
    if (msg._msgid !== id || finished !== node.id) return;
    if (error) reject(error);
    else resolve();
  });
  try {
    node.receive({ ...message, _msgid: id });
    await promise;
  } finally {
    hooks.remove(hook);
    await nextTurn();
    await nextTurn();
  }
}

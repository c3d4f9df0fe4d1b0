/**
 * The parts of node-red-node-test-helper that tests use. Its published types are older than it: they know neither the
 * promises of its server nor a redeploy without a type.
 */
import { createRequire } from 'node:module';
import type { Node, NodeInitializer } from 'node-red';

interface Answer<Body> {
  status: number;
  text: string;
  body: Body;
  headers: Record<string, string>;
}

interface Request<Body> extends Promise<Answer<Body>> {
  send(body: object): Request<Body>;
}

interface Helper {
  settings(settings: object): void;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  /** `credentials`: by node id. */
  load(
    nodes: NodeInitializer | readonly NodeInitializer[],
    flow: readonly object[],
    credentials?: Readonly<Record<string, object>>,
  ): Promise<void>;
  unload(): Promise<void>;
  /** Deploys in place of the flow that runs. */
  setFlows(flow: readonly object[]): Promise<void>;
  getNode(id: string): Node | null;
  /** A request to the editor's API. */
  request<Body = unknown>(): Record<'get' | 'post' | 'delete', (path: string) => Request<Body>>;
  /** What was logged so far. */
  log(): { args: [{ msg: unknown }][] };
}

const require = createRequire(import.meta.url);
export const helper = require('node-red-node-test-helper') as Helper;

/** What the helper adds to nodes: all calls of `status` so far, of whichever node. */
interface Watched {
  status: { getCalls(): { thisValue: unknown; args: [{ text?: string }] }[] };
}

/** A running node; `T` is what it offers beside what every node has. */
export function nodeOf<T = unknown>(id: string): Node & T {
  const node = helper.getNode(id);
  if (!node) throw new Error(`the flow has no node ${id}`);
  return node as Node & T;
}

/** Texts of a node's statuses so far. */
export function statusesOf(id: string): string[] {
  const node = nodeOf<Watched>(id);
  const calls = node.status.getCalls().filter(({ thisValue }) => thisValue === node);
  return calls.map(({ args: [{ text }] }) => text ?? '');
}

import { setTimeout as delay } from 'node:timers/promises';
import RED from 'node-red';

/** What became of the flows at the start. */
export interface FlowsOutcome {
  /** stopped: none runs (a node type is missing, the flow file is broken ...). */
  state: 'running' | 'incomplete' | 'stopped';
  /** Names or types of the nodes that did not start, for `incomplete`. */
  missing: readonly string[];
}

/** A node as it stands in the flow file. */
interface ConfiguredNode {
  id: string;
  type: string;
  /** Tab or subflow that it is on; configuration nodes may be on none. */
  z?: string;
  name?: string;
  /** Switched off. */
  d?: boolean;
  /** Of a tab. */
  disabled?: boolean;
}

interface RuntimeEvent {
  id: string;
  payload?: { state?: string; error?: string };
}

/** Time for the intakes to reach their brokers before the start is announced all the same. */
const INTAKES_WITHIN_MS = 5000;
const NOT_NODES = new Set(['tab', 'group', 'subflow']);

/**
 * Watches Node-RED from before its start. Resolves when the flows have started and each intake has subscribed or
 * knows that its broker is away, or when the runtime says that it does not start the flows.
 */
export function flowsOutcome(): Promise<FlowsOutcome> {
  const answered = new Set<string>();
  RED.events.on('byflyt-intake', ({ id, state }: { id: string; state: string }) => {
    if (state !== 'connecting') answered.add(id);
  });
  return new Promise((resolve) => {
    RED.events.once('flows:started', ({ config }: { config: { flows: ConfiguredNode[] } }) => {
      const nodes = activeNodes(config.flows);
      const missing = nodes.filter(({ id }) => !runtimeNodes().getNode(id));
      const intakes = nodes.filter((node) => node.type === 'byflyt-intake' && !missing.includes(node));
      void allAnswer(intakes, answered).then(() => resolve(outcomeOf(missing)));
    });
    RED.events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
      if (id === 'runtime-state' && (payload?.error || payload?.state === 'stop')) {
        resolve({ state: 'stopped', missing: [] });
      }
    });
  });
}

/** The types of the package leave this part of it out. */
function runtimeNodes(): { getNode(id: string): unknown } {
  return RED.nodes as unknown as { getNode(id: string): unknown };
}

function outcomeOf(missing: readonly ConfiguredNode[]): FlowsOutcome {
  const names = new Set(missing.map(({ name, type }) => name || type));
  return { state: names.size > 0 ? 'incomplete' : 'running', missing: [...names] };
}

/** Nodes that Node-RED makes: not those switched off, nor those of a subflow, which its instances copy. */
function activeNodes(all: readonly ConfiguredNode[]): ConfiguredNode[] {
  const places = all.filter(({ type, disabled }) => type === 'tab' && !disabled).map(({ id }) => id);
  return all.filter(
    ({ type, z, d }) =>
      !NOT_NODES.has(type) && !type.startsWith('subflow:') && !d && (!z || places.includes(z)),
  );
}

async function allAnswer(intakes: readonly ConfiguredNode[], answered: ReadonlySet<string>): Promise<void> {
  const end = Date.now() + INTAKES_WITHIN_MS;
  while (intakes.some(({ id }) => !answered.has(id)) && Date.now() < end) await delay(20);
}

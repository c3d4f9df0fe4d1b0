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
  /** Of an intake. */
  transport?: string;
  broker?: string;
}

interface FlowsStarted {
  config: { flows: ConfiguredNode[] };
}

interface RuntimeEvent {
  id: string;
  payload?: { state?: string; error?: string };
}

/** Time for the intakes to reach their brokers before the start is announced all the same. */
const INTAKES_WITHIN_MS = 5000;
/** States of an intake that has subscribed, or never will. */
const SETTLED = new Set(['connected', 'failed']);
const NOT_NODES = new Set(['tab', 'group', 'subflow']);

/** What is known of the flows from the start on. */
export interface FlowsWatch {
  /**
   * Resolves when the flows have started and each intake has subscribed or knows that its broker is away, or when the
   * runtime says that it does not start the flows.
   */
  outcome: Promise<FlowsOutcome>;
  /**
   * Resolves when every intake at the embedded broker has subscribed: it may take up many messages of the last run
   * first, or wait until somebody has mended the flows.
   */
  subscribed: Promise<void>;
}

/** Watches Node-RED from before its start. */
export function watchFlows(): FlowsWatch {
  const states = new Map<string, string>();
  const subscribed = Promise.withResolvers<void>();
  let waitingFor: readonly ConfiguredNode[] | undefined;
  const look = () => {
    if (waitingFor?.every(({ id }) => SETTLED.has(states.get(id) ?? ''))) subscribed.resolve();
  };
  RED.events.on('byflyt-intake', ({ id, state }: { id: string; state: string }) => {
    states.set(id, state);
    look();
  });
  RED.events.on('flows:started', ({ config }: FlowsStarted) => {
    waitingFor = intakesOf(config.flows).filter(isAtEmbeddedBroker);
    look();
  });
  return { outcome: outcome(states), subscribed: subscribed.promise };
}

function outcome(states: ReadonlyMap<string, string>): Promise<FlowsOutcome> {
  return new Promise((resolve) => {
    RED.events.once('flows:started', ({ config }: FlowsStarted) => {
      const missing = activeNodes(config.flows).filter(({ id }) => !runtimeNodes().getNode(id));
      void allAnswer(intakesOf(config.flows), states).then(() => resolve(outcomeOf(missing)));
    });
    RED.events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
      if (id === 'runtime-state' && (payload?.error || payload?.state === 'stop')) {
        resolve({ state: 'stopped', missing: [] });
      }
    });
  });
}

/** Those that run. */
function intakesOf(flows: readonly ConfiguredNode[]): ConfiguredNode[] {
  return activeNodes(flows).filter(({ id, type }) => type === 'byflyt-intake' && runtimeNodes().getNode(id));
}

function isAtEmbeddedBroker({ transport, broker }: ConfiguredNode): boolean {
  return transport === 'mqtt' && broker !== 'own';
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

async function allAnswer(
  intakes: readonly ConfiguredNode[],
  states: ReadonlyMap<string, string>,
): Promise<void> {
  const end = Date.now() + INTAKES_WITHIN_MS;
  const isOpen = ({ id }: ConfiguredNode) => (states.get(id) ?? 'connecting') === 'connecting';
  while (intakes.some(isOpen) && Date.now() < end) await delay(20);
}

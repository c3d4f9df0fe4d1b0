import type { NodeAPI } from 'node-red';

/** What Node-RED's log hands to those who listen; its audit events name who is signed in. */
interface LogMessage {
  event?: string;
  error?: unknown;
  user?: { username?: string; anonymous?: boolean };
}

interface LogHandler {
  emit(name: string, message: LogMessage): void;
}

/** A node as it stands in the flows. */
type WrittenNode = { id: string; type: string } & Readonly<Record<string, unknown>>;

/** A node that starts; one in a subflow stands in the flows under its alias. */
interface StartingNode {
  id: string;
  _alias?: string;
}

/** Who deployed what is starting. */
export interface Deployer {
  /**
   * Who brought a node into the flows as it is, if the same one started it now; undefined otherwise, without sign-in,
   * and at the start of Node-RED.
   */
  authorOf(node: StartingNode): string | undefined;
  /** Whether the flows start because somebody deployed them. */
  hasDeployed(): boolean;
  /** The flows have started; what starts them next is somebody else. */
  forget(): void;
}

/** Told before the flows are taken over. */
const ALL_FLOWS = 'flows.set';
/** Told when the flow has been taken over already, so that nobody can be named in time. */
const ONE_FLOW = ['flow.add', 'flow.update', 'flow.remove'];
/** Where a node is and whether it is switched on is no part of what is written in it. */
const PLACEMENT: ReadonlySet<string> = new Set(['x', 'y', 'z', 'wires', 'd']);

/**
 * Listens to Node-RED's audit events: the only place where the runtime is told who deploys. What somebody deployed need
 * not start then (it is switched off, its address is taken, a type is missing): whoever makes it start later did not
 * write it, and must not be taken for its author.
 */
export function watchDeployer({ log, nodes, events }: NodeAPI, type: string): Deployer {
  let name: string | undefined;
  let deployed = false;
  /** Id -> a node as it was written, and by whom. */
  let written = new Map<string, { text: string; by: string | undefined }>();
  const note = () => {
    const now: typeof written = new Map();
    nodes.eachNode((node) => {
      const { id, ...rest } = node as unknown as WrittenNode;
      if (rest.type !== type) return;
      const text = JSON.stringify(Object.entries(rest).filter(([part]) => !PLACEMENT.has(part)));
      const known = written.get(id);
      now.set(id, known?.text === text ? known : { text, by: name });
    });
    written = now;
  };
  const handler: LogHandler = {
    emit(_name, { event = '', error, user }) {
      if (error !== undefined) name = undefined;
      else if (event === ALL_FLOWS) {
        // What the one before deployed is there by now, started or not.
        note();
        deployed = true;
        name = user?.anonymous ? undefined : user?.username;
      } else if (ONE_FLOW.includes(event)) {
        deployed = true;
        name = undefined;
        note();
      }
    },
  };
  (log as { addHandler?(handler: LogHandler): void }).addHandler?.(handler);
  events.on('flows:starting', note);
  // Comes also where nothing could start.
  events.on('runtime-event', ({ id }: { id: string }) => {
    if (id !== 'runtime-deploy') return;
    note();
    name = undefined;
  });
  return {
    authorOf({ id, _alias }) {
      const by = written.get(_alias ?? id)?.by;
      return by === name ? by : undefined;
    },
    hasDeployed: () => deployed,
    forget() {
      name = undefined;
      deployed = false;
    },
  };
}

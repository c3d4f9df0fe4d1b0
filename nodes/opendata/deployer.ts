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
interface WrittenNode {
  id: string;
}

/** The part of Node-RED's runtime that is listened to. */
interface Runtime {
  log: object;
  nodes: { eachNode(look: (node: WrittenNode) => void): void };
  events: { on(event: string, listener: (event: { id?: string }) => void): unknown };
}

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

/**
 * Listens to Node-RED's audit events: the only place where the runtime is told who deploys. What somebody deployed need
 * not start then (it is switched off, its address is taken, a type is missing): whoever makes it start later did not
 * write it, and must not be taken for its author.
 * `meaningOf`: a word for what is written in a node, however it is written, as the editor of whoever deploys next puts
 * it in an order of its own; undefined for nodes that are none of ours, or whose author need not be known.
 */
export function watchDeployer(
  { log, nodes, events }: Runtime,
  meaningOf: (node: WrittenNode) => string | undefined,
): Deployer {
  let name: string | undefined;
  let deployed = false;
  /** Id -> what is written in a node, and by whom. */
  let written = new Map<string, { meaning: string; by: string | undefined }>();
  const note = () => {
    const now: typeof written = new Map();
    nodes.eachNode((node) => {
      const meaning = meaningOf(node);
      if (meaning === undefined) return;
      const known = written.get(node.id);
      now.set(node.id, known?.meaning === meaning ? known : { meaning, by: name });
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
  events.on('runtime-event', ({ id }) => {
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

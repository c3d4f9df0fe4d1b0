/** What Node-RED's log hands to those who listen; its audit events name who is signed in. */
interface LogMessage {
  event?: string;
  error?: unknown;
  user?: { username?: string; anonymous?: boolean };
}

interface LogHandler {
  emit(name: string, message: LogMessage): void;
}

/** Who deployed the flows that are starting. */
export interface Deployer {
  /** Undefined without sign-in, and at the start of Node-RED. */
  name(): string | undefined;
  /** Whether the flows start because somebody deployed them. */
  hasDeployed(): boolean;
  /** The flows have started; what starts them next is somebody else. */
  forget(): void;
}

const DEPLOYS = ['flows.set', 'flow.add', 'flow.update', 'flow.remove'];

/** Listens to Node-RED's audit events: the only place where the runtime is told who deploys. */
export function watchDeployer({ log }: { log: object }): Deployer {
  let name: string | undefined;
  let deployed = false;
  const handler: LogHandler = {
    emit(_name, { event = '', error, user }) {
      if (!DEPLOYS.includes(event) || error !== undefined) return;
      deployed = true;
      name = user?.anonymous ? undefined : user?.username;
    },
  };
  (log as { addHandler?(handler: LogHandler): void }).addHandler?.(handler);
  return {
    name: () => name,
    hasDeployed: () => deployed,
    forget() {
      name = undefined;
      deployed = false;
    },
  };
}

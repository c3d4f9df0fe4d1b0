import { createHash, randomUUID } from 'node:crypto';
import type { StateStore } from '../persistence/state-store.ts';

const PREFIX = 'byflyt-';
const INSTALLATION = 'intake.installation';

/**
 * A client id that stays the same for an intake node in this data folder and is nobody else's: the same flow in two
 * municipalities, or on two tabs, must not take each other's messages. 23 characters, which every broker accepts.
 */
export function clientIdFor(nodeId: string, state: StateStore): string {
  const installation = state.get<string>(INSTALLATION) ?? newInstallation(state);
  const digest = createHash('sha256').update(`${installation}/${nodeId}`).digest('hex');
  return `${PREFIX}${digest.slice(0, 16)}`;
}

/** Whether an MQTT client is an intake of some Byflyt. */
export function isIntakeClient(clientId: string): boolean {
  return clientId.startsWith(PREFIX);
}

/** On disk before the broker hears of it: after a crash another name would leave the messages kept for this one behind. */
function newInstallation(state: StateStore): string {
  const installation = randomUUID();
  state.set(INSTALLATION, installation);
  state.flush();
  return installation;
}

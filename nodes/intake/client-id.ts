import { createHash, randomUUID } from 'node:crypto';
import type { StateStore } from '../persistence/state-store.ts';

const INSTALLATION = 'intake.installation';

/**
 * A client id that stays the same for an intake node in this data folder and is nobody else's: the same flow in two
 * municipalities, or on two tabs, must not take each other's messages. 23 characters, which every broker accepts.
 */
export function clientIdFor(nodeId: string, state: StateStore): string {
  const installation = state.get<string>(INSTALLATION) ?? randomUUID();
  state.set(INSTALLATION, installation);
  const digest = createHash('sha256').update(`${installation}/${nodeId}`).digest('hex');
  return `byflyt-${digest.slice(0, 16)}`;
}

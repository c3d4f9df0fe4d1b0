import type { Journal, JournalEntry } from '../persistence/journal.ts';
import { originOf } from './intake.ts';
import { takes } from './topic-filter.ts';

/** Those whose devices send to whoever listens at the port. */
export type PortTransport = 'gateway' | 'nbiot' | 'lwm2m';

/** An intake of the flows, as its form says; also one that is switched off. */
export interface IntakeConfig {
  id: string;
  transport: 'mqtt' | 'webhook' | PortTransport;
  topics: readonly string[];
  path: string;
}

type LeftBehind = Pick<Journal, 'append' | 'settle' | 'unfinished'>;

/**
 * Messages that an intake took in and did not finish before somebody deleted it: every intake that would have received
 * them too gets them as its own, and without such an intake they are rejected, so that people can see them.
 */
export function handOver(journal: LeftBehind, intakes: readonly IntakeConfig[]): Promise<void> {
  // All intakes of a flow start at once, and a message must be handed over once.
  const before = running.get(journal) ?? Promise.resolve();
  const now = before.then(() => handOverAll(journal, intakes));
  running.set(
    journal,
    now.catch(() => undefined),
  );
  return now;
}

const running = new WeakMap<object, Promise<void>>();

async function handOverAll(journal: LeftBehind, intakes: readonly IntakeConfig[]): Promise<void> {
  for (const entry of journal.unfinished((origin) => !isSomebodys(origin, intakes))) {
    const heirs = intakes.filter((intake) => wouldReceive(intake, entry));
    await Promise.all(heirs.map((heir) => journal.append({ ...entry, transport: originOf(heir) })));
    if (heirs.length > 0) journal.settle(entry.id, 'dropped', { reasonKey: 'intake.dropped.handedOver' });
    else journal.settle(entry.id, 'rejected', { reasonKey: 'intake.error.intakeGone' });
  }
}

/** The ids of nodes in a subflow begin with that of its instance. */
function isSomebodys(origin: string, intakes: readonly IntakeConfig[]): boolean {
  return intakes.some((intake) => origin === originOf(intake) || origin.endsWith(`-${intake.id}`));
}

function wouldReceive({ transport, topics, path }: IntakeConfig, entry: JournalEntry): boolean {
  if (!entry.transport.startsWith(`${transport}/`)) return false;
  if (transport === 'webhook') return path === entry.topic;
  return transport !== 'mqtt' || topics.some((topic) => takes(topic, entry.topic));
}

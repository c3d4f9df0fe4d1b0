import type { FlowMessage } from '../observation/flow-node.ts';
import type { Observation } from '../observation/observation.ts';
import type { DatabaseNode, SaveOptions } from './database.ts';
import { pointsOf } from './points.ts';

/** Hands the Observation of a message to the database, with the journal entry that it came from. */
export function saveObservation(
  database: Pick<DatabaseNode, 'save'>,
  observation: Observation,
  message: FlowMessage,
): void {
  database.save(pointsOf(observation), {
    sandbox: observation.device.sandbox === true,
    ...journalReference(message),
  });
}

function journalReference({ intake }: FlowMessage): Pick<SaveOptions, 'journalId' | 'parts'> {
  if (!intake) return {};
  const { journalId, part } = intake;
  return part ? { journalId, parts: part } : { journalId };
}

import type { FlowMessage } from '../observation/flow-node.ts';
import type { Observation } from '../observation/observation.ts';
import type { DatabaseNode } from './database.ts';
import { pointsOf } from './points.ts';

/** Hands the Observation of a message to the database, with the journal entry that it came from. */
export function saveObservation(
  database: Pick<DatabaseNode, 'save'>,
  observation: Observation,
  message: FlowMessage,
): void {
  const { device, raw } = observation;
  const { journalId, part } = message.intake ?? {};
  database.save(pointsOf(observation), {
    sandbox: device.sandbox === true,
    account: { area: device.area, device: device.id },
    codec: `${raw.codec}@${raw.codecVersion}`,
    ...(journalId !== undefined && { journalId }),
    ...(part && { parts: part }),
  });
}

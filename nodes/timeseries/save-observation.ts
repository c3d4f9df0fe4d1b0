import { clockTime } from '../observation/clock-time.ts';
import type { FlowMessage } from '../observation/flow-node.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';
import type { DatabaseNode, DatabaseStatus, SaveOptions } from './database.ts';
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

const LOOKS = {
  waiting: { fill: 'grey', shape: 'ring' },
  saved: { fill: 'green', shape: 'dot' },
  away: { fill: 'yellow', shape: 'ring' },
  refused: { fill: 'red', shape: 'ring' },
} as const satisfies Record<DatabaseStatus['state'], object>;

/** What a node shows for a database's status. `timeZone`: IANA name. */
export function databaseStatusOf(status: DatabaseStatus, language: Language, timeZone: string) {
  const { state, kept, refusedReadings, savedTime = 0 } = status;
  const time = clockTime(savedTime, language, timeZone);
  const key = `timeseries.status.${wordingOf(status)}`;
  const text = translate(language, key, { time, kept, refused: refusedReadings });
  const hasRefused = state === 'saved' && refusedReadings > 0;
  return { ...LOOKS[state], ...(hasRefused && { fill: 'yellow' as const }), text };
}

function wordingOf({ state, kept, refusedReadings }: DatabaseStatus): string {
  if (state === 'saved') return refusedReadings > 0 ? 'saved_refused' : 'saved';
  return state !== 'waiting' && kept === 1 ? `${state}_one` : state;
}

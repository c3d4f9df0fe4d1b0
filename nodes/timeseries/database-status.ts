import { clockTime } from '../observation/clock-time.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { DatabaseStatus } from './database.ts';

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

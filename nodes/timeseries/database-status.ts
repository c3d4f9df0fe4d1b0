import { clockTime } from '../observation/clock-time.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { DatabaseStatus } from './database.ts';

const LOOKS = {
  waiting: { fill: 'grey', shape: 'ring' },
  saved: { fill: 'green', shape: 'dot' },
  away: { fill: 'yellow', shape: 'ring' },
  refused: { fill: 'red', shape: 'ring' },
} as const satisfies Record<DatabaseStatus['state'], object>;

/** Problems that have a few words of their own under a node; others are "away" or "refused". */
const REASONS: ReadonlySet<string> = new Set(
  [
    'dns',
    'nobody',
    'timeout',
    'busy',
    'certificate_unknown',
    'certificate_expired',
    'certificate_name',
    'no_tls',
    'tls',
    'redirect',
    'not_influxdb',
    'credentials',
    'no_write',
    'no_read',
    'bucket',
    'organisation',
    'mapping',
  ].map((reason) => `timeseries.error.${reason}`),
);

/** What a node shows for a database's status. `timeZone`: IANA name. */
export function databaseStatusOf(status: DatabaseStatus, language: Language, timeZone: string) {
  const { state, refusedReadings } = status;
  const hasRefused = state === 'saved' && refusedReadings > 0;
  const text =
    state === 'waiting' || state === 'saved'
      ? wellText(status, language, timeZone)
      : badText(status, language);
  return { ...LOOKS[state], ...(hasRefused && { fill: 'yellow' as const }), text };
}

function wellText(status: DatabaseStatus, language: Language, timeZone: string): string {
  const { state, refusedReadings: refused, savedTime = 0, server } = status;
  const time = clockTime(savedTime, language, timeZone);
  if (state === 'waiting' && server?.name) {
    return translate(language, 'timeseries.status.ready', { server: server.name });
  }
  const key = `timeseries.status.${state === 'saved' && refused > 0 ? 'saved_refused' : state}`;
  return translate(language, key, { time, refused });
}

function badText({ state, kept, problem }: DatabaseStatus, language: Language): string {
  const known = problem && REASONS.has(problem.key) ? problem.key.replace('error', 'reason') : undefined;
  const reason = translate(language, known ?? `timeseries.reason.${state}`);
  if (kept === 0) return reason;
  return translate(language, `timeseries.status.kept${kept === 1 ? '_one' : ''}`, { reason, kept });
}

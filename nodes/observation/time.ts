import type { TimeSource } from './observation.ts';

/** What several clocks say about one reading. A number is seconds or milliseconds since 1970 UTC. */
export interface Clocks {
  /** The device's own clock, if it sends one. */
  device?: ClockTime | undefined;
  /** The clock of the gateway that heard the uplink. */
  gateway?: ClockTime | undefined;
  /** When the network server got the uplink. */
  network?: ClockTime | undefined;
  /** Arrival here; the time of last resort. */
  received: ClockTime;
}

type ClockTime = string | number | Date;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** LoRaWAN 1.0 is of January 2015: an earlier time is the default of a clock that was never set (0001, 1970, 1980, 2000). */
const EARLIEST = Date.UTC(2015, 0, 1);
/** Clocks drift; further ahead than this is an error (2036, 2106, 2472). */
const AHEAD = 5 * MINUTE;
/** Devices and gateways that were without a network deliver later: the fullest known log holds seven weeks. */
const BEHIND = 60 * DAY;
/** The same moment is ten digits in seconds and thirteen in milliseconds. */
const SECONDS_LIMIT = 100_000_000_000;

/** Days that every month has; the others are left to Date, which knows the calendar. */
const PLAIN_UTC =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}\d*Z$/;
/** Characters of `2026-01-06T08:00:00.000`. */
const MILLISECONDS_END = 23;

/**
 * A time of ISO 8601 in UTC with milliseconds, where cutting more digits off is all it takes: almost always, and a
 * tenth of the work of going through Date. Undefined does not say that it is no time.
 */
export function plainUtc(text: string): string | undefined {
  if (!PLAIN_UTC.test(text)) return undefined;
  return text.length === MILLISECONDS_END + 1 ? text : `${text.slice(0, MILLISECONDS_END)}Z`;
}

/**
 * When a reading was made: the device's clock if plausible, else the gateway's, else the network server's, else arrival.
 *
 * A clock is plausible if it is not before 2015, not more than five minutes ahead of the reference, and not more than
 * 60 days behind it. The reference is the network server's clock, which is kept by NTP and may be old on purpose
 * (a queue, a replayed journal); without it the gateway's, which then has no limit behind; without both, arrival.
 * `timeSource` of a network server's time is `arrival`: it is when the uplink arrived there.
 */
export function choosePhenomenonTime(clocks: Clocks): { phenomenonTime: string; timeSource: TimeSource } {
  const received = milliseconds(clocks.received) ?? Date.now();
  const latest = received >= EARLIEST ? received : Number.POSITIVE_INFINITY;
  const network = plausible(clocks.network, Number.NEGATIVE_INFINITY, latest);
  const gateway = plausible(
    clocks.gateway,
    (network ?? Number.NEGATIVE_INFINITY) - BEHIND,
    network ?? latest,
  );
  const reference = network ?? gateway ?? latest;
  const oldest = Number.isFinite(reference) ? reference - BEHIND : EARLIEST;
  const device = plausible(clocks.device, oldest, reference);
  if (device !== undefined) return timed(device, 'device', clocks.device);
  if (gateway !== undefined) return timed(gateway, 'gateway', clocks.gateway);
  if (network !== undefined) return timed(network, 'arrival', clocks.network);
  return timed(received, 'arrival', clocks.received);
}

/**
 * Whether the newest time that was kept of a series (ms since 1970) can only come from a clock that was wrong: it is a
 * day after the arrival of a later reading (ISO 8601). Everything would count as late until the calendar has caught up.
 * A day, because a message that is taken up again after a crash may be older than those that came after it.
 */
export function isAhead(newest: number, receivedTime: string): boolean {
  return newest > Date.parse(receivedTime) + DAY;
}

/** The clock's time if it is between the limits, else nothing. `latest` may be exceeded by the usual drift. */
function plausible(clock: ClockTime | undefined, earliest: number, latest: number): number | undefined {
  const time = clock === undefined ? undefined : milliseconds(clock);
  if (time === undefined || time < Math.max(EARLIEST, earliest) || time > latest + AHEAD) return undefined;
  return time;
}

/** Milliseconds since 1970; ISO 8601 without a zone is UTC, as network servers mean it. */
function milliseconds(clock: ClockTime): number | undefined {
  if (typeof clock === 'number') return inMilliseconds(clock);
  if (clock instanceof Date) return finite(clock.getTime());
  if (PLAIN_UTC.test(clock)) return Date.parse(clock);
  const text = clock.trim().replace(' ', 'T');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  return finite(Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`));
}

function inMilliseconds(sinceEpoch: number): number | undefined {
  return finite(Math.abs(sinceEpoch) < SECONDS_LIMIT ? sinceEpoch * 1000 : sinceEpoch);
}

/** Only what a Date can hold: ±8.64e15 ms. */
function finite(time: number): number | undefined {
  return Number.isNaN(new Date(time).getTime()) ? undefined : time;
}

/** `clock` is where the time was read from. */
function timed(
  time: number,
  timeSource: TimeSource,
  clock: ClockTime | undefined,
): { phenomenonTime: string; timeSource: TimeSource } {
  const plain = typeof clock === 'string' ? plainUtc(clock) : undefined;
  return { phenomenonTime: plain ?? new Date(time).toISOString(), timeSource };
}

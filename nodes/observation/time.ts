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

/** Characters of `2026-01-06T08:00:00.000`. */
const MILLISECONDS_END = 23;

/** The day asked for last, as year, month and day in one number, and when it began: most times are of the same one. */
let lastDay = 0;
let lastDayBegan: number | undefined;

/**
 * A time of ISO 8601 in UTC with milliseconds, where cutting more digits off is all it takes: almost always, and a
 * tenth of the work of going through Date. Undefined does not say that it is no time.
 */
export function plainUtc(text: string): string | undefined {
  if (plainTime(text) === undefined) return undefined;
  return text.length === MILLISECONDS_END + 1 ? text : `${text.slice(0, MILLISECONDS_END)}Z`;
}

/** The same as ms since 1970, truncated. */
function plainTime(text: string): number | undefined {
  const last = text.length - 1;
  if (last < MILLISECONDS_END || text[last] !== 'Z' || text[4] !== '-' || text[7] !== '-') return undefined;
  if (text[10] !== 'T' || text[13] !== ':' || text[16] !== ':' || text[19] !== '.') return undefined;
  const [hours, minutes, seconds] = [numberAt(text, 11, 2), numberAt(text, 14, 2), numberAt(text, 17, 2)];
  const milliseconds = numberAt(text, 20, 3);
  if (!(hours < 24 && minutes < 60 && seconds < 60 && milliseconds < 1000)) return undefined;
  for (let at = MILLISECONDS_END; at < last; at++) if (Number.isNaN(numberAt(text, at, 1))) return undefined;
  const began = plainDay(numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2));
  return began === undefined
    ? undefined
    : began + ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

/** When a day began, ms since 1970. */
function plainDay(year: number, month: number, day: number): number | undefined {
  const name = (year * 100 + month) * 100 + day;
  if (name === lastDay) return lastDayBegan;
  // Date.UTC takes years of two digits for those of the twentieth century.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1)) return undefined;
  const began = Date.UTC(year, month - 1, day);
  lastDay = name;
  lastDayBegan = new Date(began).getUTCDate() === day ? began : undefined;
  return lastDayBegan;
}

/** `digits` decimal digits; NaN if one is none. */
function numberAt(text: string, start: number, digits: number): number {
  let number = 0;
  for (let at = start; at < start + digits; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

const ZERO = 48;

/** `Date.parse`, in a third of the time for UTC with milliseconds. */
export function parseTime(text: string): number {
  return plainTime(text) ?? Date.parse(text);
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
  return newest > parseTime(receivedTime) + DAY;
}

/** The clock's time if it is between the limits, else nothing. `latest` may be exceeded by the usual drift. */
function plausible(clock: ClockTime | undefined, earliest: number, latest: number): number | undefined {
  const time = clock === undefined ? undefined : milliseconds(clock);
  if (time === undefined || time < Math.max(EARLIEST, earliest) || time > latest + AHEAD) return undefined;
  return time;
}

/**
 * Milliseconds since 1970 of a time as devices and servers write it: ISO 8601 (without a zone it is UTC, as network
 * servers mean it), or seconds or milliseconds since 1970. Undefined for what is no time.
 */
export function milliseconds(clock: ClockTime): number | undefined {
  if (typeof clock === 'number') return inMilliseconds(clock);
  if (clock instanceof Date) return finite(clock.getTime());
  const plain = plainTime(clock);
  if (plain !== undefined) return plain;
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

import { createHash } from 'node:crypto';

/** Bits of a Datastream's number, of the whole second of an Observation, and of its place among those of that second. */
const DATASTREAM_BITS = 19;
const SECOND_BITS = 31;
const PLACE_BITS = 3;

const DATASTREAMS = 2 ** DATASTREAM_BITS;
const SECONDS = 2 ** SECOND_BITS;
/** Observations of one Datastream within one second that have an id of their own. */
export const MOST_PER_SECOND = 2 ** PLACE_BITS;
/** Seconds are counted from 1990 UTC, so that ids grow with time until 2058. */
const ORIGIN = 631_152_000;
/** Seconds in a year; no reading is later than that. */
const YEAR = 31_622_400;

/** Numbers of Datastreams fit into those of their Observations; other entities have more room. */
export const ID_BITS = { datastream: DATASTREAM_BITS, other: 31 } as const;

/**
 * Name -> a number of so many bits, larger than zero, made from the name alone, so that it is the same after a
 * restart and on another machine. Of two names with the same digest the one that is later in the alphabet takes its
 * next digest.
 */
export function numbered(names: Iterable<string>, bits: number): Map<string, number> {
  const taken = new Set<number>([0]);
  const numbers = new Map<string, number>();
  for (const name of [...new Set(names)].sort()) {
    let attempt = 0;
    let number = digest(name, attempt, bits);
    while (taken.has(number)) {
      attempt += 1;
      number = digest(name, attempt, bits);
    }
    taken.add(number);
    numbers.set(name, number);
  }
  return numbers;
}

function digest(name: string, attempt: number, bits: number): number {
  return createHash('sha256').update(`${attempt} ${name}`).digest().readUInt32BE() % 2 ** bits;
}

/** What the id of an Observation says: where and when it was made. */
export interface ObservationKey {
  datastream: number;
  /** Whole seconds since 1970 UTC. */
  second: number;
  /** Among the Observations of the Datastream within that second, oldest first. */
  place: number;
}

/** The id of an Observation: a whole number that a double holds exactly, as programs in any language need it. */
export function observationId({ datastream, second, place }: ObservationKey): number {
  const wrapped = (((second - ORIGIN) % SECONDS) + SECONDS) % SECONDS;
  return (wrapped * DATASTREAMS + datastream) * MOST_PER_SECOND + place;
}

/** What an id says. Seconds begin anew after 68 years; the newest that can have been measured is meant. */
export function observationKey(id: number, now: number): ObservationKey {
  const place = id % MOST_PER_SECOND;
  const rest = Math.floor(id / MOST_PER_SECOND);
  const wrapped = Math.floor(rest / DATASTREAMS);
  const latest = Math.floor(now / 1000) + YEAR - ORIGIN;
  const second = latest - ((((latest - wrapped) % SECONDS) + SECONDS) % SECONDS);
  return { datastream: rest % DATASTREAMS, second: second + ORIGIN, place };
}

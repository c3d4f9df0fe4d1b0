import { MessageError, type Problem, problemOf } from '../observation/errors.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import type { Anomaly, Observation, Quality } from '../observation/observation.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { ScratchState } from '../persistence/scratch-state.ts';
import { QualityChecker } from '../quality/quality-check.ts';
import { AnomalyDetector } from './anomaly-detector.ts';
import { type FaultAlarm, TownWatch } from './faults/town-watch.ts';
import { LocalClock } from './local-clock.ts';

export interface CheckOptions {
  language: Language;
  /** IANA name; rhythms are learned in its local time. */
  timeZone: string;
  /** 0 (few alarms) to 100 (many). */
  sensitivity: number;
}

/** The answer to a line with a reading. Canonical units. */
export interface CheckedReading {
  device: string;
  quantity: string;
  /** ISO 8601 UTC. */
  time: string;
  value: number | null;
  flag: Quality['flag'];
  reasons: { test: string; flag: Quality['flag']; sentence: string }[];
  /** 0 (ordinary) to 1; null where nothing is scored (meters, a late or failed reading, the first one). */
  score: number | null;
  expected: number | null;
  band: [number, number] | null;
  /** Why the value is unusual; empty while it is not. */
  sentence: string;
  alarms: FaultAlarm[];
}

/** The answer to a line that only moves the clock, or that could not be read. */
export type CheckedLine =
  | CheckedReading
  | { now: string; alarms: FaultAlarm[] }
  | { error: { key: string; message: string }; alarms: [] };

interface Reading {
  device: string;
  quantity: string;
  time: number;
  value: number;
  location: { lat: number; lon: number } | undefined;
}

const ORIGIN = { raw: { payloadHex: '', codec: 'check', codecVersion: '1' }, timeSource: 'device' } as const;

/** ISO 8601 with its zone (none: UTC), or a number: seconds, or milliseconds if it has more than eleven digits. */
const WITH_ZONE = /(?:Z|[+-]\d\d:?\d\d)$/i;
const SECONDS_LIMIT = 100_000_000_000;

const DAY = 86_400_000;

/**
 * Checks lines as they come (`byflyt check`), each with what was known before it: quality flags, anomaly scores and
 * alarms by the classes that the nodes use, with all state in memory, of constant size per series.
 */
export class LineChecker {
  readonly #language: Language;
  readonly #quality: QualityChecker;
  readonly #detector: AnomalyDetector;
  readonly #town: TownWatch;
  /** The present, ms since 1970 UTC. */
  #now = Number.NEGATIVE_INFINITY;
  /** From when on another reading makes a time far ahead the present. */
  #ahead = Number.POSITIVE_INFINITY;

  /** Throws RangeError for an unknown time zone. */
  constructor({ language, timeZone, sensitivity }: CheckOptions) {
    const state = new ScratchState();
    this.#language = language;
    this.#quality = new QualityChecker({ state });
    this.#detector = new AnomalyDetector({ state, language, timeZone, sensitivity });
    const clock = new LocalClock(timeZone);
    this.#town = new TownWatch({ state, clock, language, sensitivity, silence: true });
  }

  /** The answer to the JSON of one line. */
  check(line: unknown): CheckedLine {
    try {
      const fields = typeof line === 'object' && line !== null ? (line as Record<string, unknown>) : {};
      if (fields.now !== undefined) return this.#passed(timeOf(fields.now, 'now'));
      return this.#judge(readingOf(fields));
    } catch (error) {
      const { key }: Problem = problemOf(error);
      return { error: { key, message: describeError(error, this.#language) }, alarms: [] };
    }
  }

  #passed(time: number): CheckedLine {
    this.#now = time;
    return { now: new Date(time).toISOString(), alarms: this.#town.passed(time) };
  }

  #judge(reading: Reading): CheckedReading {
    const { device, quantity, time, value, location } = reading;
    const known = isQuantity(quantity) ? this.#observe(reading, quantity) : { flag: 2 as const, reasons: [] };
    const failed = known.flag === 4;
    const alarms = this.#town.see({ device, quantity, time, value, failed, location });
    const { anomaly } = known;
    return {
      device,
      quantity,
      time: new Date(time).toISOString(),
      value: Number.isNaN(value) ? null : value,
      flag: known.flag,
      reasons: known.reasons.map(({ test, flag, key, parameters }) => ({
        test,
        flag,
        sentence: translate(this.#language, key, parameters),
      })),
      score: anomaly?.score ?? null,
      expected: anomaly?.expected ?? null,
      band: anomaly?.band ?? null,
      sentence: anomaly?.sentence ?? '',
      alarms,
    };
  }

  #observe(
    { device, time, value, location }: Reading,
    quantity: QuantityId,
  ): Quality & { anomaly?: Anomaly | undefined } {
    const observation: Observation = {
      device: { id: device, name: device, area: 'unassigned', ...(location && { location }) },
      phenomenonTime: new Date(time).toISOString(),
      receivedTime: new Date(this.#arrivalOf(time)).toISOString(),
      values: { [quantity]: value },
      ...ORIGIN,
    };
    const quality = this.#quality.check(observation);
    const anomaly = this.#detector.detect({ ...observation, quality })[quantity];
    return { ...(quality[quantity] ?? { flag: 2, reasons: [] }), anomaly };
  }

  /** When a reading of `time` arrives: then, unless that is far ahead, and no second one says so: the clock is wrong. */
  #arrivalOf(time: number): number {
    const isFarAhead = time - this.#now > DAY && Number.isFinite(this.#now);
    if (isFarAhead && time < this.#ahead) {
      this.#ahead = time - DAY;
      return this.#now;
    }
    this.#ahead = Number.POSITIVE_INFINITY;
    this.#now = Math.max(this.#now, time);
    return this.#now;
  }
}

function readingOf(fields: Record<string, unknown>): Reading {
  const { device, quantity, lat, lon } = fields;
  if (typeof device !== 'string' || device === '') throw wrong('device');
  if (typeof quantity !== 'string' || quantity === '') throw wrong('quantity');
  const time = timeOf(fields.time, 'time');
  const located = Number.isFinite(lat) && Number.isFinite(lon);
  const location = located ? { lat: lat as number, lon: lon as number } : undefined;
  return { device, quantity, time, value: numberOf(fields.value), location };
}

/** NaN for what says that there was no value. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || value === 'NaN') return Number.NaN;
  throw wrong('value');
}

/** ms since 1970 UTC. */
function timeOf(value: unknown, field: string): number {
  let time = Number.NaN;
  if (typeof value === 'number') time = Math.abs(value) < SECONDS_LIMIT ? value * 1000 : value;
  else if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) {
    const text = value.trim().replace(' ', 'T');
    time = Date.parse(text.length === 10 || WITH_ZONE.test(text) ? text : `${text}Z`);
  }
  if (Number.isNaN(new Date(time).getTime())) throw wrong(field);
  return time;
}

function wrong(field: string): MessageError {
  return new MessageError({ key: 'anomaly.error.check_line', parameters: { field } });
}

import type { Language } from '../observation/messages.ts';
import type { Anomaly, Observation, Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { isAhead, parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { type DeviceStates, deviceStatesOf } from './device-states.ts';
import { explain } from './explain.ts';
import { feedbackOf, sensitivityAfter } from './feedback.ts';
import type { HolidayCountry } from './holidays.ts';
import { LearnedLog } from './learned-log.ts';
import { LocalClock } from './local-clock.ts';
import { type SavedDetector, StreamingDetector } from './streaming-detector.ts';

export interface AnomalyOptions {
  state: StateStore;
  language: Language;
  /** IANA name; the rhythm is learned in its local time. */
  timeZone: string;
  /** Country whose holidays are taken for Sundays. */
  holidays?: HolidayCountry;
  /** 0 (few alarms) to 100 (many alarms). */
  sensitivity: number;
  /** Absolute path of the data folder; without it a process that is killed forgets what was not saved yet. */
  folder?: string;
  /** Default: `watchedByDefault`. */
  quantities?: readonly QuantityId[];
}

/** Scores from which a value is called unusual, at the ends of the slider; it moves evenly in "how rare". */
const FEW_ALARMS = 0.989;
const MANY_ALARMS = 0.82;

const HOUR = 3_600_000;

/** Of what the StateStore has of a device. */
const PREFIX = 'detectors/';

/** Differences that no sensor of municipal grade resolves, as a share of the plausible range. */
const RESOLUTION = 1e-3;

/** The score from which a value is called unusual, for a slider position of 0 (few) to 100 (many alarms). */
export function thresholdFor(sensitivity: number): number {
  const share = Math.min(Math.max(sensitivity, 0), 100) / 100;
  return 1 - (1 - FEW_ALARMS) * ((1 - MANY_ALARMS) / (1 - FEW_ALARMS)) ** share;
}

/** All measured numbers but those of the device itself; meters only grow and are no case for a level or a rhythm. */
export function watchedByDefault(id: QuantityId): boolean {
  const { valueType, kind, health } = QUANTITIES[id];
  return valueType === 'number' && kind === 'gauge' && !health;
}

/**
 * Scores the values of Observations with one StreamingDetector per device and quantity, kept in the StateStore.
 * Not scored and not learned: values flagged as failed or missing, late samples, those far ahead and duplicates. The first value of a
 * series is only learned: nothing is known to expect.
 */
export class AnomalyDetector {
  readonly #options: AnomalyOptions;
  readonly #clock: LocalClock;
  readonly #threshold: number;
  readonly #watched: ReadonlySet<string> | undefined;
  readonly #log: LearnedLog | undefined;

  /** Throws RangeError for an unknown time zone. */
  constructor(options: AnomalyOptions) {
    this.#options = options;
    this.#clock = new LocalClock(options.timeZone, options.holidays);
    this.#threshold = thresholdFor(options.sensitivity);
    this.#watched = options.quantities && new Set(options.quantities);
    this.#log = options.folder === undefined ? undefined : new LearnedLog(options.folder);
    if (this.#log) this.#learnAgain(this.#log);
  }

  /** An Anomaly per value that was scored; the Observation itself is not changed. */
  detect(observation: Observation): Partial<Record<QuantityId, Anomaly>> {
    const anomalies: Partial<Record<QuantityId, Anomaly>> = {};
    const learned: Record<string, number> = {};
    const time = parseTime(observation.phenomenonTime);
    // A clock that is wrong would make all later readings late.
    if (isAhead(time, observation.receivedTime)) return anomalies;
    for (const [id, value] of Object.entries(observation.values) as [QuantityId, Value][]) {
      if (typeof value !== 'number' || !Number.isFinite(value) || !this.#watches(id)) continue;
      const flag = observation.quality?.[id]?.flag;
      if (flag === 4 || flag === 9) continue;
      const anomaly = this.#judge(observation, time, id, value, learned);
      if (anomaly) anomalies[id] = anomaly;
    }
    this.#log?.add({ device: observation.device.id, time, values: learned });
    return anomalies;
  }

  #watches(id: QuantityId): boolean {
    if (!Object.hasOwn(QUANTITIES, id)) return false;
    return this.#watched ? this.#watched.has(id) : watchedByDefault(id);
  }

  #judge(
    observation: Observation,
    time: number,
    quantity: QuantityId,
    value: number,
    learned: Record<string, number>,
  ): Anomaly | undefined {
    const { device } = observation;
    const { state, language, timeZone } = this.#options;
    const states = this.#statesOf(device.id);
    const detector = this.#detector(states, observation, quantity, time);
    const { newest } = detector;
    if (newest !== undefined && time <= newest) return undefined;
    const judgement = detector.scoreOne(time, value);
    const isUnusual =
      judgement.score >= this.#threshold && judgement.score >= this.#ownThreshold(device.id, quantity);
    const reason = isUnusual ? detector.explainOne(time, value) : undefined;
    detector.learnOne(time, value);
    states.put(quantity, detector);
    state.set(PREFIX + device.id, states, 'minute');
    learned[quantity] = value;
    if (newest === undefined) return undefined;
    const place = device.site ?? device.name;
    const unusual = reason && { quantity, place, time, value, reason };
    const sentence = unusual ? explain(unusual, language, timeZone) : '';
    const isFirstOfHour = Math.floor(time / HOUR) !== Math.floor(newest / HOUR);
    return isFirstOfHour ? { ...judgement, sentence, hourly: true } : { ...judgement, sentence };
  }

  /** What a process that was killed had learned and not saved. */
  #learnAgain(log: LearnedLog): void {
    const { state } = this.#options;
    const learned = log.read();
    if (learned.length === 0) return;
    for (const { device, time, values } of learned) {
      for (const [quantity, value] of Object.entries(values)) {
        if (!isQuantity(quantity)) continue;
        const states = this.#statesOf(device);
        const detector = this.#known(states, device, quantity);
        if (time <= (detector.newest ?? Number.NEGATIVE_INFINITY)) continue;
        detector.learnOne(time, value);
        state.set(PREFIX + device, states, 'minute');
      }
    }
    try {
      state.flush();
      log.clear();
    } catch {
      // The store tries again and says what is wrong; the log is kept until then.
    }
  }

  /** With what people said of earlier alarms. Asked only for what would be one, which is rare. */
  #ownThreshold(device: string, quantity: QuantityId): number {
    const { state, sensitivity } = this.#options;
    return thresholdFor(sensitivityAfter(sensitivity, feedbackOf(state, device, quantity)));
  }

  #statesOf(device: string): DeviceStates<StreamingDetector> {
    return deviceStatesOf(this.#options.state, PREFIX + device);
  }

  /** What was learned at times that a wrong clock made up is of no use. */
  #detector(
    states: DeviceStates<StreamingDetector>,
    { device, receivedTime }: Observation,
    quantity: QuantityId,
    time: number,
  ): StreamingDetector {
    const detector = this.#known(states, device.id, quantity);
    const { newest = time } = detector;
    return newest > time && isAhead(newest, receivedTime) ? this.#fresh(quantity) : detector;
  }

  #known(states: DeviceStates<StreamingDetector>, device: string, quantity: QuantityId): StreamingDetector {
    if (!states.has(quantity)) this.#takeOver(states, device, quantity);
    return states.get(quantity, (saved) => this.#fresh(quantity, saved));
  }

  /** What earlier versions kept of each series under a key of its own. */
  #takeOver(states: DeviceStates<StreamingDetector>, device: string, quantity: QuantityId): void {
    const { state } = this.#options;
    const key = `anomaly/${device}/${quantity}`;
    const saved = state.get<SavedDetector>(key);
    if (!saved) return;
    states.put(quantity, this.#fresh(quantity, saved));
    // In this order, in which they are saved: a process that is killed between must not have lost it.
    state.set(PREFIX + device, states);
    state.delete(key);
  }

  #fresh(quantity: QuantityId, saved?: SavedDetector): StreamingDetector {
    return new StreamingDetector(this.#clock, resolutionOf(quantity), saved);
  }
}

/** Events are whole numbers; other sensors resolve a share of the quantity's range. */
function resolutionOf(id: QuantityId): number {
  const { aggregation, range } = QUANTITIES[id];
  if (aggregation === 'sum' || !range) return 1;
  return (range[1] - range[0]) * RESOLUTION;
}

import { FAULT_SEVERITY } from '../../observation/fault-cause.ts';
import type { Anomaly, Observation, Value } from '../../observation/observation.ts';
import { isQuantity, type QuantityId } from '../../observation/quantities.ts';
import { isAhead, parseTime } from '../../observation/time.ts';
import { type FaultAlarm, type TownOptions, TownWatch } from './town-watch.ts';

type Anomalies = Partial<Record<QuantityId, Anomaly>>;

export interface FaultOptions extends Omit<TownOptions, 'silence'> {
  /** Default: all numbers. */
  quantities?: readonly QuantityId[];
}

/**
 * Faults of sensors in Observations, for the flows. Not silence: that is what the device watch is for. State is in the
 * StateStore, so that a restart changes nothing.
 */
export class FaultDetector {
  readonly #town: TownWatch;
  readonly #watched: ReadonlySet<string> | undefined;

  constructor({ quantities, ...options }: FaultOptions) {
    this.#town = new TownWatch({ ...options, silence: false });
    this.#watched = quantities && new Set(quantities);
  }

  /**
   * The anomalies with cause and severity while a fault is open, and with its sentence when it begins. A quantity that
   * has no score (a meter) gets an Anomaly then, too, with its reading as the expected value.
   */
  detect(observation: Observation, anomalies: Anomalies): Anomalies {
    const { device, values, quality, receivedTime } = observation;
    const time = parseTime(observation.phenomenonTime);
    // A clock that is wrong would make all later readings late.
    if (isAhead(time, receivedTime)) return anomalies;
    const found = { ...anomalies };
    for (const [id, value] of Object.entries(values) as [QuantityId, Value][]) {
      if (typeof value !== 'number' || !Number.isFinite(value) || !this.#watches(id)) continue;
      const alarms = this.#town.see({
        device: device.id,
        place: device.site ?? device.name,
        quantity: id,
        time,
        value,
        failed: quality?.[id]?.flag === 4,
        location: device.location,
      });
      const anomaly = this.#told(device.id, id, value, found[id], alarms);
      if (anomaly) found[id] = anomaly;
    }
    return found;
  }

  #watches(id: QuantityId): boolean {
    return isQuantity(id) && (this.#watched === undefined || this.#watched.has(id));
  }

  #told(
    device: string,
    id: QuantityId,
    value: number,
    known: Anomaly | undefined,
    alarms: readonly FaultAlarm[],
  ): Anomaly | undefined {
    const raised = alarms.findLast(({ state }) => state === 'raised');
    const cause = raised?.cause ?? this.#town.openOf(device, id);
    if (cause === undefined) return known;
    const anomaly = known ?? { score: raised ? 1 : 0, expected: value, band: [value, value], sentence: '' };
    const sentence = raised?.sentence ?? anomaly.sentence;
    return { ...anomaly, sentence, cause, severity: FAULT_SEVERITY[cause] };
  }
}

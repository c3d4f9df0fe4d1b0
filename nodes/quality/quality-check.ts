import type { Observation, Quality, Value } from '../observation/observation.ts';
import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import { isAhead, parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { defaultLimits, type QualityLimits } from './limits.ts';
import { QUALITY_TESTS, type QualityTest, SeriesCheck, type SeriesState } from './series-check.ts';

export interface QualityOptions {
  state: StateStore;
  /** Default: all of them. */
  tests?: readonly QualityTest[];
  /** Parts that replace the defaults of a quantity. */
  overrides?: Partial<Record<QuantityId, QualityLimits>>;
}

/** All series of one device. */
interface DeviceSeries {
  device: string;
  states: Partial<Record<QuantityId, SeriesState>>;
  changed: boolean;
}

interface Sample {
  id: QuantityId;
  /** ms since 1970 UTC. */
  time: number;
  value: Value | undefined;
  receivedTime: string;
}

/**
 * Checks every value of an Observation with the QARTOD tests, one state per device and quantity.
 * A late sample (older than the newest) is held against the range only and leaves the state alone, and a duplicate of
 * the newest gets the same verdict again. States (booleans, text) are not evaluated (2), a value that is no number
 * is missing (9). Only findings other than "pass" have a reason.
 */
export class QualityChecker {
  readonly #state: StateStore;
  readonly #tests: ReadonlySet<QualityTest>;
  readonly #overrides: Partial<Record<QuantityId, QualityLimits>>;
  /** `undefined` for what is no number and has no tests. */
  readonly #checks = new Map<QuantityId, SeriesCheck | undefined>();

  constructor({ state, tests = QUALITY_TESTS, overrides = {} }: QualityOptions) {
    this.#state = state;
    this.#tests = new Set(tests);
    this.#overrides = overrides;
  }

  /** A verdict per value; the Observation itself is not changed. */
  check({ device, values, phenomenonTime, receivedTime }: Observation): Partial<Record<QuantityId, Quality>> {
    const time = parseTime(phenomenonTime);
    const key = `quality/${device.id}`;
    const series: DeviceSeries = { device: device.id, states: this.#state.get(key) ?? {}, changed: false };
    const verdicts: Partial<Record<QuantityId, Quality>> = {};
    for (const name in values) {
      const id = name as QuantityId;
      verdicts[id] = this.#checkValue({ id, time, value: values[id], receivedTime }, series);
    }
    if (series.changed) this.#state.set(key, series.states);
    return verdicts;
  }

  #checkValue({ id, time, value, receivedTime }: Sample, series: DeviceSeries): Quality {
    const check = this.#checkOf(id);
    if (!check) return { flag: 2, reasons: [] };
    if (typeof value !== 'number' || !Number.isFinite(value)) return check.missing();
    const known = series.states[id] ?? this.#takeOver(series, id);
    if (known && time <= known.time && !isAhead(known.time, receivedTime)) {
      if (time < known.time || value !== known.value) return check.late(value);
      return known.verdict ?? { flag: 1, reasons: [] };
    }
    const state = known && time > known.time ? known : { time, value };
    series.states[id] = state;
    series.changed = true;
    return check.advance(state, time, value);
  }

  /** The state of a series as earlier versions kept it, each under a key of its own. */
  #takeOver(series: DeviceSeries, id: QuantityId): SeriesState | undefined {
    const key = `quality/${series.device}/${id}`;
    const saved = this.#state.get<SeriesState>(key);
    if (!saved) return undefined;
    this.#state.delete(key);
    series.states[id] = saved;
    series.changed = true;
    return saved;
  }

  #checkOf(id: QuantityId): SeriesCheck | undefined {
    const known = this.#checks.get(id);
    if (known || this.#checks.has(id)) return known;
    const { valueType, unit }: Partial<Quantity> = QUANTITIES[id] ?? {};
    const limits = { ...defaultLimits(id), ...this.#overrides[id] };
    const check =
      valueType === 'number' && unit !== undefined ? new SeriesCheck(unit, limits, this.#tests) : undefined;
    this.#checks.set(id, check);
    return check;
  }
}

import { unitSymbol } from '../observation/labels.ts';
import type { Observation, Quality, QualityFlag, QualityReason, Value } from '../observation/observation.ts';
import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import { isAhead } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { defaultLimits, type QualityLimits } from './limits.ts';
import {
  extendRun,
  type FlatRun,
  flatLine,
  grossRange,
  HOUR,
  hourlyRate,
  rateOfChange,
  type Span,
  worstFlag,
} from './qartod.ts';

export const QUALITY_TESTS = ['gross_range', 'rate_of_change', 'flat_line'] as const;
export type QualityTest = (typeof QUALITY_TESTS)[number];

export interface QualityOptions {
  state: StateStore;
  /** Default: all of them. */
  tests?: readonly QualityTest[];
  /** Parts that replace the defaults of a quantity. */
  overrides?: Partial<Record<QuantityId, QualityLimits>>;
}

interface RawSample {
  id: QuantityId;
  /** ms since 1970 UTC. */
  time: number;
  value: Value;
}

interface Sample extends RawSample {
  value: number;
}

/** The newest sample of a series and what the next one is compared with; its size does not grow. */
interface SeriesState {
  time: number;
  value: number;
  /** Newest sample that did not fail its range: a sentinel must not make the good value after it suspect. */
  good?: { time: number; value: number };
  run?: FlatRun;
  /** For duplicates of the newest sample. */
  verdict: Quality;
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
  readonly #limits = new Map<QuantityId, QualityLimits>();

  constructor({ state, tests = QUALITY_TESTS, overrides = {} }: QualityOptions) {
    this.#state = state;
    this.#tests = new Set(tests);
    this.#overrides = overrides;
  }

  /** A verdict per value; the Observation itself is not changed. */
  check(observation: Observation): Partial<Record<QuantityId, Quality>> {
    const time = Date.parse(observation.phenomenonTime);
    const verdicts: Partial<Record<QuantityId, Quality>> = {};
    for (const [id, value] of Object.entries(observation.values) as [QuantityId, Value][]) {
      verdicts[id] = this.#checkValue(observation, { id, time, value });
    }
    return verdicts;
  }

  #checkValue({ device, receivedTime }: Observation, { id, time, value }: RawSample): Quality {
    const quantity: Quantity | undefined = QUANTITIES[id];
    if (quantity?.valueType !== 'number') return { flag: 2, reasons: [] };
    const findings = new Findings(quantity.unit);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return findings.add('gross_range', 9, 'quality.reason.missing', {}).verdict();
    }
    const key = `quality/${device.id}/${id}`;
    const known = this.#state.get<SeriesState>(key);
    const state = known && isAhead(known.time, receivedTime) ? undefined : known;
    if (state && time <= state.time) {
      if (time === state.time && value === state.value) return state.verdict;
      this.#checkRange({ id, time, value }, findings);
      return findings.add('late', 2, 'quality.reason.late', {}).verdict();
    }
    const next = this.#advance({ id, time, value }, state, findings);
    this.#state.set(key, next);
    return next.verdict;
  }

  /** The state after a sample that is newer than all before, with the verdict on it. */
  #advance(sample: Sample, before: SeriesState | undefined, findings: Findings): SeriesState {
    const { id, time, value } = sample;
    const failed = this.#checkRange(sample, findings) === 4;
    this.#checkRate(sample, before?.good, findings);
    const limit = this.#limitsOf(id).flat;
    const run = limit && extendRun(before?.run, time, value, limit.tolerance);
    if (run && limit && this.#tests.has('flat_line')) {
      const hours = (time - run.since) / HOUR;
      findings.add('flat_line', flatLine(run, time, limit), 'quality.reason.flat', { hours });
    }
    const good = failed ? before?.good : { time, value };
    return { time, value, verdict: findings.verdict(), ...(good && { good }), ...(run && { run }) };
  }

  #checkRange({ id, value }: Sample, findings: Findings): QualityFlag {
    if (!this.#tests.has('gross_range')) return 2;
    const { fail, suspect } = this.#limitsOf(id);
    const flag = grossRange(value, fail, suspect);
    if (flag === 4 && fail) findings.addSpan(flag, 'quality.reason.impossible', value, fail);
    else if (flag === 3 && suspect) findings.addSpan(flag, 'quality.reason.unusual', value, suspect);
    else findings.pass(flag);
    return flag;
  }

  #checkRate({ id, time, value }: Sample, previous: SeriesState['good'], findings: Findings): void {
    const limit = this.#limitsOf(id).ratePerHour;
    if (!this.#tests.has('rate_of_change') || limit === undefined) return;
    const rate = previous ? hourlyRate(previous, time, value) : 0;
    findings.add('rate_of_change', rateOfChange(rate, limit), 'quality.reason.rate', { rate, limit });
  }

  #limitsOf(id: QuantityId): QualityLimits {
    let limits = this.#limits.get(id);
    if (!limits) {
      limits = { ...defaultLimits(id), ...this.#overrides[id] };
      this.#limits.set(id, limits);
    }
    return limits;
  }
}

/** Collects what the tests say of one value. */
class Findings {
  readonly #ucum: string;
  readonly #flags: QualityFlag[] = [];
  readonly #reasons: QualityReason[] = [];

  constructor(ucum: string) {
    this.#ucum = ucum;
  }

  pass(flag: QualityFlag): void {
    this.#flags.push(flag);
  }

  add(test: string, flag: QualityFlag, key: string, facts: Record<string, number>): this {
    this.#flags.push(flag);
    if (flag !== 1) this.#reasons.push({ test, flag, key, parameters: this.#readable(facts) });
    return this;
  }

  #readable(facts: Record<string, number>): QualityReason['parameters'] {
    const symbol = unitSymbol(this.#ucum);
    // With its space: a quantity without a unit has neither.
    const parameters: QualityReason['parameters'] = { unit: symbol === '' ? '' : ` ${symbol}` };
    for (const [name, fact] of Object.entries(facts)) {
      parameters[name] = Number.isFinite(fact) ? Number(fact.toPrecision(4)) : fact > 0 ? '∞' : '−∞';
    }
    return parameters;
  }

  addSpan(flag: QualityFlag, key: string, value: number, [low, high]: Span): void {
    this.add('gross_range', flag, key, { value, low, high });
  }

  verdict(): Quality {
    return { flag: worstFlag(this.#flags), reasons: this.#reasons };
  }
}

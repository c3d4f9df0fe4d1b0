import { unitSymbol } from '../observation/labels.ts';
import type { Quality, QualityFlag, QualityReason } from '../observation/observation.ts';
import type { QualityLimits } from './limits.ts';
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

/** The newest sample of a series and what the next one is compared with; its size does not grow. */
export interface SeriesState {
  /** ms since 1970 UTC. */
  time: number;
  value: number;
  /** Newest sample that did not fail its range: a sentinel must not make the good value after it suspect. */
  good?: { time: number; value: number };
  run?: FlatRun;
  /** For duplicates of the newest sample; none: it passed without a remark. */
  verdict?: Quality | undefined;
}

/** What a test that is switched off, or has nothing to go by, says. */
const NOT_EVALUATED = 2;

/** The tests of one quantity, with the limits that they hold its values against. */
export class SeriesCheck {
  readonly #limits: QualityLimits;
  readonly #tests: ReadonlySet<QualityTest>;
  readonly #symbol: string;

  /** `unit`: UCUM code. */
  constructor(unit: string, limits: QualityLimits, tests: ReadonlySet<QualityTest>) {
    const { fail, suspect, ratePerHour, flat } = limits;
    this.#symbol = unitSymbol(unit);
    this.#tests = tests;
    this.#limits = {
      flat,
      ...(tests.has('gross_range') && { fail, suspect }),
      ...(tests.has('rate_of_change') && { ratePerHour }),
    };
  }

  /** The verdict on what is no number. */
  missing(): Quality {
    return { flag: 9, reasons: [this.#reason('gross_range', 9, 'quality.reason.missing', {})] };
  }

  /** The verdict on a sample that is older than the newest: only its range counts. */
  late(value: number): Quality {
    const range = this.#range(value);
    const reasons = this.#rangeReasons(range, value);
    reasons.push(this.#reason('late', NOT_EVALUATED, 'quality.reason.late', {}));
    return { flag: worstFlag([range, NOT_EVALUATED]), reasons };
  }

  /** The verdict on a sample that is newer than all before; `state` then tells of it. `time` in ms since 1970 UTC. */
  advance(state: SeriesState, time: number, value: number): Quality {
    const { ratePerHour, flat } = this.#limits;
    const range = this.#range(value);
    const rate = state.good ? hourlyRate(state.good, time, value) : 0;
    const change = ratePerHour === undefined ? NOT_EVALUATED : rateOfChange(rate, ratePerHour);
    if (flat) state.run = extendRun(state.run, time, value, flat.tolerance);
    const judged = flat && this.#tests.has('flat_line') ? state.run : undefined;
    const flatness = flat && judged ? flatLine(judged, time, flat) : NOT_EVALUATED;

    const flag = worstFlag([range, change, flatness]);
    const reasons = flag === 1 ? [] : this.#rangeReasons(range, value);
    if (ratePerHour !== undefined && change !== 1) {
      const facts = { rate, limit: ratePerHour };
      reasons.push(this.#reason('rate_of_change', change, 'quality.reason.rate', facts));
    }
    if (judged && flatness !== 1) {
      const facts = { hours: (time - judged.since) / HOUR };
      reasons.push(this.#reason('flat_line', flatness, 'quality.reason.flat', facts));
    }
    return remember(state, { time, value, failed: range === 4 }, { flag, reasons });
  }

  #range(value: number): QualityFlag {
    return grossRange(value, this.#limits.fail, this.#limits.suspect);
  }

  #rangeReasons(flag: QualityFlag, value: number): QualityReason[] {
    const { fail, suspect } = this.#limits;
    if (flag === 4 && fail) return [this.#spanReason(flag, 'quality.reason.impossible', value, fail)];
    if (flag === 3 && suspect) return [this.#spanReason(flag, 'quality.reason.unusual', value, suspect)];
    return [];
  }

  #spanReason(flag: QualityFlag, key: string, value: number, [low, high]: Span): QualityReason {
    return this.#reason('gross_range', flag, key, { value, low, high });
  }

  #reason(test: string, flag: QualityFlag, key: string, facts: Record<string, number>): QualityReason {
    // With its space: a quantity without a unit has neither.
    const parameters: QualityReason['parameters'] = { unit: this.#symbol === '' ? '' : ` ${this.#symbol}` };
    for (const [name, fact] of Object.entries(facts)) {
      parameters[name] = Number.isFinite(fact) ? Number(fact.toPrecision(4)) : fact > 0 ? '∞' : '−∞';
    }
    return { test, flag, key, parameters };
  }
}

/** Makes a sample the newest of its series; gives its verdict back. */
function remember(
  state: SeriesState,
  { time, value, failed }: { time: number; value: number; failed: boolean },
  verdict: Quality,
): Quality {
  state.time = time;
  state.value = value;
  if (!failed) {
    state.good ??= { time, value };
    state.good.time = time;
    state.good.value = value;
  }
  state.verdict = verdict.flag === 1 && verdict.reasons.length === 0 ? undefined : verdict;
  return verdict;
}

import type { Observation, Quality, Value } from '../observation/observation.ts';
import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import { isAhead, parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { addWeakBattery, BATTERY, compareCompanions, isBatteryWeak, learnBattery } from './companions.ts';
import { CounterRates } from './counter-rates.ts';
import { defaultLimits, type Preset, type QualityLimits } from './limits.ts';
import { isKnown, learn, leeway, median, Neighbours } from './neighbours.ts';
import { neighbour } from './qartod.ts';
import { NOT_EVALUATED, PASSED, reasonOf, withReason } from './reasons.ts';
import {
  type LocalParts,
  QUALITY_TESTS,
  type QualityTest,
  type Revision,
  SeriesCheck,
} from './series-check.ts';
import type { SeriesState } from './series-state.ts';

/** Limits that replace parts of a preset's: of all devices, or of one by its id or name. */
export interface Override {
  quantity: QuantityId;
  device?: string;
  limits: QualityLimits;
}

export interface QualityOptions {
  state: StateStore;
  /** Default: all of them. */
  tests?: readonly QualityTest[];
  /** Default: standard. */
  preset?: Preset;
  overrides?: readonly Override[];
  /** Local month and hour, for limits by season and time of day. Default: those of UTC. */
  localParts?: LocalParts;
  /**
   * Told when a later reading shows what an earlier one was (a spike): an Observation of that time without values, with
   * the flag that replaces its quantity's.
   */
  onRevision?: (observation: Observation) => void;
}

type States = Partial<Record<QuantityId, SeriesState>>;
type Verdicts = Partial<Record<QuantityId, Quality>>;

/** An Observation that is being checked, with all series of its device. Times in ms since 1970 UTC. */
interface Work {
  observation: Observation;
  time: number;
  /** Infinity: some time after it was measured. */
  received: number;
  states: States;
  changed: boolean;
  /** Whether it has a meter among its values. */
  counts: boolean;
}

const MINUTE = 60_000;
/** A time that is this far ahead of its arrival is of a wrong clock; clocks drift. */
const AHEAD = 5 * MINUTE;
/** A time that comes again so much later, with another value, is of a clock that stands still. */
const STOPPED = 10 * MINUTE;

/**
 * Checks every value of an Observation with the QARTOD tests, one state per device and quantity.
 * A late sample (older than the newest) is held against range and season only and leaves the state alone, and a
 * duplicate of the newest gets the same verdict again. A time ahead of its arrival, or one that stands still, makes
 * a value suspect. States (booleans, text) are not evaluated (2), a value that is no number is missing (9).
 * Only findings have a reason; what is a remark (late, gap, roll-over) does not make the flag worse.
 */
export class QualityChecker {
  readonly #state: StateStore;
  readonly #tests: ReadonlySet<QualityTest>;
  readonly #preset: Preset;
  readonly #overrides: readonly Override[];
  readonly #localParts: LocalParts;
  readonly #onRevision: QualityOptions['onRevision'];
  readonly #rates: CounterRates;
  readonly #neighbours = new Neighbours();
  /** By quantity; `undefined` for what is no number and has no tests. */
  readonly #checks = new Map<QuantityId, SeriesCheck | undefined>();
  /** Of devices with limits of their own, by id. */
  readonly #checksOfDevice = new Map<string, Map<QuantityId, SeriesCheck | undefined>>();
  readonly #named: ReadonlySet<string>;

  constructor(options: QualityOptions) {
    const { state, tests = QUALITY_TESTS, preset = 'standard', overrides = [] } = options;
    this.#state = state;
    this.#tests = new Set(tests);
    this.#preset = preset;
    this.#overrides = overrides;
    this.#named = new Set(overrides.flatMap(({ device }) => device ?? []));
    this.#localParts = options.localParts ?? utcParts;
    this.#onRevision = options.onRevision;
    this.#rates = new CounterRates(state);
  }

  /** The Observation with a verdict per value, and with the rates of its counters. It is not changed itself. */
  checked(observation: Observation): Observation & { quality: Verdicts } {
    const work = this.#begin(observation);
    const quality = this.#verdicts(observation.values, work);
    const rates = work.counts ? this.#rates.ratesOf(observation) : undefined;
    if (rates) Object.assign(quality, this.#verdicts(rates, work));
    this.#save(work);
    if (!rates) return { ...observation, quality };
    return { ...observation, values: { ...observation.values, ...rates }, quality };
  }

  /** A verdict per value; the Observation itself is not changed. */
  check(observation: Observation): Verdicts {
    const work = this.#begin(observation);
    const verdicts = this.#verdicts(observation.values, work);
    this.#save(work);
    return verdicts;
  }

  #begin(observation: Observation): Work {
    return {
      observation,
      time: parseTime(observation.phenomenonTime),
      received: receivedAfter(observation),
      states: this.#state.get(`quality/${observation.device.id}`) ?? {},
      changed: false,
      counts: false,
    };
  }

  #save({ observation, states, changed }: Work): void {
    if (changed) this.#state.set(`quality/${observation.device.id}`, states);
  }

  #verdicts(values: Observation['values'], work: Work): Verdicts {
    const { device } = work.observation;
    const checks = this.#checksFor(device);
    const verdicts: Verdicts = {};
    let compared = false;
    for (const name in values) {
      const id = name as QuantityId;
      const check = this.#checkOf(id, checks, device);
      verdicts[id] = check ? this.#judge(id, check, values[id], work) : NOT_EVALUATED;
      if (check?.isCompared) compared = true;
      if (check?.isCounter) work.counts = true;
    }
    if (compared && this.#tests.has('multi_variate')) compareCompanions(values, verdicts);
    if (this.#tests.has('battery')) this.#addBattery(values, verdicts, work.states);
    return verdicts;
  }

  #judge(id: QuantityId, check: SeriesCheck, value: Value | undefined, work: Work): Quality {
    const { observation, time, received } = work;
    const known = work.states[id] ?? this.#takeOver(id, work);
    if (typeof value !== 'number' || !Number.isFinite(value)) return check.missing(known, time);
    if (time > received + AHEAD && this.#tests.has('clock'))
      return check.mistimed(time, value, 'clock_ahead', (time - received) / MINUTE);
    if (known && time <= known.time && !isAhead(known.time, observation.receivedTime)) {
      if (time === known.time && value === known.value) return known.verdict ?? PASSED;
      const behind = parseTime(observation.receivedTime) - time;
      const stopped = time === known.time && observation.timeSource === 'device' && behind > STOPPED;
      if (stopped && this.#tests.has('clock'))
        return check.mistimed(time, value, 'clock_stuck', behind / MINUTE);
      return check.late(time, value);
    }
    const state = known && time > known.time ? known : { time, value };
    work.states[id] = state;
    work.changed = true;
    const verdict = check.advance(state, time, value);
    const revision = this.#onRevision && check.takeRevision();
    if (revision) this.#revise(observation, id, revision);
    return this.#placed(id, check, state, observation, verdict);
  }

  /** Neighbour test, for devices whose place is known. */
  #placed(
    id: QuantityId,
    { limits: { neighbours } }: SeriesCheck,
    state: SeriesState,
    { device: { id: device, area, location } }: Observation,
    verdict: Quality,
  ): Quality {
    if (!neighbours || !location || verdict.flag > 2) return verdict;
    const { time, value } = state;
    const place = { id: device, area, location };
    const nearby = this.#neighbours.nearby(id, place, time, neighbours);
    this.#neighbours.keep(id, place, time, value);
    if (!nearby) return verdict;
    const { apart } = state;
    const middle = median(nearby);
    const fits = (expected: number, limit: number) => neighbour(value, expected, limit) === 1;
    // If but one of them says the same, it is the weather.
    if (
      !isKnown(apart, time) ||
      fits(middle + apart.value, leeway(apart, neighbours)) ||
      nearby.some((each) => fits(each, neighbours.difference))
    ) {
      state.apart = learn(apart, time, value - middle);
      return verdict;
    }
    const facts = { value, expected: middle + apart.value };
    state.verdict = withReason(verdict, reasonOf('neighbour', 3, 'neighbour', QUANTITIES[id].unit, facts));
    return state.verdict;
  }

  #addBattery(values: Observation['values'], verdicts: Verdicts, states: States): void {
    if (isBatteryWeak(states)) {
      addWeakBattery(verdicts);
      return;
    }
    for (const id of BATTERY) {
      const state = states[id];
      if (state && values[id] === state.value) learnBattery(id, state, state.value);
    }
  }

  #revise(observation: Observation, id: QuantityId, { time, quality }: Revision): void {
    const { device, timeSource, receivedTime, raw } = observation;
    const phenomenonTime = new Date(time).toISOString();
    this.#onRevision?.({
      device,
      phenomenonTime,
      timeSource,
      receivedTime,
      values: {},
      quality: { [id]: quality },
      raw,
    });
  }

  /** The state of a series as earlier versions kept it, each under a key of its own. */
  #takeOver(id: QuantityId, work: Work): SeriesState | undefined {
    const key = `quality/${work.observation.device.id}/${id}`;
    const saved = this.#state.get<SeriesState>(key);
    if (!saved) return undefined;
    this.#state.delete(key);
    work.states[id] = saved;
    work.changed = true;
    return saved;
  }

  #checksFor({ id, name }: Observation['device']): Map<QuantityId, SeriesCheck | undefined> {
    if (this.#named.size === 0 || !(this.#named.has(id) || this.#named.has(name))) return this.#checks;
    let checks = this.#checksOfDevice.get(id);
    if (!checks) {
      checks = new Map();
      this.#checksOfDevice.set(id, checks);
    }
    return checks;
  }

  #checkOf(
    id: QuantityId,
    checks: Map<QuantityId, SeriesCheck | undefined>,
    device: Observation['device'],
  ): SeriesCheck | undefined {
    const known = checks.get(id);
    if (known || checks.has(id)) return known;
    const { valueType }: Partial<Quantity> = QUANTITIES[id] ?? {};
    const check =
      valueType === 'number'
        ? new SeriesCheck(id, this.#limitsOf(id, device), this.#tests, this.#localParts)
        : undefined;
    checks.set(id, check);
    return check;
  }

  /** Those for one device go before those for all. */
  #limitsOf(id: QuantityId, { id: device, name }: Observation['device']): QualityLimits {
    const fitting = this.#overrides.filter((each) => each.quantity === id);
    const general = fitting.filter((each) => each.device === undefined);
    const own = fitting.filter((each) => each.device === device || each.device === name);
    return Object.assign(
      defaultLimits(id, this.#preset),
      ...[...general, ...own].map(({ limits }) => limits),
    );
  }
}

/** When it arrived; Infinity where a look at the two texts shows that it was not before its time, as almost always. */
function receivedAfter({ phenomenonTime, receivedTime }: Observation): number {
  const isPlain = phenomenonTime.length === receivedTime.length && receivedTime.endsWith('Z');
  return isPlain && phenomenonTime <= receivedTime ? Number.POSITIVE_INFINITY : parseTime(receivedTime);
}

function utcParts(time: number): { month: number; hour: number } {
  const date = new Date(time);
  return { month: date.getUTCMonth() + 1, hour: date.getUTCHours() };
}

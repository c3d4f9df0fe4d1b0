import { FAULT_CAUSES, type FaultCause } from '../observation/fault-cause.ts';
import { formatQuantity, quantityLabel } from '../observation/labels.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { Anomaly, DeviceReference, Observation } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { isAhead } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { ALARM, tagsOf } from '../timeseries/points.ts';
import type { Point } from '../timeseries/store.ts';
import { type AlarmState, type Reading, type Severity, step, type Told } from './alarm-state.ts';
import { pendingOf, withPending } from './stored-readings.ts';

/** When to raise an alarm, for every device whose Observations come by. */
export interface AlarmRule {
  /** Stable id: one open alarm per device and rule. */
  id: string;
  /** Name of the alarm for staff, for example "Bin is full". */
  name: string;
  quantity: QuantityId;
  /**
   * anomaly: the value is one that the anomaly detector calls unusual; `limit` and `hysteresis` do not count then.
   * reported: another node has found the alarm; readings are not looked at.
   */
  condition: 'above' | 'below' | 'anomaly' | 'reported';
  /** Canonical unit. */
  limit: number;
  /** How far back from the limit a value clears the alarm, canonical unit, not negative. */
  hysteresis: number;
  /** Minutes that the value must stay beyond the limit. */
  delay: number;
  severity: Severity;
  /**
   * Whether values that a quality check called suspect or failed count; otherwise they neither raise nor clear. What a
   * fault of the sensor is told by counts always: such values are mostly doubted as well.
   */
  flagged: boolean;
}

/** An alarm raised or cleared; travels as `msg.payload` and is stored as a point. */
export interface AlarmEvent {
  /** Device id and name. */
  device: string;
  name: string;
  area: DeviceReference['area'];
  site?: string;
  sandbox?: true;
  /** Name of the alarm. */
  alarm: string;
  /** Absent if it is about the device itself. */
  quantity?: QuantityId;
  state: 'raised' | 'cleared';
  severity: Severity;
  /** What raised it; events that an earlier version kept have none. */
  cause?: AlarmRule['condition'] | FaultCause | 'late';
  /** Canonical unit. */
  value: number;
  /** ISO 8601 UTC: phenomenon time of the reading that raised or cleared it. */
  time: string;
  /** For people, in the configured language. */
  sentence: string;
}

const MINUTE = 60_000;
/** A reading that took longer to get here (a replay, a device's memory) is history: it belongs in the store only. */
const LATE = 6 * 60 * MINUTE;
/** Beginning of the keys of all alarm states. */
export const ALARM_STATES = 'alarm/';
/** ms between arrivals, and events of a device, that one turn of the event loop may see before it is on disk. */
const RECENT = MINUTE;
const MOST_RECENT = 50;

/** All that is kept of one device under one rule. */
export interface AlarmRecord extends AlarmState<AlarmEvent> {
  /** Events of readings that arrived lately. `received` in ms since 1970. */
  recent?: { event: AlarmEvent; received: number }[];
  /** What the detector said of a reading from the device's memory. */
  pending?: Anomaly;
  /** What people know of the open alarm, or of the one that ended. */
  told?: Told;
  /** The event that cleared an alarm that people were told of, until they are told of its end. */
  ended?: AlarmEvent;
}

/** Raises and clears the alarms of one rule; what is open survives a restart. */
export class AlarmWatch {
  readonly #state: StateStore;
  readonly #rule: AlarmRule;
  readonly #language: Language;

  constructor(state: StateStore, rule: AlarmRule, language: Language) {
    this.#state = state;
    this.#rule = rule;
    this.#language = language;
  }

  /**
   * The event if this Observation raises or clears the alarm of its device, else undefined. Late readings do neither;
   * one from the device's memory only shows since when it has been as it is now.
   */
  watch(received: Observation): AlarmEvent | undefined {
    const { quantity, condition } = this.#rule;
    if (condition === 'reported') return undefined;
    // The detector lets one score out per episode: there is nothing to wait for.
    const key = this.#keyOf(received.device.id);
    const before = timely(this.#state.get<AlarmRecord>(key), received);
    const observation = condition === 'anomaly' ? withPending(received, quantity, before?.pending) : received;
    const delay = observation.stored ? Infinity : condition === 'anomaly' ? 0 : this.#rule.delay * MINUTE;
    const value = observation.values[quantity];
    if (typeof value !== 'number' || !Number.isFinite(value) || !this.#counts(observation)) return undefined;
    if (isLate(observation)) return undefined;
    const time = Date.parse(observation.phenomenonTime);
    const isOpen = before?.open !== undefined;
    const reading = observation.stored && isOpen ? 'between' : this.#read(observation, value, before?.open);
    const { state, transition } = step(before, time, reading, delay);
    const isNewCause = state !== before && !observation.stored && this.#hasNewCause(observation, state.open);
    const what = isNewCause ? 'raise' : transition;
    const event = what === 'none' ? undefined : this.#event(observation, value, what, before?.open);
    if (state !== before) {
      const known = isNewCause && before ? { ...before, told: {} } : before;
      const next = event
        ? withEvent(event, Date.parse(observation.receivedTime), known)
        : { ...state, ...keptOf(before), ...this.#pending(observation, reading, before) };
      this.#state.set(key, next, urgency(before, next, event));
    }
    return event;
  }

  /**
   * The event that this very reading caused when it came before. A crash may have kept it from the database, although
   * the alarm was on disk; written twice it is one point.
   */
  earlier({ device, phenomenonTime }: Observation): AlarmEvent | undefined {
    const { recent = [] } = this.#state.get<AlarmRecord>(this.#keyOf(device.id)) ?? {};
    return recent.find(({ event }) => event.time === phenomenonTime)?.event;
  }

  /** Alarms of this rule that are open. */
  open(): AlarmEvent[] {
    return openUnder(this.#state, `${ALARM_STATES}${this.#rule.id}/`);
  }

  /** Forgets all devices, open alarms too: the rule is gone. */
  forget(): void {
    for (const key of this.#state.keys(`${ALARM_STATES}${this.#rule.id}/`)) this.#state.delete(key);
  }

  #pending(observation: Observation, reading: Reading, before: AlarmRecord | undefined) {
    const { condition, quantity } = this.#rule;
    const waits = condition === 'anomaly' && before?.open === undefined && reading !== 'normal';
    const pending = waits ? pendingOf(observation, quantity, before?.pending) : undefined;
    return pending && { pending };
  }

  #keyOf(device: string): string {
    return `${ALARM_STATES}${this.#rule.id}/${device}`;
  }

  #counts({ quality, anomalies }: Observation): boolean {
    const { condition, quantity, flagged } = this.#rule;
    if (condition === 'anomaly' && anomalies?.[quantity]?.cause !== undefined) return true;
    const flag = quality?.[quantity]?.flag ?? 2;
    return flag <= 2 || (flagged && flag !== 9);
  }

  #read({ anomalies }: Observation, value: number, open: AlarmEvent | undefined): Reading {
    const { condition, quantity, limit, hysteresis } = this.#rule;
    if (condition === 'anomaly') {
      const anomaly = anomalies?.[quantity];
      // A meter has no scores: it has an Anomaly as long as something is wrong with it.
      if (!anomaly) return isFault(open) ? 'normal' : 'between';
      if (anomaly.sentence !== '') return 'beyond';
      // A fault that lasts is told once; its values may look normal.
      if (anomaly.cause !== undefined) return 'between';
      const [lower, upper] = anomaly.band;
      return value >= lower && value <= upper ? 'normal' : 'between';
    }
    const beyond = condition === 'above' ? value - limit : limit - value;
    if (beyond > 0) return 'beyond';
    return beyond <= -hysteresis ? 'normal' : 'between';
  }

  /** Whether something else is wrong now than what the open alarm tells: people have to hear of it. */
  #hasNewCause({ anomalies }: Observation, open: AlarmEvent | undefined): boolean {
    const { condition, quantity } = this.#rule;
    const anomaly = anomalies?.[quantity];
    if (condition !== 'anomaly' || !open || !anomaly?.sentence || anomaly.cause === undefined) return false;
    return anomaly.cause !== open.cause;
  }

  /** The end of an alarm is as urgent as the alarm was. */
  #event(
    observation: Observation,
    value: number,
    transition: 'raise' | 'clear',
    open: AlarmEvent | undefined,
  ): AlarmEvent {
    const { device, phenomenonTime: time } = observation;
    const { name: alarm, quantity, condition } = this.#rule;
    const anomaly = condition === 'anomaly' ? observation.anomalies?.[quantity] : undefined;
    const { severity = this.#rule.severity, cause = condition } =
      (transition === 'clear' ? open : anomaly) ?? {};
    return {
      device: device.id,
      name: device.name,
      area: device.area,
      ...(device.site !== undefined && { site: device.site }),
      ...(device.sandbox && { sandbox: device.sandbox }),
      alarm,
      quantity,
      state: transition === 'raise' ? 'raised' : 'cleared',
      severity,
      cause,
      value,
      time,
      sentence: this.#sentence(observation, value, transition),
    };
  }

  #sentence({ device, anomalies }: Observation, value: number, transition: 'raise' | 'clear'): string {
    const { condition, quantity, limit } = this.#rule;
    if (condition === 'anomaly' && transition === 'raise') return anomalies?.[quantity]?.sentence ?? '';
    const language = this.#language;
    return translate(language, sentenceKey(condition, transition), {
      quantity: quantityLabel(quantity, language),
      place: device.site ?? device.name,
      value: formatQuantity(value, quantity, language),
      limit: formatQuantity(limit, quantity, language),
    });
  }
}

function sentenceKey(condition: AlarmRule['condition'], transition: 'raise' | 'clear'): string {
  if (transition === 'clear') return 'alarm.sentence.cleared';
  return condition === 'below' ? 'alarm.sentence.below' : 'alarm.sentence.above';
}

/** Whether an alarm is of a fault of the sensor, rather than of its values. */
function isFault(event: AlarmEvent | undefined): boolean {
  return FAULT_CAUSES.some((cause) => cause === event?.cause);
}

function openUnder(state: StateStore, prefix: string): AlarmEvent[] {
  const states = state.keys(prefix).map((key) => state.get<AlarmRecord>(key));
  return states.flatMap((one) => (one?.open ? [one.open] : []));
}

/** The event as a point of measurement `alarm`: tags device, site, alarm; fields state, severity, sentence, value. */
export function pointOfAlarm(event: AlarmEvent): Point {
  const { alarm, state, severity, sentence, value, time } = event;
  return {
    measurement: ALARM,
    tags: { ...tagsOf({ device: { ...event, id: event.device } }), alarm },
    fields: { state, severity, sentence, value },
    time: Date.parse(time),
  };
}

/** The state after its event, which has joined those that may have to be written again. `received` in ms since 1970. */
export function withEvent(event: AlarmEvent, received: number, before: AlarmRecord | undefined): AlarmRecord {
  const older = (before?.recent ?? []).filter((each) => received - each.received < RECENT);
  const recent = [...older, { event, received }].slice(-MOST_RECENT);
  const next = { newest: Date.parse(event.time), recent };
  if (event.state === 'raised') {
    // One that comes back before anybody was told of its end is still the same to people, if nobody has dealt with it.
    const told = before?.told?.acknowledged === undefined ? before?.told : undefined;
    return { ...next, open: event, told: told ?? {} };
  }
  const isKnown = before?.told === undefined || before.told.first !== undefined;
  return isKnown ? { ...next, ended: event, ...(before?.told && { told: before.told }) } : next;
}

/** What a reading that changes nothing leaves as it was. */
function keptOf(state: AlarmRecord | undefined): Pick<AlarmRecord, 'recent' | 'told' | 'ended'> {
  const { recent, told, ended } = state ?? {};
  return { ...(recent && { recent }), ...(told && { told }), ...(ended && { ended }) };
}

/** A crash must not make the same alarm go out again, nor start its delay anew; what else it forgets is harmless. */
function urgency(
  before: AlarmRecord | undefined,
  after: AlarmRecord,
  event: AlarmEvent | undefined,
): 'now' | 'seconds' {
  return event !== undefined || after.since !== before?.since ? 'now' : 'seconds';
}

/** After a wrong clock was put right: an alarm that is open stays so, the times are forgotten. */
function timely(state: AlarmRecord | undefined, { receivedTime }: Observation): AlarmRecord | undefined {
  if (!state || !isAhead(state.newest, receivedTime)) return state;
  const { since: _since, ...kept } = state;
  return { ...kept, newest: 0 };
}

function isLate({ phenomenonTime, receivedTime }: Observation): boolean {
  return Date.parse(receivedTime) - Date.parse(phenomenonTime) > LATE;
}

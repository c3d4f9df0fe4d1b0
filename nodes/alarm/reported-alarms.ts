import type { StateStore } from '../persistence/state-store.ts';
import { ALARM_STATES, type AlarmEvent, type AlarmRecord, withEvent } from './alarm.ts';
import { SEVERITIES } from './alarm-state.ts';

/** Alarms that another node has found (device watch): one open alarm per device and cause, kept as the others are. */
export class ReportedAlarms {
  readonly #state: StateStore;
  readonly #prefix: string;

  /** `id`: of the alarm rule. */
  constructor(state: StateStore, id: string) {
    this.#state = state;
    this.#prefix = `${ALARM_STATES}${id}/`;
  }

  /** What the event is kept under if it raises or clears an alarm; undefined if that was so already, or it is older. */
  take(event: AlarmEvent, now: number): string | undefined {
    const name = `${event.device}/${event.cause}`;
    const before = this.#state.get<AlarmRecord>(this.#prefix + name);
    const isNews = (event.state === 'raised') === (before?.open === undefined);
    if (!isNews || Date.parse(event.time) <= (before?.newest ?? Number.NEGATIVE_INFINITY)) return undefined;
    this.#state.set(this.#prefix + name, withEvent(event, now, before), 'now');
    return name;
  }
}

/** True for a `msg.payload` that is an alarm which another node has found. */
export function isReported(value: unknown): value is AlarmEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { device, cause, state, severity, time, sentence } = value as Partial<AlarmEvent>;
  return (
    typeof device === 'string' &&
    typeof cause === 'string' &&
    (state === 'raised' || state === 'cleared') &&
    SEVERITIES.some((each) => each === severity) &&
    Number.isFinite(Date.parse(String(time))) &&
    typeof sentence === 'string'
  );
}

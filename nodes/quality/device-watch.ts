import type { Language } from '../observation/messages.ts';
import type { DeviceReference, Observation } from '../observation/observation.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { addLevel, type BatteryTrend, levelOf, newTrend } from './battery-trend.ts';
import { type DeviceCause, type DeviceEvent, type EventFacts, eventOf } from './device-events.ts';
import { gap, HOUR } from './qartod.ts';

export interface WatchSettings {
  /** Usual intervals without a message after which a device is silent. */
  intervals: number;
  /** Hours that readings may be under way. */
  lateHours: number;
  /** Days that a battery should last. */
  batteryDays: number;
}

export interface WatchOptions extends WatchSettings {
  state: StateStore;
  /** Under which the state is kept. */
  id: string;
  language: Language;
  /**
   * Minutes between the messages of a device, as its model or staff say; undefined: not known, it is learned.
   * null: there is no such device any more.
   */
  intervalOf?: (device: string) => number | undefined | null;
  /** When watching begins, ms since 1970 UTC. */
  now: number;
}

/** What is kept of a device; plain JSON. Times in ms since 1970 UTC. */
interface Watched {
  device: DeviceReference;
  /** When it was heard last. */
  heard: number;
  /** Usual time between messages, ms, and messages that it was learned from. */
  step?: number;
  count: number;
  /** Newest phenomenon time. */
  newest: number;
  /** Messages in a row that came too late, and when the last of them came. */
  late: number;
  lateAt: number;
  trend: BatteryTrend;
  open: Partial<Record<DeviceCause, DeviceEvent>>;
}

const MINUTE = HOUR / 60;
/** No device is silent sooner: networks have pauses. */
const SHORTEST_SILENCE = HOUR / 2;
/** Between two looks that are further apart, this process was asleep or busy with something else. */
const ASLEEP = 5 * MINUTE;
/** From so many devices on, silence of all of them is not theirs; chances of that are one in twenty thousand. */
const MANY = 3;
const ALL_SILENT = 10;
const SHORTEST_OUTAGE = 10 * MINUTE;
/** Messages from which the interval is known. */
const LEARNED = 4;
/** Late messages in a row, from which a device is late; one that empties its memory catches up at once. */
const LATE_IN_A_ROW = 3;
/** Percent at which a battery is weak, whatever its trend, and at which it is no longer. */
const WEAK = 10;
const WELL = 15;

/**
 * Watches when devices were heard last, how late their readings come and how long their batteries last.
 *
 * A device is silent after some of its own intervals, counted from its last message or from when we could hear it:
 * after a start, a pause of this process, or a time in which none of at least three devices was heard, everybody gets
 * the whole time again. What is open stays open over a restart until the device is heard. A device that never sent
 * anything is not watched. State per device, of constant size.
 */
export class DeviceWatch {
  readonly #options: WatchOptions;
  readonly #prefix: string;
  /** Since when we hear what is sent, ms since 1970 UTC. */
  #awake: number;
  #looked: number;
  /** When any device was heard last. */
  #heardAny: number;
  /** ms without any message from which nobody can be heard. */
  #outageAfter = Number.POSITIVE_INFINITY;
  /** Devices that may fall silent, by the key of their state: when each was heard, and its interval in ms. */
  readonly #due = new Map<string, { heard: number; interval: number }>();
  /** Keys of those that are silent. */
  readonly #silent = new Set<string>();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#prefix = `watch/${options.id}/`;
    this.#awake = options.now;
    this.#looked = options.now;
    this.#heardAny = options.now;
    for (const [key, watched] of this.#all()) this.#expect(key, watched);
  }

  /** What a reading says of its device. `now` in ms since 1970 UTC. */
  see(observation: Observation, now: number): DeviceEvent[] {
    if (this.isDeaf(now)) this.#awake = now;
    this.#heardAny = now;
    const { device } = observation;
    const received = Math.min(Date.parse(observation.receivedTime), now);
    const key = this.#prefix + device.id;
    const watched = this.#options.state.get<Watched>(key) ?? unheard(device, received);
    watched.device = device;
    const events = [
      ...this.#heard(watched, received),
      ...this.#under(watched, Date.parse(observation.phenomenonTime), received),
      ...this.#battery(watched, observation, received),
    ];
    this.#options.state.set(key, watched, events.length > 0 ? 'now' : 'minute');
    this.#expect(key, watched);
    return events;
  }

  /** Who has fallen silent. To be called about once a minute. */
  look(now: number): DeviceEvent[] {
    if (now - this.#looked > ASLEEP || now < this.#looked) this.#awake = now;
    this.#looked = now;
    for (const key of this.#silent) this.#watchedAt(key);
    let expected = 0;
    for (const { interval } of this.#due.values()) expected += 1 / interval;
    const isMany = this.#due.size >= MANY;
    this.#outageAfter = isMany ? Math.max(SHORTEST_OUTAGE, ALL_SILENT / expected) : Number.POSITIVE_INFINITY;
    if (this.isDeaf(now)) return [];
    const events: DeviceEvent[] = [];
    for (const [key, due] of this.#due) events.push(...this.#silence(key, due, now));
    return events;
  }

  /** Whether none of many devices is heard: the network, the network server or we have a fault, and no device is silent. */
  isDeaf(now: number): boolean {
    return now - this.#heardAny > this.#outageAfter;
  }

  /** What is wrong now, newest first. */
  open(): DeviceEvent[] {
    return this.#all()
      .flatMap(([, { open }]) => Object.values(open))
      .sort((a, b) => b.time.localeCompare(a.time));
  }

  /** How many devices are watched. */
  get size(): number {
    return this.#due.size + this.#silent.size;
  }

  /** Forgets all devices: nobody watches them any more. */
  forget(): void {
    for (const key of this.#options.state.keys(this.#prefix)) this.#options.state.delete(key);
  }

  #expect(key: string, watched: Watched): void {
    if (watched.open.silent) {
      this.#silent.add(key);
      this.#due.delete(key);
      return;
    }
    this.#silent.delete(key);
    this.#due.set(key, { heard: watched.heard, interval: this.#intervalOf(watched) });
  }

  /** What is kept of a device; forgotten with it, if staff have removed it. */
  #watchedAt(key: string): Watched | undefined {
    const { state, intervalOf } = this.#options;
    const watched = state.get<Watched>(key);
    if (watched && intervalOf?.(watched.device.id) !== null) return watched;
    state.delete(key);
    this.#due.delete(key);
    this.#silent.delete(key);
    return undefined;
  }

  #all(): [key: string, Watched][] {
    const { state } = this.#options;
    return state.keys(this.#prefix).flatMap((key) => {
      const watched = state.get<Watched>(key);
      return watched ? [[key, watched] as [string, Watched]] : [];
    });
  }

  /** ms between two messages: what is stated, or what is usual if that is longer. */
  #intervalOf({ device, step = 0, count }: Watched): number {
    const stated = (this.#options.intervalOf?.(device.id) ?? 0) * MINUTE;
    const learned = count >= LEARNED ? step : 0;
    return Math.max(stated, learned) || HOUR;
  }

  #heard(watched: Watched, received: number): DeviceEvent[] {
    const interval = received - watched.heard;
    if (interval > 0) {
      const { step = interval } = watched;
      watched.step = interval < step ? Math.max(interval, step * 0.9) : Math.min(interval, step * 2);
      watched.count++;
      watched.heard = received;
    }
    return this.#clear(watched, 'silent', received, interval / HOUR);
  }

  #silence(
    key: string,
    { heard, interval }: { heard: number; interval: number },
    now: number,
  ): DeviceEvent[] {
    const limit = Math.max(this.#options.intervals * interval, SHORTEST_SILENCE);
    if (gap(Math.max(heard, this.#awake), now, limit / HOUR) !== 4) return [];
    const watched = this.#watchedAt(key);
    if (!watched) return [];
    const events = this.#raise(watched, 'silent', now, (now - heard) / HOUR, { interval });
    this.#options.state.set(key, watched, 'now');
    this.#expect(key, watched);
    return events;
  }

  /** How long the newest reading was under way. */
  #under(watched: Watched, time: number, received: number): DeviceEvent[] {
    if (time <= watched.newest) return [];
    watched.newest = time;
    const hours = (received - time) / HOUR;
    if (hours <= this.#options.lateHours) {
      watched.late = 0;
      return this.#clear(watched, 'late', received, hours);
    }
    if (received - watched.lateAt < this.#intervalOf(watched) / 2) return [];
    watched.late++;
    watched.lateAt = received;
    if (watched.open.late || watched.late < LATE_IN_A_ROW) return [];
    return this.#raise(watched, 'late', received, hours, {});
  }

  #battery(watched: Watched, { values }: Observation, received: number): DeviceEvent[] {
    const { trend } = watched;
    const { battery_level: percent, battery_voltage: volts } = values;
    const level =
      typeof percent === 'number' ? percent : typeof volts === 'number' ? levelOf(trend, volts) : undefined;
    if (level === undefined || !Number.isFinite(level)) return [];
    if (level > 0) trend.known = true;
    else if (!trend.known) return [];
    const isNew = addLevel(trend, received, level);
    const days = trend.left;
    const { batteryDays } = this.#options;
    const isWell = level >= WELL && (days === undefined || days > 2 * batteryDays);
    if (isNew || isWell) return this.#clear(watched, 'battery', received, level);
    if (watched.open.battery) return [];
    if (days !== undefined && days <= batteryDays)
      return this.#raise(watched, 'battery', received, Math.round(days), { level });
    return level <= WEAK ? this.#raise(watched, 'battery', received, level, {}) : [];
  }

  #raise(
    watched: Watched,
    cause: DeviceCause,
    time: number,
    value: number,
    facts: EventFacts,
  ): DeviceEvent[] {
    const key = cause === 'battery' && facts.level === undefined ? 'battery_weak' : cause;
    const event = eventOf(
      watched.device,
      { cause, state: 'raised', time, value, key, facts },
      this.#options.language,
    );
    watched.open[cause] = event;
    return [event];
  }

  #clear(watched: Watched, cause: DeviceCause, time: number, value: number): DeviceEvent[] {
    if (!watched.open[cause]) return [];
    delete watched.open[cause];
    return [
      eventOf(
        watched.device,
        { cause, state: 'cleared', time, value, key: `${cause}_over`, facts: {} },
        this.#options.language,
      ),
    ];
  }
}

function unheard(device: DeviceReference, received: number): Watched {
  return {
    device,
    heard: received,
    count: 0,
    newest: 0,
    late: 0,
    lateAt: 0,
    trend: newTrend(),
    open: {},
  };
}

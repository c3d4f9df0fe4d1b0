import { FAULT_SEVERITY, type FaultCause, type FaultSeverity } from '../../observation/fault-cause.ts';
import type { Language } from '../../observation/messages.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import { type DeviceStates, deviceStatesOf } from '../device-states.ts';
import { feedbackChanges, sensitivitiesAfter } from '../feedback.ts';
import type { LocalClock } from '../local-clock.ts';
import type { Finding } from './fault.ts';
import { faultSentence } from './fault-sentence.ts';
import { FaultSeries } from './fault-series.ts';
import { habitsOf } from './habits.ts';

const PREFIX = 'faults/';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Silent after so many usual intervals, at least and at most so long, and longer than the gaps of lately. */
const SILENT_INTERVALS = 8;
const SILENT_LEAST = 6 * HOUR;
const SILENT_MOST = 4 * DAY;
const SILENT_GAPS = 1.5;
/** Samples from which a series has an interval. */
const KNOWN = 20;
/** All series are looked at once in so long. */
const LOOK = 5 * 60_000;
/** No data from anybody for so long, or so many usual intervals: the outage is ours. */
const OUTAGE = HOUR;
const OUTAGE_INTERVALS = 4;
/** Of at least so many sensors, this share fell silent: the network, not each of them. */
const NETWORK_SENSORS = 4;
const NETWORK_SHARE = 0.8;
const MISSED_INTERVALS = 3;
/** A time this far behind the others' is of a wrong clock if it comes so often in a row. */
const BEHIND = HOUR;
const WRONG_TIMES = 3;
/** Times of a device that is alone with them, after which they are believed: all others may have gone. */
const ALONE = 8;
/** Most sensors nearby that are asked. */
const MOST_NEARBY = 5;

/** A fault, or a real event, that began or ended. */
export interface FaultAlarm {
  device: string;
  quantity: string;
  cause: FaultCause;
  state: 'raised' | 'cleared';
  severity: FaultSeverity;
  /** ISO 8601 UTC. */
  time: string;
  /** For people, in the configured language. */
  sentence: string;
}

export interface TownReading {
  device: string;
  /** Name of the place for sentences; the device if absent. */
  place?: string;
  quantity: string;
  /** ms since 1970 UTC. */
  time: number;
  /** Canonical unit; NaN if the device says that it has none. */
  value: number;
  /** Whether a quality check said that it cannot be true. */
  failed: boolean;
  location?: { lat: number; lon: number } | undefined;
}

export interface TownOptions {
  /** Where the series are kept. */
  state: StateStore;
  clock: LocalClock;
  /** 0 (few alarms) to 100 (many). */
  sensitivity: number;
  language: Language;
  /** Whether to tell who fell silent or has a wrong clock; otherwise only what readings tell. */
  silence: boolean;
}

/** What the rest of the town has to know of a series, beside its state. */
interface Entry {
  device: string;
  place: string;
  quantity: string;
  location: { lat: number; lon: number } | undefined;
  nearby: Entry[];
  silent: boolean;
  /** When it was last heard, whatever it said, ms since 1970 UTC. */
  heard: number;
  /** How long we were without any data, ms, when it was last heard. */
  outages: number;
  /** Readings in a row with a time far from that of the others. */
  wrongTimes: number;
  clockWrong: boolean;
}

/**
 * Watches all series of a town as their readings come, in the order of time: faults of each, who fell silent, and
 * which sensors are near each other. Memory is constant per series.
 */
export class TownWatch {
  readonly #options: TownOptions;
  /** By quantity and device. Where nobody watches for silence, only those whose place is known. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** The slider's position for series that people answered about, by `<device>/<quantity>`. */
  #sensitivities: ReadonlyMap<string, number> = new Map();
  /** What `feedbackChanges` said when that was looked up. */
  #answered: number | undefined;
  #clock = Number.NEGATIVE_INFINITY;
  #looked = Number.NEGATIVE_INFINITY;
  /** Time in all that no data came from anybody, ms. */
  #outages = 0;
  /** A time far ahead, and whose: it counts when another device confirms it, or nobody else is heard for some readings. */
  #ahead: { time: number; device: string; readings: number } | undefined;

  constructor(options: TownOptions) {
    this.#options = options;
  }

  /** What a reading tells: of its own series, and of those that should have been heard by now. */
  see(reading: TownReading): FaultAlarm[] {
    const entry = this.#entryOf(reading);
    if (!this.#options.silence) return this.#judge(entry, reading);
    if (!this.#moveClock(reading)) return this.#earlyReading(entry, reading);
    if (reading.time < this.#clock - BEHIND) return this.#wrongTime(entry, this.#clock - reading.time);
    return [...this.#heard(entry, reading), ...this.#judge(entry, reading), ...this.#look()];
  }

  /** What is wrong with a series now; undefined if nothing is. */
  openOf(device: string, quantity: string): FaultCause | undefined {
    return this.#series(this.#statesOf(device), device, quantity).open;
  }

  /** A device that was thought silent, or of another time, is not. */
  #heard(entry: Entry, reading: TownReading): FaultAlarm[] {
    const alarms: FaultAlarm[] = [];
    if (entry.clockWrong) alarms.push(this.#alarm(entry, this.#plain('clock', 'cleared', reading.time, 0)));
    if (entry.silent) {
      const hours = (reading.time - entry.heard) / HOUR;
      alarms.push(this.#alarm(entry, this.#plain('silent', 'cleared', reading.time, hours)));
    }
    Object.assign(entry, { clockWrong: false, wrongTimes: 0, silent: false });
    entry.outages = this.#outages;
    entry.heard = reading.time;
    return alarms;
  }

  #judge(entry: Entry, { time, value, failed }: TownReading): FaultAlarm[] {
    // What says that there is no value was heard all the same.
    if (Number.isNaN(value)) return [];
    const states = this.#statesOf(entry.device);
    const series = this.#series(states, entry.device, entry.quantity);
    const nearby = entry.nearby.map((other) => this.#seriesOf(other));
    const findings = series.watch({ time, reading: value, failed }, nearby);
    this.#options.state.set(PREFIX + entry.device, states, 'minute');
    return findings.map((finding) => this.#alarm(entry, finding));
  }

  #statesOf(device: string): DeviceStates<FaultSeries> {
    return deviceStatesOf(this.#options.state, PREFIX + device);
  }

  #seriesOf({ device, quantity }: Entry): FaultSeries {
    return this.#series(this.#statesOf(device), device, quantity);
  }

  /** As strict as what people said of earlier alarms makes it. */
  #series(states: DeviceStates<FaultSeries>, device: string, quantity: string): FaultSeries {
    const sensitivity = this.#sensitivityOf(device, quantity);
    const make = (saved?: Uint8Array): FaultSeries =>
      new FaultSeries(this.#options.clock, habitsOf(quantity), sensitivity, saved);
    const series = states.get(quantity, make);
    if (series.sensitivity === sensitivity) return series;
    return states.put(quantity, make(series.toBytes()));
  }

  #sensitivityOf(device: string, quantity: string): number {
    const { state, sensitivity } = this.#options;
    if (this.#answered !== feedbackChanges()) {
      this.#sensitivities = sensitivitiesAfter(state, sensitivity);
      this.#answered = feedbackChanges();
    }
    // Most often nobody said anything, and then no name is put together.
    if (this.#sensitivities.size === 0) return sensitivity;
    return this.#sensitivities.get(`${device}/${quantity}`) ?? sensitivity;
  }

  /** Moves the clock (ms since 1970 UTC) although nothing was heard; backwards it does not go. */
  passed(time: number): FaultAlarm[] {
    if (time <= this.#clock) return [];
    this.#clock = time;
    return this.#look();
  }

  /** False for a time that is far ahead of all others, as long as nobody confirms it. */
  #moveClock({ device, time }: TownReading): boolean {
    const jump = time - this.#clock;
    if (jump > DAY && Number.isFinite(this.#clock) && this.#isTown() && !this.#isConfirmed(device, time))
      return false;
    // Whoever is heard at an ordinary time contradicts; the device itself may be put right.
    this.#ahead = undefined;
    if (jump <= 0) return true;
    if (Number.isFinite(jump) && jump > OUTAGE && jump > this.#longestPause()) this.#outages += jump;
    this.#clock = time;
    return true;
  }

  /** Whether a time far ahead is that of others too, or of the only one that is still heard. */
  #isConfirmed(device: string, time: number): boolean {
    const ahead = this.#ahead;
    if (ahead && time > ahead.time - DAY && (ahead.device !== device || ahead.readings >= ALONE)) return true;
    if (ahead?.device !== device) this.#ahead = { time, device, readings: 1 };
    else if (time > ahead.time) this.#ahead = { time, device, readings: ahead.readings + 1 };
    return false;
  }

  /** Whether there are others who could confirm a time. */
  #isTown(): boolean {
    let first: string | undefined;
    for (const { device } of this.#all()) {
      if (first !== undefined && device !== first) return true;
      first = device;
    }
    return false;
  }

  #longestPause(): number {
    let interval = Number.POSITIVE_INFINITY;
    for (const entry of this.#all()) {
      const { rhythm } = this.#seriesOf(entry);
      if (!entry.silent && rhythm.samples >= KNOWN) interval = Math.min(interval, rhythm.interval);
    }
    return OUTAGE_INTERVALS * interval;
  }

  /** A time far ahead is wrong if meanwhile others were heard at an ordinary one. The device is not silent. */
  #earlyReading(entry: Entry, { time }: TownReading): FaultAlarm[] {
    const contradicted = entry.heard < this.#clock;
    Object.assign(entry, { heard: this.#clock, outages: this.#outages });
    return contradicted ? this.#wrongTime(entry, time - this.#clock) : [];
  }

  /** `off` in ms. */
  #wrongTime(entry: Entry, off: number): FaultAlarm[] {
    entry.wrongTimes++;
    if (entry.wrongTimes !== WRONG_TIMES || entry.clockWrong) return [];
    entry.clockWrong = true;
    return [this.#alarm(entry, this.#plain('clock', 'raised', this.#clock, off / HOUR))];
  }

  #look(): FaultAlarm[] {
    const elapsed = this.#clock - this.#looked;
    if (elapsed < LOOK) return [];
    this.#looked = this.#clock;
    if (this.#isNetworkDown()) {
      if (Number.isFinite(elapsed)) this.#outages += elapsed;
      return [];
    }
    const quiet = [...this.#all()].filter((entry) => !entry.silent && this.#isSilent(entry));
    return quiet.map((entry) => {
      entry.silent = true;
      const { interval } = this.#seriesOf(entry).rhythm;
      const finding = this.#plain('silent', 'raised', this.#clock, (this.#clock - entry.heard) / HOUR);
      return this.#alarm(entry, { ...finding, usualHours: interval / HOUR });
    });
  }

  #isSilent(entry: Entry): boolean {
    const { heard: last, outages } = entry;
    const { interval, gap, samples } = this.#seriesOf(entry).rhythm;
    if (samples < KNOWN) return false;
    const least = Math.min(Math.max(SILENT_INTERVALS * interval, SILENT_LEAST), SILENT_MOST);
    const silence = this.#clock - last - (this.#outages - outages);
    return silence > Math.max(least, SILENT_GAPS * gap);
  }

  /** Whether most sensors are missing, at about the same time. */
  #isNetworkDown(): boolean {
    let [heard, missed] = [0, 0];
    for (const entry of this.#all()) {
      const { interval, samples } = this.#seriesOf(entry).rhythm;
      if (entry.silent || samples < KNOWN) continue;
      heard++;
      if (this.#clock - entry.heard > MISSED_INTERVALS * interval) missed++;
    }
    return heard >= NETWORK_SENSORS && missed >= NETWORK_SHARE * heard;
  }

  #plain(cause: FaultCause, state: Finding['state'], time: number, hours: number): Finding {
    return { cause, state, time, hours, value: 0, difference: 0, usualHours: 0, neighbours: undefined };
  }

  #alarm({ device, place, quantity }: Entry, finding: Finding): FaultAlarm {
    const { cause, state, time } = finding;
    return {
      device,
      quantity,
      cause,
      state,
      severity: FAULT_SEVERITY[cause],
      time: new Date(time).toISOString(),
      sentence: faultSentence(finding, quantity, place, this.#options.language),
    };
  }

  #entryOf({ device, place = device, quantity, location }: TownReading): Entry {
    const known = this.#entries.get(quantity)?.get(device);
    if (known) {
      if (location && !sameSpot(known.location, location)) {
        known.location = location;
        this.#introduce(known);
      }
      return known;
    }
    const entry: Entry = {
      device,
      place,
      quantity,
      location,
      nearby: [],
      silent: false,
      heard: this.#clock,
      outages: this.#outages,
      wrongTimes: 0,
      clockWrong: false,
    };
    if (this.#options.silence || location) this.#remember(entry);
    if (location) this.#introduce(entry);
    return entry;
  }

  #remember(entry: Entry): void {
    const others = this.#entries.get(entry.quantity);
    if (others) others.set(entry.device, entry);
    else this.#entries.set(entry.quantity, new Map([[entry.device, entry]]));
  }

  *#all(): Generator<Entry> {
    for (const entries of this.#entries.values()) yield* entries.values();
  }

  /** Finds the sensors nearby of one that is new or has moved, and tells them. */
  #introduce(entry: Entry): void {
    entry.nearby = [];
    const { nearKm } = habitsOf(entry.quantity);
    for (const other of this.#entries.get(entry.quantity)?.values() ?? []) {
      if (other === entry) continue;
      other.nearby = other.nearby.filter((each) => each !== entry);
      if (distanceKm(entry.location, other.location) > nearKm) continue;
      if (entry.nearby.length < MOST_NEARBY) entry.nearby.push(other);
      if (other.nearby.length < MOST_NEARBY) other.nearby.push(entry);
    }
  }
}

type Spot = { lat: number; lon: number } | undefined;

function sameSpot(a: Spot, b: Spot): boolean {
  return a?.lat === b?.lat && a?.lon === b?.lon;
}

/** Distance on a sphere, small angles; Infinity if a place is unknown. */
function distanceKm(a: Spot, b: Spot): number {
  if (!a || !b) return Number.POSITIVE_INFINITY;
  const radians = Math.PI / 180;
  const x = (b.lon - a.lon) * Math.cos(((a.lat + b.lat) / 2) * radians);
  return 6371 * radians * Math.hypot(x, b.lat - a.lat);
}

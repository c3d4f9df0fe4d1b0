/** Readings of a synthetic town with labelled faults, as `byflyt check` gets them. */
import { Random } from './faults-random.ts';
import { BEGIN, buildTown, type Climate, DAY, DAYS, HOUR, type TrueSensor } from './faults-town.ts';

export interface Label {
  device: string;
  quantity: string;
  /** Name of a fault's cause, or `event` for what is real. */
  cause: string;
  from: number;
  to: number;
}

export type Line =
  | { device: string; quantity: string; time: number; value: number; lat: number; lon: number }
  | { now: number };

export interface History {
  lines: Line[];
  labels: Label[];
  sensors: number;
}

/** Faults that a sensor of a quantity may have; what is not named may have all of `COMMON`. */
const COMMON = [
  'stuck',
  'spike',
  'shift',
  'silent',
  'noise',
  'scale',
  'spike',
  'shift',
  'stuck',
  'silent',
] as const;
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  air_temperature: [...COMMON, 'drift', 'swapped', 'clock'],
  water_temperature: [...COMMON, 'drift'],
  road_temperature: [...COMMON, 'drift'],
  water_level: ['stuck', 'spike', 'shift', 'silent', 'noise', 'drift'],
  co2_concentration: [...COMMON, 'clock', 'drift'],
  fill_level: ['stuck', 'spike', 'silent', 'shift'],
  water_volume: ['leak', 'leak', 'slow leak', 'silent', 'stuck'],
  energy: ['stuck', 'silent', 'spike'],
  battery_voltage: ['battery', 'silent', 'battery', 'spike'],
  pedestrian_count: ['stuck', 'silent', 'spike', 'clock'],
  parking_free_spaces: ['stuck', 'silent', 'shift'],
};

/** Days that a fault lasts, from and to. */
const LASTS: Readonly<Record<string, readonly [number, number]>> = {
  stuck: [1, 4],
  shift: [4, 12],
  scale: [4, 12],
  noise: [3, 8],
  silent: [1, 5],
  leak: [6, 14],
  'slow leak': [14, 20],
  drift: [18, 28],
  swapped: [5, 9],
  clock: [5, 9],
  battery: [12, 20],
};
const SLOW = new Set(['fill_level', 'water_volume', 'energy', 'parking_free_spaces']);
/** Days before the first fault, and from the beginning of one to that of the next. */
const FIRST = 50;
const APART = 55;

/** The year of one town. `variant` 1 has other faults: other sizes and lengths. */
export function inject(seed: number, climate: Climate, variant: 0 | 1): History {
  const random = new Random(seed * 7919 + 13);
  const sensors = buildTown(seed, climate);
  const labels: Label[] = [];
  const readings: Exclude<Line, { now: number }>[] = [];
  const outage = BEGIN + random.between(60, 300) * DAY;
  for (const sensor of sensors) {
    const plan = planOf(sensor, random, variant);
    labels.push(...plan);
    for (const { from, to } of sensor.events) labels.push({ ...nameOf(sensor), cause: 'event', from, to });
    readings.push(...readingsOf(sensor, plan, climate, random, [outage, outage + 8 * HOUR]));
  }
  swap(readings, labels, sensors);
  const lines: Line[] = [...readings];
  for (let time = BEGIN; time < BEGIN + DAYS * DAY; time += HOUR) lines.push({ now: time });
  const timeOf = (line: Line): number => ('now' in line ? line.now : line.time);
  return { lines: lines.sort((a, b) => timeOf(a) - timeOf(b)), labels, sensors: sensors.length };
}

function nameOf({ device, quantity }: TrueSensor): { device: string; quantity: string } {
  return { device, quantity };
}

function planOf(sensor: TrueSensor, random: Random, variant: 0 | 1): Label[] {
  const plan: Label[] = [];
  for (let day = FIRST + random.between(0, 10); day < DAYS - 35; day += APART + random.between(0, 10)) {
    const cause = random.pick(FAULTS[sensor.quantity] ?? COMMON);
    const [least, most] = LASTS[cause] ?? [0, 0];
    const days =
      random.between(least, most) *
      (cause === 'stuck' && SLOW.has(sensor.quantity) ? 2.5 : 1) *
      (variant ? 1.2 : 1);
    const from = BEGIN + day * DAY + random.between(8, 18) * HOUR;
    // Ice, which stands still, is what a stuck sensor cannot be told from.
    if (cause === 'stuck' && /water_temp|road/.test(sensor.quantity) && day > 250) continue;
    const clash = sensor.events.some(
      (event) => event.from < from + (days + 3) * DAY && event.to > from - DAY,
    );
    if (!clash)
      plan.push({
        ...nameOf(sensor),
        cause,
        from,
        to: from + (cause === 'spike' ? DAY : days * DAY),
      });
  }
  return plan;
}

function readingsOf(
  sensor: TrueSensor,
  plan: readonly Label[],
  climate: Climate,
  random: Random,
  outage: readonly [number, number],
): Exclude<Line, { now: number }>[] {
  const { device, quantity, lat, lon, interval, step } = sensor;
  const readings: Exclude<Line, { now: number }>[] = [];
  const pauses = Array.from({ length: climate.outages }, () => BEGIN + random.between(5, DAYS) * DAY).map(
    (from) => [from, from + random.between(1, 5) * HOUR] as const,
  );
  const effects = plan.map((label) => effectOf(label, sensor, random));
  let leaked = 0;
  let last = BEGIN;
  for (let time = BEGIN + random.between(0, interval) * 60_000; time < BEGIN + DAYS * DAY; ) {
    let value: number | undefined = sensor.measure(time);
    for (const effect of effects) {
      const { from, to, cause } = effect.label;
      effect.note(value ?? 0, time);
      if (cause.endsWith('leak') && time > from && time < to)
        leaked += ((time - last) / HOUR) * effect.flow(time);
      if (value !== undefined && time >= from && time < to) value = effect.change(value, time);
    }
    last = time;
    const silent =
      [outage, ...pauses].some(([from, to]) => time >= from && time < to) || random.next() < climate.lost;
    const spiked = effects.some(
      ({ label }) => label.cause === 'spike' && label.from === Math.floor(time / 1000) * 1000,
    );
    if (value !== undefined && (!silent || spiked)) {
      const rounded = Number((Math.round((value + leaked) / step) * step).toFixed(4));
      readings.push({ device, quantity, time: Math.round(time / 1000) * 1000, value: rounded, lat, lon });
    }
    time += interval * 60_000 * (1 + 0.04 * random.normal());
  }
  return readings;
}

interface Effect {
  label: Label;
  /** Sees all values, before the fault as well. */
  note(value: number, time: number): void;
  change(value: number, time: number): number | undefined;
  flow(time: number): number;
}

function effectOf(label: Label, sensor: TrueSensor, random: Random): Effect {
  const { from, to, cause } = label;
  const sign =
    sensor.quantity === 'fill_level' || sensor.quantity === 'energy' || random.next() < 0.6 ? 1 : -1;
  const size = sign * sensor.size * random.between(0.8, 1.8);
  const factor = random.pick([0.5, 0.1, 1.8, 10]);
  const offset = random.pick([3, 5]) * HOUR;
  let held: number | undefined;
  const recent: [number, number][] = [];
  const changes: Readonly<Record<string, (value: number, time: number) => number | undefined>> = {
    stuck: (value) => (held ??= value),
    // One reading; the label says which.
    spike: (value, time) => {
      if (held !== undefined) return value;
      held = value;
      label.from = Math.floor(time / 1000) * 1000;
      label.to = time + sensor.interval * 60_000;
      return value + 2 * size;
    },
    shift: (value) => value + size,
    scale: (value) => value * factor,
    noise: (value) => value + 0.5 * sensor.size * random.normal(),
    silent: () => undefined,
    drift: (value, time) => value + (size * 1.2 * (time - from)) / (to - from),
    battery: (value, time) => value - (Math.abs(size) * 1.5 * (time - from)) / (to - from),
    // A clock that is wrong: the value of another time.
    clock: () => recent[0]?.[1],
  };
  return {
    label,
    note: (value, time) => {
      if (cause !== 'clock' || time < from - DAY || time > to) return;
      recent.push([time, value]);
      while (recent.length > 1 && (recent[1]?.[0] ?? 0) < time - offset) recent.shift();
    },
    change: changes[cause] ?? ((value) => value),
    flow: (time) =>
      (cause === 'leak' ? 1 : (time - from) / (to - from)) * sensor.size * Math.abs(size / sensor.size) * 0.4,
  };
}

/** Swaps the readings of a sensor with those of another one of its quantity. */
function swap(
  readings: Exclude<Line, { now: number }>[],
  labels: Label[],
  sensors: readonly TrueSensor[],
): void {
  for (const label of labels.filter(({ cause }) => cause === 'swapped')) {
    const other = sensors.find(
      ({ device, quantity }) => quantity === label.quantity && device !== label.device,
    );
    if (!other) continue;
    for (const reading of readings) {
      if (reading.quantity !== label.quantity || reading.time < label.from || reading.time >= label.to)
        continue;
      if (reading.device === label.device) reading.device = other.device;
      else if (reading.device === other.device) reading.device = label.device;
    }
    labels.push({ ...label, device: other.device, cause: 'swapped' });
  }
}

/** A synthetic town: weather that its sensors share, and what each sensor would truly measure in a year. */
import { Random } from './faults-random.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A year from the first of March: New Year comes after the detectors have learned. */
export const BEGIN = Date.UTC(2025, 2, 1);
export const DAYS = 365;
const HOURS = DAYS * 24 + 48;

/** What differs between the seeds that limits are chosen with and those that figures are reported of. */
export interface Climate {
  meanTemperature: number;
  seasonalSwing: number;
  /** Hours that weather lasts, and its size, °C. */
  weatherHours: number;
  weatherSize: number;
  /** Days between rains. */
  rainEvery: number;
  /** River: hours that it takes to fall, and metres per rain. */
  riverHours: number;
  tide: number;
  dust: number;
  /** Multiplies all noise. */
  noise: number;
  /** Share of lost readings, and short outages of a sensor in a year. */
  lost: number;
  outages: number;
  intervals: readonly number[];
}

export interface TrueSensor {
  device: string;
  quantity: string;
  lat: number;
  lon: number;
  /** Minutes. */
  interval: number;
  /** Smallest step of a reading. */
  step: number;
  /** What a fault of ordinary size is, canonical unit. */
  size: number;
  /** The true value with the sensor's noise at a time; called with growing times. */
  measure(time: number): number;
  /** Real events, which are no faults, ms. */
  events: { from: number; to: number; name: string }[];
}

/** Hour of the day, local time in Oslo, with its daylight saving. */
export function localHour(time: number): { hour: number; weekend: boolean; day: number } {
  const summer = time >= Date.UTC(2025, 2, 30, 1) && time < Date.UTC(2025, 9, 26, 1);
  const local = time + (summer ? 2 : 1) * HOUR;
  const day = Math.floor(local / DAY);
  return { hour: (local % DAY) / HOUR, weekend: (day + 3) % 7 >= 5, day };
}

/** Days without school: summer, autumn, Christmas, winter break. */
function isHoliday(time: number): boolean {
  const date = new Date(time).toISOString().slice(5, 10);
  return (
    (date > '06-19' && date < '08-18') ||
    (date > '09-28' && date < '10-06') ||
    date > '12-20' ||
    date < '01-03'
  );
}

interface Weather {
  air: Float64Array;
  rain: Float64Array;
  river: Float64Array;
  dust: Float64Array;
  floods: { from: number; to: number; name: string }[];
}

function weatherOf(random: Random, climate: Climate): Weather {
  const series = (): Float64Array => new Float64Array(HOURS);
  const weather: Weather = { air: series(), rain: series(), river: series(), dust: series(), floods: [] };
  let [system, dust, raining, strength, cloud] = [0, 0, 0, 0, 0.5];
  const keep = Math.exp(-1 / climate.weatherHours);
  for (let i = 0; i < HOURS; i++) {
    const time = BEGIN + i * HOUR;
    const { hour, weekend } = localHour(time);
    const season = Math.cos((2 * Math.PI * (time - Date.UTC(2025, 6, 20))) / (365 * DAY));
    system = keep * system + Math.sqrt(1 - keep * keep) * climate.weatherSize * random.normal();
    cloud = Math.min(1, Math.max(0, cloud + 0.08 * random.normal()));
    const sun = (1 - 0.7 * cloud) * (3 + 2.5 * season) * Math.cos(((hour - 15) / 12) * Math.PI);
    weather.air[i] = climate.meanTemperature + climate.seasonalSwing * season + system + sun;
    if (raining <= 0 && random.next() < 1 / (24 * climate.rainEvery)) {
      raining = random.between(3, 20);
      strength = random.between(0.3, 1) ** 2 * 4;
      if (raining * strength > 30) weather.floods.push({ from: time, to: time + 4 * DAY, name: 'rain' });
    }
    weather.rain[i] = raining-- > 0 ? strength * random.between(0.5, 1.5) : 0;
    const fell = (weather.river[i - 1] ?? 0) * Math.exp(-1 / climate.riverHours);
    weather.river[i] = fell + 0.012 * (weather.rain[i - 4] ?? 0);
    dust = 0.93 * dust + 0.36 * random.normal();
    const rush = weekend ? 0.1 : Math.exp(-((hour - 8) ** 2) / 4) + Math.exp(-((hour - 17) ** 2) / 6);
    weather.dust[i] = climate.dust * (1 - 0.4 * season) * Math.exp(0.5 * dust) * (1 + 0.6 * rush);
  }
  return weather;
}

function at(series: Float64Array, time: number): number {
  const hours = Math.max(0, (time - BEGIN) / HOUR);
  const index = Math.floor(hours);
  const share = hours - index;
  return (1 - share) * (series[index] ?? 0) + share * (series[index + 1] ?? 0);
}

/** All sensors of a town; the same seed gives the same town. */
export function buildTown(seed: number, climate: Climate): TrueSensor[] {
  const random = new Random(seed);
  const weather = weatherOf(random, climate);
  const sensors: TrueSensor[] = [];
  const add = (quantity: string, count: number, spreadKm: number, make: (index: number) => Part): void => {
    const [lat, lon] = [59.9 + random.between(-0.05, 0.05), 10.7 + random.between(-0.1, 0.1)];
    for (let index = 0; index < count; index++) {
      sensors.push({
        device: `${quantity}-${index + 1}`,
        quantity,
        lat: lat + (spreadKm / 111) * random.between(-0.5, 0.5),
        lon: lon + (spreadKm / 56) * random.between(-0.5, 0.5),
        interval: random.pick(climate.intervals),
        events: [],
        ...make(index),
      });
    }
  };
  const noise = climate.noise;
  const own = (low: number, high: number): number => random.between(low, high);

  add('air_temperature', 3, 4, () => {
    const [bias, lag] = [own(-0.6, 0.6), own(0, 0.5)];
    return {
      step: random.pick([0.1, 0.01, 0.0625]),
      size: 5,
      measure: (time) => at(weather.air, time - lag * HOUR) + bias + 0.15 * noise * random.normal(),
    };
  });
  const rocketNight = Date.UTC(2025, 11, 31, 22);
  add('pm2p5', 3, 3, () => {
    const share = own(0.8, 1.2);
    const rockets = own(120, 350);
    return {
      step: 0.1,
      size: 60,
      events: [{ from: rocketNight, to: rocketNight + 12 * HOUR, name: 'rockets' }],
      measure: (time) => {
        const since = (time - rocketNight - 0.8 * HOUR) / HOUR;
        const smoke =
          since > 0 && since < 24 ? rockets * (1 - Math.exp(-since * 3)) * Math.exp(-since / 2.5) : 0;
        return Math.max(
          0,
          (share * at(weather.dust, time) + smoke) * (1 + 0.08 * noise * random.normal()) +
            0.3 * random.normal(),
        );
      },
    };
  });
  add('water_temperature', 2, 3, () => {
    let water = climate.meanTemperature;
    let last = BEGIN;
    return {
      step: random.pick([0.1, 0.01]),
      size: 3,
      measure: (time) => {
        water += ((time - last) / (90 * HOUR)) * (at(weather.air, time) + 1 - water);
        last = time;
        const sun = 0.3 * Math.cos(((localHour(time).hour - 17) / 12) * Math.PI);
        if (water < 0) water = Math.max(water, -0.02);
        return Math.max(
          water > 0.3 ? -1 : 0,
          water + (water > 0.5 ? sun : 0) + 0.04 * noise * random.normal() * (water > 0.1 ? 1 : 0.2),
        );
      },
    };
  });
  add('water_level', 2, 6, () => {
    const [base, gain, phase] = [own(0.5, 2), own(0.8, 1.3), own(0, 0.5)];
    return {
      step: random.pick([0.001, 0.01]),
      size: 0.6,
      events: weather.floods,
      measure: (time) => {
        const hours = (time - BEGIN) / HOUR + phase;
        const tide =
          climate.tide *
          (1 + 0.25 * Math.cos((2 * Math.PI * hours) / 354.4)) *
          Math.cos((2 * Math.PI * hours) / 12.4206);
        return base + gain * at(weather.river, time) + tide + 0.008 * noise * random.normal();
      },
    };
  });
  add('co2_concentration', 2, 0.02, () => {
    let [co2, last, pupils, day] = [420, BEGIN, 0, 0];
    const crowd = own(450, 900);
    return {
      step: 1,
      size: 600,
      measure: (time) => {
        const local = localHour(time);
        if (local.day !== day) {
          day = local.day;
          pupils = local.weekend || isHoliday(time) ? 0 : crowd * own(0.75, 1.1);
        }
        const inside = local.hour > 8.2 && local.hour < 14.5 && Math.abs(local.hour - 11.3) > 0.3;
        const target = 418 + (inside ? pupils : 0);
        co2 += (target - co2) * (1 - Math.exp(-(time - last) / (0.8 * HOUR)));
        last = time;
        return co2 + 9 * noise * random.normal();
      },
    };
  });
  add('fill_level', 2, 2, () => {
    let [fill, last] = [own(0, 30), BEGIN];
    const rate = own(4, 9);
    return {
      step: 1,
      size: 30,
      measure: (time) => {
        const { hour } = localHour(time);
        const hours = (time - last) / HOUR;
        last = time;
        if (hour > 7 && hour < 22)
          fill += (random.next() < 0.35 * hours ? 1 : 0) * (rate / 5.2) * own(0.3, 1.7);
        if (fill > own(82, 96) && hour > 8 && hour < 15) fill = own(2, 6);
        return Math.min(100, Math.max(0, fill + 0.6 * noise * random.normal()));
      },
    };
  });
  const festival = BEGIN + Math.floor(own(90, 200)) * DAY + 10 * HOUR;
  add('pedestrian_count', 2, 0.4, () => {
    const busy = own(60, 140);
    return {
      step: 1,
      size: 400,
      events: [{ from: festival, to: festival + 10 * HOUR, name: 'festival' }],
      measure: (time) => {
        const { hour, weekend } = localHour(time);
        const day = Math.exp(-((hour - (weekend ? 14 : 8.5)) ** 2) / 8) + Math.exp(-((hour - 16.5) ** 2) / 9);
        const wet = 1 - 0.4 * Math.min(1, at(weather.rain, time));
        const crowd = time > festival && time < festival + 10 * HOUR ? 4 : 1;
        return random.poisson(
          busy * (0.02 + day * (weekend ? 0.7 : 1)) * wet * crowd * Math.exp(0.12 * noise * random.normal()),
        );
      },
    };
  });
  add('road_temperature', 2, 3, () => {
    const bias = own(-0.5, 0.5);
    return {
      step: 0.1,
      size: 7,
      measure: (time) => {
        const air = at(weather.air, time);
        const sun = 1.3 * Math.max(0, air - at(weather.air, time - 8 * HOUR));
        const road = air + bias + sun - 1;
        // Wet roads stay at 0 °C while they freeze or thaw.
        const freezing = Math.abs(road) < 0.8 && at(weather.rain, time - 3 * HOUR) > 0 ? road * 0.05 : road;
        return freezing + 0.15 * noise * random.normal();
      },
    };
  });
  const household = (mean: number, base: number) => {
    let [reading, last] = [own(100, 900), BEGIN];
    return (time: number): number => {
      const { hour, weekend } = localHour(time);
      const use =
        0.06 +
        Math.exp(-((hour - (weekend ? 10 : 7)) ** 2) / 3) +
        0.9 * Math.exp(-((hour - 19) ** 2) / 6) +
        (hour > 7 && hour < 23 ? 0.35 : 0);
      const hours = (time - last) / HOUR;
      last = time;
      const taps = hour < 5.5 && hour > 0.5 ? random.next() < 0.15 * hours : true;
      reading += hours * (base + (taps ? mean * use * own(0.3, 1.7) : 0));
      return reading;
    };
  };
  add('water_volume', 3, 2, (index) => ({
    step: 0.001,
    size: index === 2 ? 0.8 : 0.05,
    interval: random.pick([15, 60]),
    measure: household(index === 2 ? 1.2 : 0.03, index === 2 ? 0.15 : 0),
  }));
  add('energy', 1, 1, () => ({ step: 0.01, size: 3, interval: 60, measure: household(1.5, 0.4) }));
  add('power', 1, 1, () => {
    const share = own(2500, 5000);
    return {
      step: 10,
      size: 4000,
      measure: (time) => {
        const { hour, weekend } = localHour(time);
        const work = !weekend && hour > 7 && hour < 17 ? 1 : 0.25;
        return (
          share *
          (work + 0.03 * Math.max(0, 15 - at(weather.air, time))) *
          Math.exp(0.06 * noise * random.normal())
        );
      },
    };
  });
  add('sound_level', 2, 0.3, () => {
    const base = own(42, 50);
    return {
      step: 0.1,
      size: 18,
      measure: (time) => {
        const { hour, weekend } = localHour(time);
        const traffic = (weekend ? 6 : 9) * Math.exp(-((hour - 13.5) ** 2) / 40);
        return base + traffic + 2.2 * noise * random.normal() + (random.next() < 0.01 ? own(3, 8) : 0);
      },
    };
  });
  add('parking_free_spaces', 1, 0.3, () => {
    const places = Math.round(own(60, 160));
    let parked = 5;
    return {
      step: 1,
      size: 0.6 * places,
      measure: (time) => {
        const { hour, weekend } = localHour(time);
        const wanted = places * (weekend ? 0.35 : 0.8) * Math.exp(-((hour - 12.5) ** 2) / 22);
        parked += 0.3 * (wanted - parked) + 0.9 * noise * random.normal();
        return places - Math.min(places, Math.max(0, Math.round(parked)));
      },
    };
  });
  add('battery_voltage', 2, 2, () => {
    const begin = own(3.55, 3.65);
    return {
      step: random.pick([0.001, 0.01]),
      size: 0.15,
      interval: 60,
      measure: (time) =>
        begin -
        (0.06 * (time - BEGIN)) / (365 * DAY) +
        0.002 * (at(weather.air, time) - 10) +
        0.004 * noise * random.normal(),
    };
  });
  return sensors;
}

type Part = Pick<TrueSensor, 'step' | 'size' | 'measure'> & Partial<Pick<TrueSensor, 'interval' | 'events'>>;

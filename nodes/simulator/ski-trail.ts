import { chance, drift, noise } from './chance.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365.2425 * DAY;
/** Coldest time of the year and of the day: late January, six in the morning (UTC+1). */
const COLDEST = Date.UTC(2024, 0, 25, 5);

/** What a sensor beside the trail measures. */
export interface TrailReading {
  /** °C, probe in the snow. */
  snowTemperature: number;
  /** °C, inside the housing. */
  internalTemperature: number;
  /** %, of the air in the snow's pores. */
  humidity: number;
}

export interface TrailPlace {
  id: string;
  /** Metres above the lowest place; 0.65 °C colder per 100 m. */
  height: number;
}

/**
 * Snow and housing at a place and time (ms since 1970 UTC): the year's and the day's swing, weather that
 * changes over days, and the snow's damping and delay. Snow never gets warmer than its melting point.
 */
export function trailReading(place: TrailPlace, time: number, seed: number): TrailReading {
  const slow = seasonAndWeather(place, time, seed);
  const air = slow + 4 * daySwing(time) + 0.3 * noise(seed, `${place.id}/air/${time}`);
  const ground = slow + 1.5 * daySwing(time - 3 * HOUR) + 0.05 * noise(seed, `${place.id}/snow/${time}`);
  const cover = snowCover(slow);
  const snowTemperature = cover * Math.min(ground - 0.5, 0) + (1 - cover) * ground;
  const dry = -1.2 * Math.max(-snowTemperature - 2, 0) - 1.5 * Math.max(air - 10, 0);
  const humidity = 94 + dry + 2 * drift(seed, `${place.id}/humidity`, time, 9 * HOUR);
  return {
    snowTemperature,
    internalTemperature: air + 0.8 * Math.max(daySwing(time), 0),
    humidity: Math.min(Math.max(humidity, 25), 100),
  };
}

function seasonAndWeather(place: TrailPlace, time: number, seed: number): number {
  const season = 1.5 - 11.5 * Math.cos((2 * Math.PI * (time - COLDEST)) / YEAR);
  const weather = 4 * drift(seed, 'weather', time, 3 * DAY) + 1.5 * drift(seed, 'front', time, 14 * HOUR);
  return season + weather - 0.0065 * place.height;
}

/** Share of the ground under snow: it goes in thaw, between 2 and 5 °C. */
function snowCover(slow: number): number {
  return Math.min(Math.max((5 - slow) / 3, 0), 1);
}

/** -1 at the coldest hour, 1 twelve hours later. */
function daySwing(time: number): number {
  return -Math.cos((2 * Math.PI * (time - COLDEST)) / DAY);
}

/** V: a lithium cell that gives less in the cold, and slowly empties over `life` days. */
export function cellVoltage(
  id: string,
  time: number,
  temperature: number,
  life: number,
  seed: number,
): number {
  const age = (time / DAY / life + chance(seed, `${id}/installed`)) % 1;
  return 3.06 - 0.35 * age ** 2 - 0.003 * Math.max(-temperature, 0);
}

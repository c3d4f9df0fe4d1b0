import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import type { FlatLineLimit, Span } from './qartod.ts';

/** What the tests hold a quantity against; an absent part switches its test off. Canonical units. */
export interface QualityLimits {
  /** Outside it a value fails: the sensor cannot have measured it. */
  fail?: Span | undefined;
  /** Outside it a value is suspect: possible, but not expected here. */
  suspect?: Span | undefined;
  /** Change per hour above which a value is suspect. */
  ratePerHour?: number | undefined;
  flat?: FlatLineLimit | undefined;
}

type Habit = Pick<QualityLimits, 'ratePerHour' | 'flat'>;

const flat = (tolerance: number, suspectHours: number, failHours?: number): FlatLineLimit => ({
  tolerance,
  suspectHours,
  failHours,
});

/**
 * How fast a quantity changes at most, and how long it can stay the same, at a place where municipalities measure it.
 * Wide on purpose: a limit here is for every place in every season. Melting snow stays at 0 °C for days, water under
 * ice hardly changes, and meters, counts and bins stand still at night, so these have long times or no flat-line test.
 */
const HABITS: Partial<Record<QuantityId, Habit>> = {
  air_temperature: { ratePerHour: 30, flat: flat(0.01, 12, 48) },
  surface_temperature: { ratePerHour: 60, flat: flat(0.01, 24) },
  road_temperature: { ratePerHour: 60, flat: flat(0.01, 24) },
  snow_temperature: { ratePerHour: 30, flat: flat(0.01, 96) },
  water_temperature: { ratePerHour: 15, flat: flat(0.001, 96) },
  relative_humidity: { ratePerHour: 120, flat: flat(0.01, 48) },
  air_pressure: { ratePerHour: 15, flat: flat(0.01, 12, 48) },
  co2_concentration: { ratePerHour: 6000, flat: flat(0.5, 12, 48) },
  tvoc: { flat: flat(0.5, 48) },
  pm1: { ratePerHour: 3000, flat: flat(0.01, 48) },
  pm2p5: { ratePerHour: 3000, flat: flat(0.01, 48) },
  pm10: { ratePerHour: 6000, flat: flat(0.01, 48) },
  sound_level: { flat: flat(0.01, 6, 24) },
  water_level: { ratePerHour: 5, flat: flat(0.0005, 168) },
  snow_depth: { ratePerHour: 0.5 },
  voltage: { flat: flat(0.001, 12, 48) },
};

/** Limits without any override: the vocabulary's plausible range fails, habits as above. */
export function defaultLimits(id: QuantityId): QualityLimits {
  const quantity: Quantity = QUANTITIES[id];
  return { fail: quantity.range, ...HABITS[id] };
}

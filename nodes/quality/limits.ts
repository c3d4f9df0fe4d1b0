import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import type { FlatLineLimit } from './flat-run.ts';
import type { NeighbourLimit } from './neighbours.ts';
import type { ClimatePeriod, Span, SpikeLimit } from './qartod.ts';
import type { AttenuationLimit } from './signal-window.ts';

/** What the tests hold a quantity against; an absent part switches its test off. Canonical units. */
export interface QualityLimits {
  /** Outside it a value fails: the sensor cannot have measured it. */
  fail?: Span | undefined;
  /** Outside it a value is suspect: possible, but not expected here. */
  suspect?: Span | undefined;
  /** What is expected in parts of the year or of the day. */
  climate?: readonly ClimatePeriod[] | undefined;
  /** Change per hour above which a value is suspect. */
  ratePerHour?: number | undefined;
  spike?: SpikeLimit | undefined;
  flat?: FlatLineLimit | undefined;
  attenuation?: AttenuationLimit | undefined;
  neighbours?: NeighbourLimit | undefined;
  /** Hours without a value after which there is a gap; absent: four usual intervals of the series. */
  gapHours?: number | undefined;
}

type Habit = Omit<QualityLimits, 'fail' | 'suspect' | 'gapHours'>;

const flat = (tolerance: number, suspectHours: number, failHours?: number): FlatLineLimit => ({
  tolerance,
  suspectHours,
  failHours,
});

/** Melting snow and water under ice. °C */
const FREEZING: Span = [-0.2, 0.2];

/**
 * How fast a quantity changes at most, and how long it can stay the same, at a place where municipalities measure it.
 * Wide on purpose: a limit here is for every place in every season. Melting snow and water
 * under ice stay at 0 °C for weeks, and meters, counts and bins stand still at night, so these have long times or no flat-line test.
 * Dust, people, traffic and noise jump for good reasons, so these have no spike test.
 */
const HABITS: Partial<Record<QuantityId, Habit>> = {
  air_temperature: {
    ratePerHour: 30,
    spike: { suspect: 8, fail: 25 },
    flat: flat(0.01, 12, 48),
    neighbours: { difference: 10, kilometres: 10 },
  },
  surface_temperature: { ratePerHour: 60, spike: { suspect: 15, fail: 40 }, flat: flat(0.01, 24) },
  road_temperature: { ratePerHour: 60, spike: { suspect: 15, fail: 40 }, flat: flat(0.01, 24) },
  snow_temperature: {
    ratePerHour: 30,
    spike: { suspect: 8, fail: 25 },
    flat: { ...flat(0.01, 96), except: FREEZING },
  },
  soil_temperature: { ratePerHour: 15, spike: { suspect: 5, fail: 15 } },
  water_temperature: {
    ratePerHour: 15,
    spike: { suspect: 4, fail: 15 },
    flat: { ...flat(0.001, 96), except: FREEZING },
  },
  relative_humidity: { ratePerHour: 120, spike: { suspect: 40 }, flat: flat(0.01, 48) },
  air_pressure: {
    ratePerHour: 15,
    spike: { suspect: 5, fail: 20 },
    flat: flat(0.01, 12, 48),
    attenuation: { hours: 24, suspect: 0.2 },
    neighbours: { difference: 5, kilometres: 30 },
  },
  co2_concentration: { ratePerHour: 6000, spike: { suspect: 3000 }, flat: flat(0.5, 12, 48) },
  tvoc: { flat: flat(0.5, 48) },
  pm1: { ratePerHour: 3000, flat: flat(0.01, 48) },
  pm2p5: { ratePerHour: 3000, flat: flat(0.01, 48) },
  pm10: { ratePerHour: 6000, flat: flat(0.01, 48) },
  sound_level: { flat: flat(0.01, 6, 24), attenuation: { hours: 24, suspect: 0.5 } },
  water_level: { ratePerHour: 5, spike: { suspect: 0.5, fail: 3 }, flat: flat(0.0005, 168) },
  snow_depth: { ratePerHour: 50, spike: { suspect: 50, fail: 150 } },
  soil_moisture: { spike: { suspect: 25 } },
  voltage: { flat: flat(0.001, 12, 48) },
};

const months = (from: number, to: number, low: number, high: number): ClimatePeriod => ({
  part: 'month',
  from,
  to,
  suspect: [low, high],
});

/** Outdoors between Denmark and North Cape: wider than the records of most towns there. */
const NORDIC: Partial<Record<QuantityId, readonly ClimatePeriod[]>> = {
  air_temperature: [
    months(12, 2, -50, 20),
    months(3, 5, -40, 32),
    months(6, 8, -8, 40),
    months(9, 11, -40, 30),
  ],
  road_temperature: [
    months(12, 2, -50, 30),
    months(3, 5, -40, 60),
    months(6, 8, -8, 75),
    months(9, 11, -40, 55),
  ],
  water_temperature: [
    months(12, 3, -2, 12),
    months(4, 5, -2, 22),
    months(6, 8, 0, 32),
    months(9, 11, -2, 24),
  ],
};

/** Starting points of the form: what a quantity is held against where a person set no limit of their own. */
export const PRESETS = ['standard', 'outdoors', 'strict', 'lenient'] as const;
export type Preset = (typeof PRESETS)[number];

/** How much faster than usual something may change. */
const PATIENCE: Readonly<Record<Preset, number>> = { standard: 1, outdoors: 1, strict: 0.5, lenient: 2 };

/** Limits without any override: the vocabulary's plausible range fails, habits and climate as above. */
export function defaultLimits(id: QuantityId, preset: Preset = 'standard'): QualityLimits {
  const quantity: Quantity = QUANTITIES[id];
  const { ratePerHour, spike, ...habit }: Habit = HABITS[id] ?? {};
  const patience = PATIENCE[preset];
  const climate = preset === 'outdoors' ? NORDIC[id] : undefined;
  return {
    fail: quantity.range,
    ...habit,
    ...(climate && { climate }),
    ...(ratePerHour !== undefined && { ratePerHour: ratePerHour * patience }),
    ...(spike && { spike: patient(spike, patience) }),
  };
}

function patient({ suspect, fail }: SpikeLimit, patience: number): SpikeLimit {
  return { suspect: suspect * patience, fail: fail === undefined ? undefined : fail * patience };
}

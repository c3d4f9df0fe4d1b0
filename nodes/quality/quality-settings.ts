import { ConfigurationError } from '../observation/errors.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { typedNumber } from '../observation/typed-number.ts';
import { defaultLimits, PRESETS, type Preset, type QualityLimits } from './limits.ts';
import { localPartsIn } from './local-parts.ts';
import type { ClimatePeriod, Span } from './qartod.ts';
import type { Override, QualityOptions } from './quality-check.ts';
import { QUALITY_TESTS, type QualityTest } from './series-check.ts';

type Field = string | number;

/** One row of the form's list: limits of a quantity, empty where the default counts. */
export interface OverrideRow {
  quantity: string;
  /** Id or name of the only device that it is for; empty: all. */
  device?: string;
  /** always (or empty), month or hour: when the expected range counts. */
  when?: string;
  from?: Field;
  to?: Field;
  failLow?: Field;
  failHigh?: Field;
  suspectLow?: Field;
  suspectHigh?: Field;
  ratePerHour?: Field;
  spike?: Field;
  flatHours?: Field;
  gapHours?: Field;
  nearby?: Field;
}

/** Groups of tests that are switched together; on in a node that was never opened. */
export interface QualityForm {
  preset?: string;
  grossRange?: boolean;
  climatology?: boolean;
  rateOfChange?: boolean;
  spike?: boolean;
  flatLine?: boolean;
  neighbour?: boolean;
  counter?: boolean;
  device?: boolean;
  overrides?: readonly OverrideRow[];
}

const SWITCHES: Readonly<Record<QualityTest, keyof QualityForm>> = {
  gap: 'device',
  gross_range: 'grossRange',
  climatology: 'climatology',
  spike: 'spike',
  rate_of_change: 'rateOfChange',
  flat_line: 'flatLine',
  attenuated_signal: 'flatLine',
  multi_variate: 'neighbour',
  neighbour: 'neighbour',
  counter: 'counter',
  clock: 'device',
  battery: 'device',
};

/** A value that stays the same to more digits than any sensor of ours shows is flat. */
const FLAT_TOLERANCE = 1e-6;
/** Neighbours of a quantity that has none by itself. */
const KILOMETRES = 10;

const MONTHS: Span = [1, 12];
const HOURS: Span = [0, 23];

/** Limits that count where a row of the form is empty, under the names of its fields. */
export function defaultsOf(id: QuantityId): Partial<Record<keyof OverrideRow, number>> {
  const { fail, ratePerHour, flat, spike, neighbours } = defaultLimits(id);
  return {
    ...(fail && { failLow: fail[0], failHigh: fail[1] }),
    ...(ratePerHour !== undefined && { ratePerHour }),
    ...(spike && { spike: spike.suspect }),
    ...(flat && { flatHours: flat.suspectHours }),
    ...(neighbours && { nearby: neighbours.difference }),
  };
}

/**
 * The form as a checker's options; `timeZone` (IANA name) is that of its hours.
 * Throws ConfigurationError that names the row's quantity.
 */
export function checkerOptions(form: QualityForm, timeZone: string): Omit<QualityOptions, 'state'> {
  return {
    tests: QUALITY_TESTS.filter((test) => form[SWITCHES[test]] !== false),
    preset: presetOf(form.preset),
    overrides: overridesOf(form.overrides ?? []),
    localParts: localPartsIn(timeZone),
  };
}

function presetOf(text = 'standard'): Preset {
  const preset = PRESETS.find((each) => each === text);
  if (preset) return preset;
  throw new ConfigurationError({ key: 'quality.error.unknown_preset', parameters: { preset: text } });
}

/** One override per quantity and device: rows for several parts of the year or of the day come together. */
function overridesOf(rows: readonly OverrideRow[]): Override[] {
  const groups = Map.groupBy(rows, ({ quantity, device = '' }) => `${quantity} ${device.trim()}`);
  return [...groups.values()].map((group) => {
    const { quantity, device = '' } = group[0] as OverrideRow;
    if (!isQuantity(quantity))
      throw new ConfigurationError({ key: 'quality.error.unknown_quantity', parameters: { quantity } });
    const seasonal = group.filter(isSeasonal);
    const limits: QualityLimits = Object.assign({}, ...group.filter((row) => !isSeasonal(row)).map(limitsOf));
    if (seasonal.length > 0) limits.climate = seasonal.map(periodOf);
    return { quantity, ...(device.trim() !== '' && { device: device.trim() }), limits };
  });
}

function isSeasonal({ when = 'always' }: OverrideRow): boolean {
  return when === 'month' || when === 'hour';
}

function limitsOf(row: OverrideRow): QualityLimits {
  const { quantity } = row;
  const fail = spanOf(row.failLow, row.failHigh, quantity);
  const suspect = spanOf(row.suspectLow, row.suspectHigh, quantity);
  const ratePerHour = numberOf(row.ratePerHour, quantity);
  const spike = numberOf(row.spike, quantity);
  const suspectHours = numberOf(row.flatHours, quantity);
  const gapHours = numberOf(row.gapHours, quantity);
  const difference = numberOf(row.nearby, quantity);
  return {
    ...(fail && { fail }),
    ...(suspect && { suspect }),
    ...(ratePerHour !== undefined && { ratePerHour }),
    ...(spike !== undefined && { spike: { suspect: spike } }),
    ...(suspectHours !== undefined && { flat: { tolerance: FLAT_TOLERANCE, suspectHours } }),
    ...(gapHours !== undefined && { gapHours }),
    ...(difference !== undefined && { neighbours: { difference, kilometres: KILOMETRES } }),
  };
}

function periodOf(row: OverrideRow): ClimatePeriod {
  const { quantity } = row;
  const part = row.when === 'hour' ? 'hour' : 'month';
  const [least, most] = part === 'hour' ? HOURS : MONTHS;
  const [from, to] = [numberOf(row.from, quantity), numberOf(row.to, quantity)];
  const isPart = (number: number | undefined): number is number =>
    number !== undefined && Number.isInteger(number) && number >= least && number <= most;
  const suspect = spanOf(row.suspectLow, row.suspectHigh, quantity);
  if (!isPart(from) || !isPart(to) || !suspect)
    throw new ConfigurationError({ key: 'quality.error.season', parameters: { quantity } });
  return { part, from, to, suspect, fail: spanOf(row.failLow, row.failHigh, quantity) };
}

/** An end that is left empty is open. */
function spanOf(low: unknown, high: unknown, quantity: string): Span | undefined {
  const ends = [numberOf(low, quantity), numberOf(high, quantity)] as const;
  if (ends[0] === undefined && ends[1] === undefined) return undefined;
  const span: Span = [ends[0] ?? -Infinity, ends[1] ?? Infinity];
  if (span[0] > span[1]) {
    throw new ConfigurationError({ key: 'quality.error.empty_range', parameters: { quantity } });
  }
  return span;
}

function numberOf(text: unknown, quantity: string): number | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const number = typedNumber(text);
  if (Number.isFinite(number)) return number;
  throw new ConfigurationError({
    key: 'quality.error.not_a_number',
    parameters: { quantity, text: String(text) },
  });
}

import { ConfigurationError } from '../observation/errors.ts';
import { areaOf, type DataSource, type FlowQuery } from './flow-query.ts';
import type { Fill } from './store.ts';

/** The query node's form, as saved in the flow file. Lists are texts with commas, as Node-RED's widgets keep them. */
export interface QueryForm {
  version: number;
  area: string;
  quantities: string;
  devices: string;
  mode: string;
  period: number | string;
  periodUnit: string;
  bucket: number | string;
  bucketUnit: string;
  aggregate: string;
  /** Clock that rows of a summary follow; empty: the town's. */
  timeZone: string;
  fill: string;
  flags: boolean;
  source: string;
}

/** What a message may ask for instead, as `msg.query`; each part by itself replaces the form's. */
export interface QueryOverrides {
  area?: unknown;
  quantities?: unknown;
  devices?: unknown;
  mode?: unknown;
  /** ISO 8601, ms since 1970, or Date. */
  from?: unknown;
  to?: unknown;
  /** Bucket width in minutes, or `{ months }`. */
  every?: unknown;
  aggregate?: unknown;
  timeZone?: unknown;
  fill?: unknown;
  flags?: unknown;
  source?: unknown;
  order?: unknown;
  limit?: unknown;
}

/** Version 1 had no choice of the clock. */
const FORM_VERSION = 2;

const DEFAULTS: QueryForm = {
  version: FORM_VERSION,
  area: '',
  quantities: '',
  devices: '',
  mode: 'latest',
  period: 2,
  periodUnit: 'days',
  bucket: 1,
  bucketUnit: 'hours',
  aggregate: 'mean',
  timeZone: '',
  fill: 'none',
  flags: false,
  source: 'automatic',
};

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const UNITS: Readonly<Record<string, number>> = {
  minutes: MINUTE,
  hours: 60 * MINUTE,
  days: DAY,
  weeks: 7 * DAY,
};
const MONTHS = 'months';
const FILLS = ['none', 'null', 'previous', 'linear'] as const satisfies readonly Fill[];
const AGGREGATES = ['mean', 'min', 'max', 'sum', 'count', 'first', 'last'] as const;
const MODES = ['latest', 'values', 'summary'] as const;
const SOURCES = ['automatic', 'real', 'sandbox'] as const satisfies readonly DataSource[];

/** A form as it may come from an older flow file, brought to this version. */
export function migrateQueryForm(form: Partial<QueryForm>): QueryForm {
  const known = Object.entries(form).filter(([name, value]) => name in DEFAULTS && value !== undefined);
  const timeZone = form.version === 1 ? { timeZone: 'UTC' } : {};
  return { ...DEFAULTS, ...timeZone, ...Object.fromEntries(known), version: FORM_VERSION };
}

/**
 * What a form and a message ask for at `now` (ms since 1970). `town`: IANA name of the town's time zone.
 * Throws ConfigurationError that says which part cannot be understood.
 */
export function flowQueryOf(
  form: QueryForm,
  overrides: QueryOverrides,
  { now, town }: { now: number; town: string },
): FlowQuery {
  const quantities = listOf(overrides.quantities ?? form.quantities);
  if (quantities.length === 0) throw new ConfigurationError({ key: 'timeseries.query.no_quantities' });
  const to = timeOf(overrides.to, now);
  const query: FlowQuery = {
    area: areaOf(overrides.area ?? form.area),
    quantities,
    devices: listOf(overrides.devices ?? form.devices),
    mode: oneOf(MODES, 'mode', overrides.mode ?? form.mode),
    flags: (overrides.flags ?? form.flags) === true,
    source: oneOf(SOURCES, 'source', overrides.source ?? form.source),
    from: timeOf(overrides.from, before(to, form)),
    to,
    every: widthOf(form, overrides),
    aggregate: oneOf(AGGREGATES, 'aggregate', overrides.aggregate ?? form.aggregate),
    timeZone: String(overrides.timeZone ?? form.timeZone) || town,
    fill: fillOf(overrides.fill ?? form.fill),
    order: overrides.order === 'descending' ? 'descending' : 'ascending',
  };
  if (overrides.limit !== undefined) query.limit = wholeNumber('limit', overrides.limit);
  return query;
}

/** The beginning of the form's period. */
function before(to: number, { period, periodUnit }: QueryForm): number {
  if (periodUnit !== MONTHS) return to - spanOf('period', period, periodUnit);
  const date = new Date(to);
  return date.setUTCMonth(date.getUTCMonth() - wholeNumber('period', period, 1));
}

function widthOf({ bucket, bucketUnit }: QueryForm, { every }: QueryOverrides): FlowQuery['every'] {
  if (typeof every === 'object' && every !== null && MONTHS in every) {
    return { months: wholeNumber('every', every.months, 1) };
  }
  if (every !== undefined) return spanOf('every', every, 'minutes');
  if (bucketUnit === MONTHS) return { months: wholeNumber('bucket', bucket, 1) };
  return spanOf('bucket', bucket, bucketUnit);
}

function fillOf(value: unknown): Fill {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) && value !== null ? number : oneOf(FILLS, 'fill', value);
}

function listOf(value: unknown): string[] {
  const items = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
  return items.map((item) => item.trim()).filter(Boolean);
}

function timeOf(value: unknown, otherwise: number): number {
  if (value === undefined || value === '') return otherwise;
  const time = value instanceof Date || typeof value === 'number' ? Number(value) : Date.parse(String(value));
  if (Number.isFinite(time)) return Math.round(time);
  throw new ConfigurationError({ key: 'timeseries.query.time', parameters: { time: String(value) } });
}

/** A length of time in ms, at least one. */
function spanOf(name: string, value: unknown, unit: string): number {
  const span = Math.round(Number(value) * (UNITS[unit] ?? Number.NaN));
  if (span >= 1) return span;
  throw unfit(name, value);
}

function wholeNumber(name: string, value: unknown, least = 0): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw unfit(name, value);
}

function unfit(name: string, value: unknown): ConfigurationError {
  return new ConfigurationError({
    key: 'timeseries.query.number',
    parameters: { name, value: String(value) },
  });
}

function oneOf<T extends string>(choices: readonly T[], name: string, value: unknown): T {
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  const parameters = { name, value: String(value), choices: choices.join(', ') };
  throw new ConfigurationError({ key: 'timeseries.query.choice', parameters });
}

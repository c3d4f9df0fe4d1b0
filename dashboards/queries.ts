/** The InfluxQL behind the panels. Schema: measurement = area; fields `<quantity>` and `<quantity>_qc` (QARTOD flag). */
import type { QuantityId } from '../nodes/observation/quantities.ts';
import { CHOSEN, PER_DEVICE } from './influxql.ts';

const SELECTED = `${CHOSEN} AND $timeFilter`;

/** QARTOD flags 3 (suspect), 4 (fail) and 9 (missing). A value that has no flag at all compares as false. */
function doubted(quantity: QuantityId): string {
  return `("${quantity}_qc" >= 3)`;
}

/** Means per step of the chart, of values that no check rejected or doubted. */
export function usableSeries(measurement: string, quantity: QuantityId): string {
  return `SELECT mean("${quantity}") FROM "${measurement}" WHERE ${doubted(quantity)} = false AND ${SELECTED} GROUP BY time($__interval), ${PER_DEVICE} fill(none)`;
}

/** What the detector expected where it found a value unusual. */
export function expectedValues(quantity: QuantityId): string {
  return `SELECT "expected" FROM "anomaly" WHERE "quantity" = '${quantity}' AND ${SELECTED} GROUP BY ${PER_DEVICE}`;
}

/** One side of what is normal, as the detector says once an hour. */
export function normalBand(quantity: QuantityId, side: 'lower' | 'upper'): string {
  return `SELECT mean("${side}") FROM "normal_band" WHERE "quantity" = '${quantity}' AND ${SELECTED} GROUP BY time($__interval), ${PER_DEVICE} fill(none)`;
}

/** Of the quantities chosen by `quantities`, once an hour: the reading, or one side of what was normal then. */
export function hourlyNormal(field: 'value' | 'lower' | 'upper', quantities: string): string {
  return `SELECT mean("${field}") FROM "normal_band" WHERE "quantity" =~ /^${quantities}$/ AND ${SELECTED} GROUP BY time($__interval), ${PER_DEVICE}, "quantity" fill(none)`;
}

/** Readings that a check doubted or rejected, newest first. */
export function doubtedEvents(measurement: string, quantities: readonly QuantityId[]): string {
  const flags = quantities.map((quantity) => `"${quantity}_qc"`);
  const isDoubted = flags.map((flag) => `${flag} >= 3`).join(' OR ');
  return `SELECT ${flags.join(', ')}, "device", "site" FROM "${measurement}" WHERE (${isDoubted}) AND ${SELECTED} ORDER BY time DESC LIMIT 300`;
}

/** Each value that a check doubted (3) or rejected (4). */
export function flaggedValues(measurement: string, quantity: QuantityId): string {
  return `SELECT "${quantity}" FROM "${measurement}" WHERE ${doubted(quantity)} AND ${SELECTED} GROUP BY ${PER_DEVICE}`;
}

/** Means per step of the chart, of a field that is not checked (radio, battery, forecast). */
export function fieldSeries(measurement: string, field: string): string {
  return `SELECT mean("${field}") FROM "${measurement}" WHERE ${SELECTED} GROUP BY time($__interval), ${PER_DEVICE} fill(none)`;
}

/** The newest value of one quantity that no check rejected or doubted, per device. */
export function newestUsable(measurement: string, quantity: QuantityId): string {
  return `SELECT last("${quantity}") FROM "${measurement}" WHERE ${doubted(quantity)} = false AND ${SELECTED} GROUP BY ${PER_DEVICE}`;
}

/** The newest value of one field, per device. */
export function newestValue(measurement: string, field: string): string {
  return `SELECT last("${field}") FROM "${measurement}" WHERE ${SELECTED} GROUP BY ${PER_DEVICE}`;
}

/** The newest reading of each device as it came in, with its own time. */
export function newestReadings(measurement: string, fields: readonly string[]): string {
  const columns = fields.map((field) => `"${field}"`).join(', ');
  return `SELECT ${columns} FROM "${measurement}" WHERE ${SELECTED} GROUP BY ${PER_DEVICE} ORDER BY time DESC LIMIT 1`;
}

/** Readings per hour; hours without any count as 0. */
export function readingsPerHour(measurement: string, field: string): string {
  return `SELECT count("${field}") FROM "${measurement}" WHERE ${SELECTED} GROUP BY time(1h), ${PER_DEVICE} fill(0)`;
}

/** How many values per hour got a QARTOD flag, over all chosen devices. */
export function flagsPerHour(measurement: string, quantity: QuantityId, flag: number): string {
  return `SELECT count("${quantity}_qc") FROM "${measurement}" WHERE "${quantity}_qc" = ${flag} AND ${SELECTED} GROUP BY time(1h) fill(none)`;
}

/** What the detectors found, newest first: the value, what was expected, and why in a sentence. */
export function unusualReadings(): string {
  return `SELECT "site", "device", "quantity", "value", "expected", "lower", "upper", "score", "sentence" FROM "anomaly" WHERE ${SELECTED} ORDER BY time DESC LIMIT 200`;
}

/** Alarms that are raised and not cleared, whatever the time they were raised. */
export function activeAlarms(): string {
  const newest = `SELECT last("state") AS "state", "severity", "sentence" FROM "alarm" WHERE ${SELECTED} GROUP BY ${PER_DEVICE}, "alarm"`;
  return `SELECT "site", "device", "alarm", "severity", "sentence" FROM (${newest}) WHERE "state" = 'raised'`;
}

/** Sentences of alarms as they were raised and cleared. */
export function alarmEvents(): string {
  return `SELECT "sentence", "site", "alarm" FROM "alarm" WHERE ${SELECTED}`;
}

/** Alarms as they were raised and cleared, newest first, with what people said of them. */
export function alarmHistory(): string {
  return `SELECT "site", "alarm", "state", "severity", "sentence", "answer" FROM "alarm" WHERE ${SELECTED} ORDER BY time DESC LIMIT 100`;
}

/** Sentences of unusual readings. */
export function anomalyEvents(): string {
  return `SELECT "sentence", "site", "quantity" FROM "anomaly" WHERE ${SELECTED}`;
}

/**
 * How many bins are at least as full as the reader's limit, or will be full within a day. The forecast is that of the
 * newest reading: an older one is void once the bin is emptied.
 */
export function binsToEmpty(limit: string): string {
  const newest = `SELECT last("fill_level") AS "fill", "time_until_full" AS "days" FROM "waste" WHERE ${doubted('fill_level')} = false AND ${SELECTED} GROUP BY "device"`;
  return `SELECT count("fill") FROM (${newest}) WHERE "fill" >= ${limit} OR "days" < 1`;
}

/** Falls of the fill level by at least `points` percentage points from one usable reading to the next. */
export function emptyings(points: number): string {
  const steps = `SELECT difference("fill_level") AS "change" FROM "waste" WHERE ${doubted('fill_level')} = false AND ${SELECTED} GROUP BY ${PER_DEVICE}`;
  return `SELECT "site", "device", "change" FROM (${steps}) WHERE "change" <= -${points}`;
}

/**
 * Days until the battery is at 0 % if it goes on falling as it did over the panel's time, straight line from the first
 * to the last quarter of a day with readings. Batteries that fell by less than one percentage point are left out.
 */
export function batteryDaysLeft(): string {
  const quarters = `SELECT mean("battery_level") AS "level" FROM "device_health" WHERE ${SELECTED} GROUP BY time(6h), ${PER_DEVICE} fill(linear)`;
  const ends = `SELECT last("level") AS "now", first("level") AS "then", count("level") AS "n" FROM (${quarters}) GROUP BY ${PER_DEVICE}`;
  return `SELECT "now" * ("n" - 1) / 4 / ("then" - "now") AS "days" FROM (${ends}) WHERE "then" - "now" >= 1 GROUP BY ${PER_DEVICE}`;
}

/** Uplinks per hour that never arrived: gaps in the frame counter. A step back or a huge one is a restarted device. */
export function lostUplinks(): string {
  const gaps = `SELECT difference("frame_counter") - 1 AS "lost" FROM "device_health" WHERE ${SELECTED} GROUP BY ${PER_DEVICE}`;
  return `SELECT sum("lost") FROM (${gaps}) WHERE "lost" > 0 AND "lost" < 1000 AND $timeFilter GROUP BY time(1h), ${PER_DEVICE} fill(0)`;
}

/** The InfluxQL behind the loss accounting. Schema: nodes/timeseries/account-points.ts. */
import {
  ACCOUNT,
  ACCOUNT_DAY,
  ACCOUNT_DEVICE,
  ACCOUNT_REJECTED,
  BACKLOG,
  WRITES,
} from '../nodes/timeseries/account-points.ts';
import { variable } from './influxql.ts';

const CHOSEN_AREA = `"area" =~ /^${variable('area', 'regex')}$/ AND $timeFilter`;

/** What can be chosen. */
export function areas(): string {
  return `SHOW TAG VALUES FROM "${ACCOUNT}" WITH KEY = "area"`;
}

/** Messages of all days in the range. */
export function dayTotal(field: string): string {
  return `SELECT sum("${field}") FROM "${ACCOUNT_DAY}" WHERE $timeFilter`;
}

/** One value per day, at its beginning. */
export function perDay(field: string): string {
  return `SELECT "${field}" FROM "${ACCOUNT_DAY}" WHERE $timeFilter`;
}

/** Rejected messages per day, area and reason, newest day first. */
export function rejected(): string {
  return `SELECT "area", "reason", "count" FROM "${ACCOUNT_REJECTED}" WHERE ${CHOSEN_AREA} ORDER BY time DESC LIMIT 500`;
}

/** Days on which messages of a device were rejected or came to no end, newest first. */
export function devicesWithLosses(): string {
  return `SELECT "area", "device", "rejected", "unaccounted", "received" FROM "${ACCOUNT_DEVICE}" WHERE ("rejected" > 0 OR "unaccounted" > 0) AND ${CHOSEN_AREA} ORDER BY time DESC LIMIT 500`;
}

/** What waits for each database; the worst of each step of the chart. */
export function backlog(field: string): string {
  return `SELECT max("${field}") FROM "${BACKLOG}" WHERE $timeFilter GROUP BY time($__interval), "outbox" fill(none)`;
}

/** How long the database took. */
export function writes(field: string, aggregate: 'mean' | 'max'): string {
  return `SELECT ${aggregate}("${field}") FROM "${WRITES}" WHERE $timeFilter GROUP BY time($__interval) fill(none)`;
}

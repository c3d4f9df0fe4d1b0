/** What is in a database, read past the app. */
import { join } from 'node:path';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';

/** All values of a field of a device: [ms since 1970 UTC, value], in order of time. */
export type ReadValues = (measurement: string, field: string, device: string) => Promise<[number, unknown][]>;

/** Of the embedded database in a data folder, also while the app runs. */
export function embeddedValues(folder: string): ReadValues {
  return async (measurement, field, device) => {
    const store = new SqliteStore(join(folder, 'measurements.db'));
    try {
      const rows = await store.query({ measurement, fields: [field], where: { device } });
      return rows.map(({ time, values }) => [time, values[field]]);
    } finally {
      await store.close();
    }
  };
}

interface Answer {
  results: { series?: { values: [number, unknown][] }[] }[];
}

/** Of the database `byflyt` of an InfluxDB 1.x. */
export function influxdbValues(url: string): ReadValues {
  return async (measurement, field, device) => {
    const q = `SELECT "${field}" FROM "${measurement}" WHERE device = '${device}'`;
    const query = new URLSearchParams({ db: 'byflyt', epoch: 'ms', q });
    const response = await fetch(`${url}/query?${query}`, { signal: AbortSignal.timeout(5000) });
    const { results } = (await response.json()) as Answer;
    return results[0]?.series?.[0]?.values ?? [];
  };
}

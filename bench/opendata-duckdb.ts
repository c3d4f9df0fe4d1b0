/** DuckDB with the same readings in a database file of its own, as the measure of how long an export may take. */
import { cpuUsage } from 'node:process';
import { DuckDBInstance } from '@duckdb/node-api';
import { DEVICES } from './opendata-rows.ts';

const OPTIONS = { csv: '(FORMAT csv, HEADER)', parquet: '(FORMAT parquet)' } as const;

/** What our export gives: names of places, nothing that failed a check, in order of time. */
const PUBLIC = `
  SELECT time, place,
    CASE WHEN snow_temperature_qc <> 4 THEN snow_temperature END AS snow_temperature,
    CASE WHEN snow_humidity_qc <> 4 THEN snow_humidity END AS snow_humidity
  FROM reading JOIN place USING (device) ORDER BY time, place`;

export interface CopyCost {
  /** Of the same work: places, checks and order. */
  seconds: number;
  cpuSeconds: number;
  /** Of copying a table that is as the file will be, in any order. */
  plainSeconds: number;
}

/** Loads the plain file, then times DuckDB's COPY to each format; with all cores, as it comes. */
export async function copyCosts(
  plainPath: string,
  folder: string,
): Promise<Record<keyof typeof OPTIONS, CopyCost>> {
  const instance = await DuckDBInstance.create(`${folder}/readings.duckdb`);
  const connection = await instance.connect();
  const timed = async (sql: string) => {
    const [began, before] = [performance.now(), cpuUsage()];
    await connection.run(sql);
    const { user, system } = cpuUsage(before);
    return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
  const copied = async (format: keyof typeof OPTIONS): Promise<CopyCost> => {
    const to = `TO '${folder}/duckdb.${format}' ${OPTIONS[format]}`;
    const cost = await timed(`COPY (${PUBLIC}) ${to}`);
    return { ...cost, plainSeconds: (await timed(`COPY public ${to}`)).seconds };
  };
  try {
    const places = DEVICES.map(({ id, site }) => `('${id}', '${site}')`).join(', ');
    await connection.run(`CREATE TABLE place AS SELECT * FROM (VALUES ${places}) AS place(device, place)`);
    await connection.run(`
      CREATE TABLE reading AS
      SELECT device, make_timestamp_ms(time) AS time, * EXCLUDE (device, time) FROM read_csv('${plainPath}')`);
    await connection.run(`CREATE TABLE public AS ${PUBLIC}`);
    await connection.run('CHECKPOINT');
    return { csv: await copied('csv'), parquet: await copied('parquet') };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Rows and sums of a file of ours, so that what was timed is known to be right. */
export async function contentOf(file: string): Promise<string> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(`
      SELECT count(*), count(snow_temperature), round(sum(snow_temperature)), round(sum(snow_humidity)),
        count(DISTINCT place), epoch_ms(min(time)), epoch_ms(max(time)) FROM '${file}'`);
    return result.getRows().flat().map(String).join(' ');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

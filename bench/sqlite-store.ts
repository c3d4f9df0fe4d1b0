/**
 * The embedded store with many series and points: how long charts of a year take, what roll-ups cost when points are
 * written, and how much disk a point needs. BENCH_SERIES and BENCH_POINTS set the size (at most 10,000 and 100 million
 * were tried); the file is made in the temporary folder and deleted afterwards, unless BENCH_FILE names one, which is kept
 * and asked again the next time.
 */

import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage, memoryUsage, threadCpuUsage } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { openEmbeddedStore } from '../nodes/timeseries/embedded-store.ts';
import { SqliteRollups } from '../nodes/timeseries/sqlite-rollups.ts';
import { SqliteStore } from '../nodes/timeseries/sqlite-store.ts';
import type { Point, Row, Store, StoreQuery } from '../nodes/timeseries/store.ts';

const SERIES = Number(process.env.BENCH_SERIES ?? 1000);
const POINTS = Number(process.env.BENCH_POINTS ?? 2_000_000);
const DAY = 86_400_000;
const DAYS = 365;
/** Points of so many days are written at a time: enough to spread each series all over the file. */
const STEP = 5;
/** Midnight in Oslo, so that a year has twelve whole months there. */
const FROM = Date.parse('2025-01-01T00:00:00+01:00');
const TO = Date.parse('2026-01-01T00:00:00+01:00');
const MEASUREMENT = 'ski_trail';
const CHARTS = 200;

const QUESTIONS: Record<string, Partial<StoreQuery>> = {
  'months, mean': { every: { months: 1 }, aggregate: 'mean', timeZone: 'Europe/Oslo' },
  'days, mean': { every: DAY, aggregate: 'mean', timeZone: 'Europe/Oslo' },
  'days, max': { every: DAY, aggregate: 'max' },
  'hours, mean': { every: DAY / 24, aggregate: 'mean' },
  'whole year, last': { aggregate: 'last' },
};

const folder = await mkdtemp(join(tmpdir(), 'byflyt-bench-'));
try {
  await reportWriting();
  const path = process.env.BENCH_FILE ?? join(folder, 'measurements.db');
  if (!existsSync(path)) await build(path);
  await reportCharts(path);
} finally {
  await rm(folder, { recursive: true });
}

function deviceOf(number: number): Record<string, string> {
  return { device: `device-${number}`, site: `site-${number % 100}` };
}

/** What the roll-ups add to writing: points as they come, a day of them, then the summing up of that day. */
async function reportWriting(): Promise<void> {
  const { touched } = SqliteRollups.prototype;
  const ratios: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const rolled = await writingCost(`rolled-${round}.db`);
    SqliteRollups.prototype.touched = () => {};
    const bare = await writingCost(`bare-${round}.db`);
    SqliteRollups.prototype.touched = touched;
    ratios.push(rolled / bare);
    costs.push(rolled);
  }
  print('write, µs CPU per point, roll-ups included', median(costs));
  print('write, ratio with roll-ups to without', median(ratios));
}

/** µs of CPU per point, for 200 devices with 144 points of two days each. */
async function writingCost(name: string): Promise<number> {
  const store = new SqliteStore(join(folder, name));
  const [devices, times] = [200, 288];
  const before = cpuUsage();
  for (let time = 0; time < times; time++) {
    const points = Array.from({ length: devices }, (_, device): Point => {
      const fields = { air_temperature: 20 + Math.round(Math.random() * 50) / 10, air_temperature_qc: 1 };
      return { measurement: MEASUREMENT, tags: deviceOf(device), fields, time: FROM + time * 600_000 };
    });
    await store.write(points);
  }
  await store.maintain();
  const { user, system } = cpuUsage(before);
  await store.close();
  return (user + system) / (devices * times);
}

/** From the first day to the last, as points come: what belongs together does not stand together in the file. */
async function build(path: string): Promise<void> {
  const store = new SqliteStore(path);
  await store.write(
    Array.from({ length: SERIES }, (_, number) => ({
      measurement: MEASUREMENT,
      tags: deviceOf(number),
      fields: { air_temperature: 20 },
      time: FROM - 1,
    })),
  );
  await store.maintain();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000');
  const [first] = database.prepare('SELECT min(id) AS id FROM series').all();
  const perDay = POINTS / SERIES / DAYS;
  const insert = database.prepare(`
    INSERT INTO m1 (series, time, f1)
    SELECT series.id, point.value, round(sin(point.value / 1e9 + series.id) * 15 + abs(random() % 20) / 10.0, 1)
    FROM series CROSS JOIN json_each(?) AS point WHERE series.id >= ${first?.id}`);
  let rollSeconds = 0;
  for (let day = 0; day < DAYS; day += STEP) {
    const [begin, end] = [Math.round(day * perDay), Math.round((day + STEP) * perDay)];
    const times = Array.from({ length: end - begin }, (_, i) =>
      Math.round(FROM + ((begin + i) / perDay) * DAY),
    );
    database.exec('BEGIN');
    insert.run(JSON.stringify(times));
    const mark = database.prepare('INSERT OR IGNORE INTO unrolled SELECT id, ? FROM series');
    for (const utcDay of new Set(times.map((time) => Math.floor(time / DAY)))) mark.run(utcDay);
    database.exec('COMMIT');
    const rolling = performance.now();
    await store.maintain();
    rollSeconds += (performance.now() - rolling) / 1000;
  }
  const count = Number(database.prepare('SELECT count(*) AS n FROM m1').get()?.n);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  await store.close();
  print('series', SERIES, 0);
  print('points', count, 0);
  print('rolling up, µs per point', (rollSeconds * 1e6) / count);
  print('bytes per point, roll-ups included', statSync(path).size / count, 1);
}

async function reportCharts(path: string): Promise<void> {
  const store = openEmbeddedStore(path);
  try {
    // Not the start of the thread.
    await store.measurements();
    for (const [name, question] of Object.entries(QUESTIONS)) await reportChart(store, name, question);
    await report('latest of one series, ms', () => store.latest({ measurement: MEASUREMENT, ...aSeries() }));
    await reportLarge(store);
  } finally {
    await store.close();
  }
}

/** What the calling thread is kept busy with while it reads much. */
async function reportLarge(store: Store): Promise<void> {
  const fields = ['air_temperature'];
  const before = threadCpuUsage();
  const started = performance.now();
  const latest = await store.latest({ measurement: MEASUREMENT, fields });
  print('latest of all series, ms', performance.now() - started, 0);
  print("  of that, this thread's CPU, ms", milliseconds(threadCpuUsage(before)), 0);
  if (latest.length !== SERIES) throw new Error(`${latest.length} series`);
  const month = { from: FROM + 31 * DAY, to: FROM + 61 * DAY };
  await reportStream('a month of all series', store.stream({ measurement: MEASUREMENT, fields, ...month }));
  const days = { ...month, every: DAY, aggregate: 'mean', timeZone: 'Europe/Oslo' } as const;
  await reportStream('its days, mean', store.stream({ measurement: MEASUREMENT, fields, ...days }));
}

async function reportStream(name: string, portions: AsyncIterable<Row[]>): Promise<void> {
  const started = performance.now();
  let [rows, longest, largest] = [0, 0, 0];
  let before = threadCpuUsage();
  for await (const portion of portions) {
    rows += portion.length;
    largest = Math.max(largest, memoryUsage.rss());
    longest = Math.max(longest, milliseconds(threadCpuUsage(before)));
    before = threadCpuUsage();
  }
  print(`${name}, rows`, rows, 0);
  print('  rows per second', rows / ((performance.now() - started) / 1000), 0);
  print("  this thread's CPU per portion at most, ms", longest, 1);
  print('  resident memory at most, MB', largest / 1e6, 0);
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

async function reportChart(store: Store, name: string, question: Partial<StoreQuery>): Promise<void> {
  await report(`a year in ${name}, ms`, () =>
    store.query({ measurement: MEASUREMENT, ...aSeries(), from: FROM, to: TO, ...question }),
  );
}

function aSeries() {
  return { fields: ['air_temperature'], where: deviceOf(Math.floor(Math.random() * SERIES)) };
}

/** By the clock, and in CPU time: only the latter is the same while others use the machine. */
async function report(name: string, ask: () => Promise<unknown[]>): Promise<void> {
  const clock: number[] = [];
  const cpu: number[] = [];
  for (let chart = 0; chart < CHARTS; chart++) {
    const [started, before] = [performance.now(), cpuUsage()];
    const rows = await ask();
    clock.push(performance.now() - started);
    cpu.push(milliseconds(cpuUsage(before)));
    if (rows.length === 0) throw new Error(`${name}: no rows`);
  }
  console.log(`${name.padEnd(46)} ${spread(clock)}; CPU: ${spread(cpu)}`);
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)}, 99 % ${at(0.99)}, max ${at(1)}`;
}

function print(name: string, value: number, digits = 2): void {
  console.log(`${name.padEnd(46)} ${value.toFixed(digits)}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

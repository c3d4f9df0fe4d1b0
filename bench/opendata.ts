/**
 * Open data: how long files of ten million rows take next to DuckDB's own COPY of the same readings, what memory that
 * needs, how many requests for the latest values one core answers, and whether 500 of them a second are felt by live
 * intake. Fails if a file is wrong or a limit is not kept. Needs mosquitto, influxd and taskset on the PATH.
 * BENCH_ROWS and BENCH_SERIES set the size.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds } from './contender.ts';
import { contentOf, copyCosts } from './opendata-duckdb.ts';
import type { ExportCost } from './opendata-export.ts';
import { reportIntake } from './opendata-intake.ts';
import { ROWS, SERIES, writeRows } from './opendata-rows.ts';
import { read } from './readers.ts';

const MOST_TIMES = 4;
const MOST_MEGABYTES = 64;
const MEGABYTE = 1e6;
const READING_SECONDS = 10;
/** Options of Node.js with which `npm start` runs the app. */
const OPTIONS = ['--max-semi-space-size=16', '--heap-growing-percent=40'];

const folder = await mkdtemp(join(tmpdir(), 'byflyt-bench-'));
const database = join(folder, 'measurements.db');
const plain = join(folder, 'plain.csv');
try {
  await writeRows(database, plain);
  await reportExports();
  await reportRequests();
  await reportIntake();
} finally {
  await rm(folder, { recursive: true });
}

async function reportExports(): Promise<void> {
  console.log(`${ROWS} rows of ${SERIES} places to a file; times are those of the whole job\n`);
  const head = [
    '',
    'seconds',
    'rows/s',
    'DuckDB s',
    'times',
    'CPU s',
    'DuckDB CPU s',
    'MB at rest',
    'MB at most',
    'DuckDB table s',
  ];
  console.log(head.map(cell).join(''));
  const duckdb = await copyCosts(plain, folder);
  for (const format of ['csv', 'parquet'] as const) {
    const target = join(folder, `byflyt.${format}`);
    const { seconds, cpuSeconds, bytesBefore, bytesAtPeak } = exported(format, target);
    const [ours, theirs] = await Promise.all([
      contentOf(target),
      contentOf(join(folder, `duckdb.${format}`)),
    ]);
    const times = seconds / duckdb[format].seconds;
    const figures = [
      seconds.toFixed(1),
      (ROWS / seconds).toFixed(0),
      duckdb[format].seconds.toFixed(1),
      times.toFixed(2),
      cpuSeconds.toFixed(1),
      duckdb[format].cpuSeconds.toFixed(1),
      (bytesBefore / MEGABYTE).toFixed(0),
      (bytesAtPeak / MEGABYTE).toFixed(0),
      duckdb[format].plainSeconds.toFixed(1),
    ];
    console.log([format, ...figures].map(cell).join(''));
    if (ours !== theirs) fail(`${format}: ${ours} in our file, ${theirs} in that of DuckDB`);
    if (times > MOST_TIMES) fail(`${format}: more than ${MOST_TIMES} times as long as DuckDB`);
    if (bytesAtPeak - bytesBefore > MOST_MEGABYTES * MEGABYTE)
      fail(`${format}: more than ${MOST_MEGABYTES} MB`);
  }
}

function exported(format: string, target: string): ExportCost {
  const script = join(import.meta.dirname, 'opendata-export.ts');
  return JSON.parse(
    execFileSync(process.execPath, [...OPTIONS, script, database, format, target], { encoding: 'utf8' }),
  );
}

async function reportRequests(): Promise<void> {
  const script = join(import.meta.dirname, 'opendata-server.ts');
  const server = fork(script, [database], { execArgv: OPTIONS });
  try {
    const [port] = (await once(server, 'message')) as [number];
    onOneCore(server.pid);
    const address = `http://127.0.0.1:${port}/opendata/town/latest.json`;
    await read(address, 2);
    const before = cpuSeconds(server);
    const { answers, refused, seconds, p99 } = await read(address, READING_SECONDS);
    const busy = cpuSeconds(server) - before;
    console.log(
      `\nlatest values of ${SERIES} places on one core: ${(answers / seconds).toFixed(0)} requests/s, ${(answers / busy).toFixed(0)} per second of CPU, 99 in 100 within ${p99.toFixed(0)} ms`,
    );
    if (refused > 0) fail(`${refused} requests were refused`);
  } finally {
    server.kill();
  }
}

/** Leaves a process and all its threads the first core only. */
function onOneCore(pid = 0): void {
  const [program = '', ...parameters] = ['taskset', '-acp', '0', String(pid)];
  execFileSync(program, parameters, { stdio: 'ignore' });
}

function fail(reason: string): void {
  process.exitCode = 1;
  console.log(reason);
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(10) : text.padStart(16);
}

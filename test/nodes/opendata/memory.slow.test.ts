import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MOST = 64e6;
const ROOT = join(import.meta.dirname, '../../..');
/** A large area; how long the time is makes no difference, as the rows pass by. */
const SIZE = { BENCH_SERIES: '10000', BENCH_ROWS: '500000' };
/** As `npm start` runs the app. */
const OPTIONS = ['--max-semi-space-size=16', '--heap-growing-percent=40'];

const run = promisify(execFile);

function node(...parameters: string[]): Promise<{ stdout: string }> {
  return run(process.execPath, [...OPTIONS, ...parameters], { cwd: ROOT, env: { ...process.env, ...SIZE } });
}

describe('memory of a file of a large area', () => {
  let folder: string;
  let database: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'byflyt-memory-'));
    database = join(folder, 'measurements.db');
    const paths = [database, join(folder, 'plain.csv')].map((path) => JSON.stringify(path));
    const script = `import { writeRows } from './bench/opendata-rows.ts'; await writeRows(${paths});`;
    await node('--input-type=module', '--eval', script);
  });
  after(() => rm(folder, { recursive: true }));

  for (const format of ['csv', 'parquet']) {
    it(`is at most 64 MB above rest (${format})`, async () => {
      const { stdout } = await node('bench/opendata-export.ts', database, format, join(folder, format));
      const { bytesBefore, bytesAtPeak } = JSON.parse(stdout);
      const most = bytesAtPeak - bytesBefore;
      assert.ok(most > 0 && most <= MOST, `${(most / 1e6).toFixed(0)} MB`);
    });
  }
});

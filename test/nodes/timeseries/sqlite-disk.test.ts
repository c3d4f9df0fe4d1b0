import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { createInterface } from 'node:readline';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import { storageError } from '../../../nodes/timeseries/storage-error.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/servers.ts';

const NOBODY = 65534;

interface Line {
  saved: number;
  problem?: string;
}

describe('SQLite store on a disk that does not take everything', () => {
  let folder: string;
  let path: string;
  let child: ChildProcess | undefined;
  let gone: Promise<unknown>;
  let lines: Line[];

  beforeEach(async () => {
    folder = join(await tempFolder(), 'data');
    mkdirSync(folder);
    path = join(folder, 'measurements.db');
    lines = [];
    gone = Promise.resolve();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await gone;
    await rm(join(folder, '..'), { recursive: true });
  });

  /** `limit`: kB that a file may have. */
  function start(user: string, limit = 'unlimited'): void {
    const script = join(import.meta.dirname, 'store-in-child.ts');
    const command = `ulimit -S -f ${limit}; exec "$0" "$@"`;
    child = spawn('sh', ['-c', command, process.execPath, script, path, user], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = child;
    assert.ok(stdout);
    gone = once(child, 'exit');
    createInterface(stdout).on('line', (line) => lines.push(JSON.parse(line)));
  }

  const last = () => lines.at(-1) ?? { saved: 0 };

  async function savedInFile(): Promise<number> {
    const store = new SqliteStore(path);
    const rows = await store.query({ measurement: 'm', fields: ['t'], aggregate: 'count' });
    await store.verify();
    await store.close();
    return rows.reduce((total, { values }) => total + Number(values.t), 0);
  }

  it('says so when there is no room, loses nothing of what it has taken, and goes on when there is room', async () => {
    start('', '3000');
    await eventually(() => assert.equal(last().problem, 'timeseries.error.disk'));
    const { saved } = last();
    assert.ok(saved > 0);
    await eventually(() => assert.ok(lines.filter(({ problem }) => problem).length > 3));
    assert.equal(await savedInFile(), saved);
    execFileSync('prlimit', ['--pid', `${child?.pid}`, '--fsize=unlimited']);
    await eventually(() => assert.ok(last().saved > saved));
    assert.equal(last().problem, undefined);
    child?.kill('SIGKILL');
    await gone;
    assert.ok((await savedInFile()) >= last().saved);
  });

  it('says so when it may not write there, and goes on when it may', async () => {
    const store = new SqliteStore(path);
    await store.write([{ measurement: 'm', tags: {}, fields: { t: 1 }, time: 0 }]);
    await store.close();
    chmodSync(join(folder, '..'), 0o755);
    const modes = (folderMode: number, fileMode: number) => {
      chmodSync(folder, folderMode);
      for (const name of readdirSync(folder)) chmodSync(join(folder, name), fileMode);
    };
    if (geteuid?.() === 0)
      for (const name of ['', ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY, NOBODY);
    modes(0o500, 0o400);
    start(`${NOBODY}`);
    await eventually(() => assert.equal(last().problem, 'timeseries.error.disk_read_only'));
    modes(0o700, 0o600);
    await eventually(() => assert.ok(last().saved > 0));
    assert.ok(statSync(path).size > 0);
  });

  it('has a sentence for each thing that SQLite may say of the disk', () => {
    const keyOf = (errcode: number) => {
      const error = storageError(Object.assign(new Error('from SQLite'), { errcode }));
      return (error as { key?: string }).key;
    };
    // SQLITE_FULL, SQLITE_READONLY_DBMOVED, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_IOERR_FSYNC, SQLITE_CORRUPT_INDEX.
    assert.deepEqual([13, 1032, 14, 5, 1034, 779].map(keyOf), [
      'timeseries.error.disk_full',
      'timeseries.error.disk_read_only',
      'timeseries.error.disk_read_only',
      'timeseries.error.disk_busy',
      'timeseries.error.disk',
      'timeseries.error.damaged',
    ]);
    const other = new TypeError('not of SQLite');
    assert.equal(storageError(other), other);
  });
});

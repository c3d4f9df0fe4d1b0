import assert from 'node:assert/strict';
import fs, { fstatSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { DiskSync } from '../../../../nodes/persistence/log/disk-sync.ts';
import { tempFolder } from '../../../support/servers.ts';

describe('DiskSync', () => {
  let folder: string;
  let errors: unknown[];
  let disk: DiskSync;

  beforeEach(async () => {
    folder = await tempFolder();
    errors = [];
    disk = new DiskSync(10_000, (error) => errors.push(error));
  });
  afterEach(async () => {
    disk.close();
    await rm(folder, { recursive: true });
  });

  const newFile = (name = 'file') => openSync(join(folder, name), 'w');
  const write = (file: number) => {
    writeSync(file, 'x');
    disk.written(file);
  };
  const isOpen = (file: number) => {
    try {
      fstatSync(file);
      return true;
    } catch {
      return false;
    }
  };

  it('does not close a file that was written to while it was being synced', async () => {
    const file = newFile();
    write(file);
    const first = disk.synced();
    await Promise.resolve();
    write(file);
    disk.retire(file);
    await first;
    assert.ok(isOpen(file), 'what was written last is not on the disk yet');
    await disk.synced();
    assert.ok(!isOpen(file));
    assert.deepEqual(errors, []);
  });

  it('syncs at once what is being synced already, as that may not have come to an end', async () => {
    const file = newFile();
    write(file);
    const running = disk.synced();
    await Promise.resolve();
    const synced = syncedBy(() => disk.syncNow());
    assert.deepEqual(synced, [file]);
    await running;
    assert.deepEqual(
      syncedBy(() => disk.syncNow()),
      [],
    );
    fs.closeSync(file);
  });

  it('is closed while it syncs: nothing is closed under its hands, and whoever waits hears that it is done', async () => {
    const file = newFile();
    write(file);
    const running = disk.synced();
    await Promise.resolve();
    disk.retire(file);
    disk.close();
    assert.ok(isOpen(file));
    await running;
    assert.ok(!isOpen(file));
    assert.deepEqual(errors, []);
  });

  it('tries again what the disk refused, and says so', async () => {
    const file = newFile();
    fs.closeSync(file);
    disk.written(file);
    await assert.rejects(disk.synced(), /EBADF/);
    assert.equal(openSync(join(folder, 'file'), 'r+'), file, 'the same number');
    await disk.synced();
    disk.retire(file);
  });
});

/** Descriptors that `work` syncs. */
function syncedBy(work: () => void): number[] {
  const { fdatasyncSync } = fs;
  const files: number[] = [];
  fs.fdatasyncSync = (file) => void files.push(file);
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    fs.fdatasyncSync = fdatasyncSync;
    syncBuiltinESMExports();
  }
  return files;
}

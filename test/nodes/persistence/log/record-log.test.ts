import assert from 'node:assert/strict';
import fs, { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { RecordLog, readRecords } from '../../../../nodes/persistence/log/record-log.ts';
import { tempFolder } from '../../../support/servers.ts';

const TEXT = 1;
const OTHER = 2;

describe('record log', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (segmentBytes = 1000) =>
    new RecordLog(folder, 0, {
      syncWithin: 10,
      onError: (error) => assert.fail(String(error)),
      segmentBytes,
    });
  const add = (log: RecordLog, text: string, type = TEXT) => log.add(type, (writer) => writer.rest(text));
  const texts = (log: RecordLog, from = 0) => [...log.records(from)].map(({ body }) => body.toString());
  const newestSegment = async () => join(folder, (await readdir(folder)).sort().at(-1) ?? '');

  it('gives back what was committed, by position and in order, over many segments and openings', async () => {
    const written: string[] = [];
    const positions: number[] = [];
    for (let opening = 0; opening < 4; opening++) {
      const log = open();
      for (let n = 0; n < 50; n++) {
        const text = `record ${opening}/${n} ${'x'.repeat(n)}`;
        positions.push(add(log, text));
        written.push(text);
        if (n % 7 === 0) log.commit();
      }
      log.commit();
      assert.deepEqual(texts(log), written);
      log.close();
    }
    const log = open();
    assert.ok((await readdir(folder)).length > 5);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
      'positions follow the order',
    );
    for (const [index, position] of positions.entries()) {
      assert.equal(log.read(position, TEXT)?.toString(), written[index]);
    }
    assert.equal(log.read((positions[3] ?? 0) + 1, TEXT), undefined);
    assert.equal(log.read(positions[3] ?? 0, OTHER), undefined);
    log.close();
  });

  it('goes on reading from where a frame begins', () => {
    const log = open();
    for (let n = 0; n < 30; n++) {
      add(log, `a${n}`);
      log.commit();
    }
    const from = log.position;
    add(log, 'b0');
    add(log, 'b1');
    log.commit();
    assert.deepEqual(texts(log, from), ['b0', 'b1']);
    log.close();
  });

  it('keeps none of a write that was torn, all of those before, and writes over the rest', async () => {
    const log = open(1e6);
    add(log, 'one');
    log.commit();
    add(log, 'two');
    add(log, 'three');
    log.commit();
    log.close();
    const path = await newestSegment();
    const { size } = await stat(path);
    for (let cut = size - 1; cut > size - 20; cut--) {
      truncateSync(path, cut);
      const again = open(1e6);
      assert.deepEqual(texts(again), ['one']);
      again.close();
    }
    const again = open(1e6);
    add(again, 'four');
    again.commit();
    assert.deepEqual(texts(again), ['one', 'four']);
    again.close();
  });

  it('passes over damage in the middle', async () => {
    const log = open(1e6);
    const positions = ['one', 'two', 'three'].map((text) => {
      const position = add(log, text);
      log.commit();
      return position;
    });
    log.close();
    const file = openSync(await newestSegment(), 'r+');
    writeSync(file, Buffer.from('!!!'), 0, 3, (positions[1] ?? 0) % 2 ** 32);
    closeSync(file);
    const again = open(1e6);
    assert.deepEqual(texts(again), ['one', 'three']);
    again.close();
  });

  it('never uses a position again when its files are gone', () => {
    const log = open();
    const old = add(log, 'gone');
    log.close();
    const other = new RecordLog(join(folder, 'new'), old + 100, { syncWithin: 10, onError: assert.fail });
    assert.ok(add(other, 'new') > old + 100);
    other.close();
  });

  it('keeps what was not written for the next attempt, but for the volatile records', () => {
    const log = open();
    add(log, 'first');
    log.commit();
    add(log, 'a promise that is refused', OTHER);
    add(log, 'kept');
    withoutRoom(() => assert.throws(() => log.commit(OTHER), /ENOSPC/));
    log.commit(OTHER);
    assert.deepEqual(texts(log), ['first', 'kept']);
    log.close();
  });

  it('goes on in its segment while it cannot begin another, for whatever reason', async () => {
    for (const failing of ['log', folder]) {
      const path = join(folder, failing === folder ? 'a' : 'b');
      const errors: unknown[] = [];
      const log = new RecordLog(path, 0, {
        syncWithin: 10_000,
        onError: (error) => errors.push(error),
        segmentBytes: 100,
      });
      await withoutDescriptors(
        (opened) => opened === path || (failing === 'log' && opened.endsWith('.log')),
        async () => {
          for (let n = 0; n < 10; n++) {
            add(log, `record ${n} ${'x'.repeat(50)}`);
            log.commit();
            await log.synced();
          }
        },
      );
      add(log, 'last');
      log.commit();
      await log.synced();
      assert.equal(texts(log).length, 11);
      assert.equal((await readdir(path)).length, 2);
      assert.ok(errors.length > 0);
      log.close();
    }
  });

  it('can be read while another process writes it', () => {
    const log = open();
    add(log, 'one');
    log.commit();
    assert.deepEqual(
      [...readRecords(folder, 0)].map(({ body }) => body.toString()),
      ['one'],
    );
    log.close();
  });

  it('survives any cut and any changed byte: what is given back was written, in its order', () => {
    const log = open(1e9);
    const written = Array.from({ length: 40 }, (_, n) => `record ${n} ${'y'.repeat(n % 9)}`);
    for (const [index, text] of written.entries()) {
      add(log, text);
      if (index % 3 === 0) log.commit();
    }
    log.close();
    const [name = ''] = [join(folder, '00000001.log')];
    const whole = readFileSync(name);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (cut, at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        writeFileSync(name, changed.subarray(0, Math.max(cut, 1)));
        const found = [...readRecords(folder, 0)].map(({ body }) => body.toString());
        assert.deepEqual(
          found,
          written.filter((text) => found.includes(text)),
        );
        assert.ok(
          found.length >= written.length - 6 || cut < whole.length,
          'one changed byte costs one write',
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** Runs `work` while files whose path is `refused` cannot be opened. */
async function withoutDescriptors(refused: (path: string) => boolean, work: () => Promise<void>) {
  const original = fs.openSync;
  fs.openSync = (path, ...rest) => {
    if (refused(String(path)))
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    return original(path, ...rest);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.openSync = original;
    syncBuiltinESMExports();
  }
}

/** Runs `work` while the disk takes half of each write and then no more. */
function withoutRoom(work: () => void): void {
  const { writevSync } = fs;
  fs.writevSync = (file, buffers, position) => {
    const [first] = buffers;
    if (first) fs.writeSync(file, first, 0, first.byteLength >> 1, position);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    fs.writevSync = writevSync;
    syncBuiltinESMExports();
  }
}

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, open, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  acquireDataFolder,
  type DataFolder,
  openDataFolder,
} from '../../../nodes/persistence/data-folder.ts';
import { tempFolder } from '../../support/servers.ts';
import { NUMBERS } from './log/open-log.ts';

const OPEN = `
  import { openDataFolder } from '${new URL('../../../nodes/persistence/data-folder.ts', import.meta.url)}';
  openDataFolder(process.argv[1]).release();`;
const KILLED = OPEN.replace('.release()', "; process.kill(process.pid, 'SIGKILL')");

describe('DataFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is one instance per folder, closed when the last user gives it back', () => {
    const settings = { userDir: folder };
    const first = acquireDataFolder(settings);
    const second = openDataFolder(join(folder, 'byflyt', '..', 'byflyt'));
    assert.equal(first.path, join(folder, 'byflyt'));
    assert.equal(first.state, second.state);
    assert.equal(first.outbox('x', NUMBERS), second.outbox('x', NUMBERS));
    first.release();
    first.release();
    second.state.set('key', 1);
    second.release();
    const third = acquireDataFolder({ userDir: '/unused', byflyt: { dataFolder: join(folder, 'byflyt') } });
    assert.notEqual(third.state, first.state);
    assert.equal(third.state.get('key'), 1);
    third.release();
  });

  it('lets only its user read', async () => {
    const data = openDataFolder(join(folder, 'private'));
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    assert.equal(await modeOf(data.path), 0o700);
    assert.equal(await modeOf(join(data.path, 'byflyt.db')), 0o600);
    assert.equal(await modeOf(join(data.path, 'log')), 0o700);
    assert.equal(await modeOf(join(data.path, 'log', '00000001.log')), 0o600);
    data.release();
  });

  it('names the file that cannot be used', async () => {
    await mkdir(join(folder, 'byflyt.db'));
    assert.throws(() => openDataFolder(folder), /persistence\.error\.open.*byflyt\.db/);
    await rm(join(folder, 'byflyt.db'), { recursive: true });
    openDataFolder(folder).release();
  });

  it('is used by one process at a time, whatever that one is called', async () => {
    const own = openDataFolder(folder);
    // As the same process number in another container would write it, or nobody.
    for (const name of [`${process.pid}, elsewhere`, '']) {
      await writeFile(join(folder, 'running'), name);
      const other = spawnSync(process.execPath, ['--input-type=module', '-e', OPEN, folder], {
        encoding: 'utf8',
      });
      assert.match(other.stderr, /persistence\.error\.inUse/);
    }
    await symlink(folder, join(folder, 'other-name'));
    assert.throws(() => openDataFolder(join(folder, 'other-name')), /persistence\.error\.inUse/);
    own.release();
    const later = spawnSync(process.execPath, ['--input-type=module', '-e', OPEN, folder], {
      encoding: 'utf8',
    });
    assert.equal(later.status, 0, later.stderr);
  });

  it('is free when its process was killed, and so is a copy that was made meanwhile', async () => {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', KILLED, folder]);
    assert.equal(child.signal, 'SIGKILL');
    assert.ok((await readdir(folder)).includes('running'));
    const own = openDataFolder(folder);
    const copy = join(folder, 'copy');
    for (const name of ['byflyt.db', 'running', 'running.writer', 'log'])
      await cp(join(folder, name), join(copy, name), { recursive: true });
    openDataFolder(copy).release();
    own.release();
    assert.ok(!(await readdir(folder)).includes('running'));
  });

  describe('whose byflyt.db is damaged', () => {
    const account = { area: 'waste', device: 'bin-7' };

    /** Ten messages of which three are stored, three wait, one is rejected, one left out, and two have no verdict. */
    async function fill(data: DataFolder): Promise<void> {
      const outbox = data.outbox('database', NUMBERS);
      for (let n = 0; n < 10; n++) {
        const receivedTime = '2026-01-01T00:00:00Z';
        const id = await data.journal.append({
          transport: 'mqtt',
          topic: `${n}`,
          body: Buffer.from('x'),
          receivedTime,
        });
        if (n < 6) outbox.append(n, { journalId: id, account });
        else if (n === 6) data.journal.settle(id, 'rejected', { reasonKey: 'x.y', account });
        else if (n === 7) data.journal.settle(id, 'dropped', { account });
      }
      outbox.ack(outbox.peek(3).at(-1)?.sequence ?? 0);
      outbox.bury(99, 'too old');
      data.state.set('counter', 7);
      data.state.flush();
    }

    const damages: Record<string, (path: string) => Promise<void>> = {
      'overwritten at its start': (path) => writeAt(path, 0, 'not a database any more'),
      'overwritten in its middle': (path) => writeAt(path, 8192, 'x'.repeat(9000)),
      'cut short': (path) => truncate(path, 5000),
      'another file': (path) => writeFile(path, 'this is a text that somebody put here'.repeat(100)),
      empty: (path) => truncate(path, 0),
      gone: (path) => rm(path),
    };
    for (const [damage, make] of Object.entries(damages)) {
      it(`(${damage}) puts it aside and has all accounts again from the log`, async () => {
        const data = openDataFolder(folder);
        await fill(data);
        const before = [data.ledger.rows(), data.ledger.days(), data.journal.counts()];
        const { path } = data;
        data.release();
        for (const ending of ['-wal', '-shm']) await rm(join(path, `byflyt.db${ending}`), { force: true });
        // As after a kill: otherwise nobody looks for damage in the middle.
        await writeFile(join(path, 'running'), '1 0\n');
        await make(join(path, 'byflyt.db'));
        const again = openDataFolder(folder);
        assert.deepEqual([again.ledger.rows(), again.ledger.days(), again.journal.counts()], before);
        assert.deepEqual(
          again
            .outbox('database', NUMBERS)
            .peek(9)
            .map(({ item }) => item),
          [3, 4, 5],
        );
        assert.equal(again.journal.rejected()[0]?.topic, '6');
        assert.deepEqual(
          [...again.journal.pending()].map(({ topic }) => topic),
          ['8', '9'],
        );
        const aside = (await readdir(path)).some((name) => name.startsWith('byflyt.db.damaged-'));
        assert.equal(aside, !['empty', 'gone'].includes(damage));
        again.release();
      });
    }
  });

  it('lets the oldest go of an outbox that nobody asks for any more', async () => {
    const account = { area: 'waste', device: 'bin-7' };
    const before = openDataFolder(folder);
    const receivedTime = '2026-01-01T00:00:00Z';
    const message = { transport: 'mqtt', topic: 't', body: Buffer.from('x'), receivedTime };
    before.outbox('deleted', NUMBERS).append(1, { journalId: await before.journal.append(message), account });
    before.release();
    mock.timers.enable({ apis: ['setInterval'] });
    const after = openDataFolder(folder, { outbox: { days: 1 } });
    assert.equal(after.status().outboxes[0]?.waiting, 1, 'its database may be the next to ask');
    mock.timers.tick(600_000);
    mock.timers.reset();
    assert.deepEqual(
      [
        after.status().outboxes.map(({ waiting, bytes }) => [waiting, bytes]),
        after.journal.counts().rejected,
      ],
      [[[0, 0]], 1],
    );
    assert.match(after.status().problem?.key ?? '', /outboxOverflow/);
    after.release();
  });

  it('writes nothing any more when it is closed', async () => {
    const data = openDataFolder(folder);
    const receivedTime = '2026-01-01T00:00:00Z';
    const message = { transport: 'mqtt', topic: 't', body: Buffer.from('x'), receivedTime };
    const id = await data.journal.append(message);
    const outbox = data.outbox('database', NUMBERS);
    data.release();
    // Whose numbers are those that the log had.
    const files = await Promise.all(
      Array.from({ length: 8 }, (_, index) => open(join(folder, `other-${index}`), 'w+')),
    );
    data.journal.settle(id, 'dropped');
    outbox.append(1);
    await assert.rejects(data.journal.append(message), /persistence\.error\.write/);
    await nextTurn();
    await nextTurn();
    for (const file of files) {
      assert.equal((await file.stat()).size, 0);
      await file.close();
    }
    const again = openDataFolder(folder);
    assert.deepEqual(
      [...again.journal.pending()].map((entry) => entry.id),
      [id],
    );
    again.release();
  });

  it('does not hand out a message again whose readings wait in an outbox', async () => {
    const before = openDataFolder(folder);
    const append = (topic: string) =>
      before.journal.append({
        transport: 'mqtt',
        topic,
        body: Buffer.from('x'),
        receivedTime: '2026-01-01T00:00:00Z',
      });
    const [whole, half, both] = [await append('whole'), await append('half'), await append('both')];
    await append('none');
    const outbox = before.outbox('database', NUMBERS);
    outbox.append(1, { journalId: whole });
    outbox.append(2, { journalId: half, parts: { index: 1, count: 2 } });
    outbox.append(3, { journalId: both, parts: { index: 0, count: 2 } });
    outbox.append(4, { journalId: both, parts: { index: 1, count: 2 } });
    await nextTurn();
    before.release();
    const after = openDataFolder(folder);
    assert.deepEqual(
      [...after.journal.pending()].map(({ topic }) => topic),
      ['half', 'none'],
    );
    after.release();
  });
});

async function writeAt(path: string, position: number, text: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(text, position);
  await file.close();
}

import assert from 'node:assert/strict';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { acquireDataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { tempFolder } from '../../support/servers.ts';
import { NUMBERS } from './log/open-log.ts';

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
    await writeFile(
      join(folder, 'byflyt.db'),
      'this is no database, it is a text that somebody put here'.repeat(50),
    );
    assert.throws(() => openDataFolder(folder), /persistence\.error\.open.*byflyt\.db/);
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

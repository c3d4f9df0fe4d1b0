import assert from 'node:assert/strict';
import { appendFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopyProgressFile } from '../../app/copy-progress-file.ts';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import { tempFolder } from '../support/servers.ts';

const TAGS = { site: 'Torget', device: 'bin-1' };

describe('the progress file of a copy', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder, 'migrate/to-influxdb.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps the newest bookmark of each series', () => {
    const file = new CopyProgressFile(path, 'here');
    file.set('waste', TAGS, 5);
    file.set('waste', TAGS, 9);
    file.set('ski_trail', TAGS, 7);
    const again = new CopyProgressFile(path, 'here');
    assert.equal(again.size, 2);
    assert.equal(again.get('waste', { device: 'bin-1', site: 'Torget' }), 9);
    assert.equal(again.get('waste', { device: 'bin-1' }), undefined);
  });

  it('bears a line that was torn, and goes on behind it', async () => {
    new CopyProgressFile(path, 'here').set('waste', TAGS, 5);
    await appendFile(path, '["waste [[\\"dev');
    new CopyProgressFile(path, 'here').set('alarm', TAGS, 6);
    const again = new CopyProgressFile(path, 'here');
    assert.deepEqual([again.size, again.get('waste', TAGS), again.get('alarm', TAGS)], [2, 5, 6]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('knows nothing of a copy that went elsewhere', () => {
    new CopyProgressFile(path, 'here').set('waste', TAGS, 5);
    assert.equal(new CopyProgressFile(path, 'there').size, 0);
  });

  it('names the file that cannot be written', async () => {
    await writeFile(join(folder, 'migrate'), 'a file where the folder should be');
    assert.throws(
      () => new CopyProgressFile(path, 'here'),
      (error) => error instanceof ConfigurationError && error.parameters.path === path,
    );
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { dataFolderPath } from '../../../nodes/observation/data-folder-path.ts';

describe('data folder', () => {
  it('is the configured one, else below the user folder', () => {
    assert.equal(dataFolderPath({ byflyt: { dataFolder: '/data' }, userDir: '/u' }), '/data');
    assert.equal(dataFolderPath({ userDir: '/u' }), join('/u', 'byflyt'));
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileVersion, readJson, writeJsonAtomically } from '../../../nodes/devices/atomic-file.ts';
import { newFolder, removeFolders } from './folder.ts';

describe('a JSON file that is replaced as a whole', () => {
  after(removeFolders);

  it('comes back, in a folder that is made for it, and only its user may read it', () => {
    const path = join(newFolder(), 'new', 'file.json');
    assert.equal(readJson(path), undefined);
    writeJsonAtomically(path, { a: 1 });
    writeJsonAtomically(path, { a: [2] });
    assert.deepEqual(readJson(path), { a: [2] });
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('leaves nothing behind when it cannot be written', () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'file.json', 'in the way'), { recursive: true });
    assert.throws(() => writeJsonAtomically(join(folder, 'file.json'), {}));
    assert.deepEqual(readdirSync(folder), ['file.json']);
  });

  it('is as it was when the new content is no JSON', () => {
    const path = join(newFolder(), 'file.json');
    writeJsonAtomically(path, { a: 1 });
    const circle: { self?: unknown } = {};
    circle.self = circle;
    assert.throws(() => writeJsonAtomically(path, circle), TypeError);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { a: 1 });
  });
});

describe('version of a file', () => {
  after(removeFolders);

  it('changes with each content, also if the clock says the same', () => {
    const path = join(newFolder(), 'file');
    const versions = [fileVersion(path)];
    for (const text of ['a', 'ab']) {
      writeFileSync(path, text);
      utimesSync(path, 1, 1);
      versions.push(fileVersion(path));
    }
    assert.equal(new Set(versions).size, 3);
    assert.equal(fileVersion(path), versions.at(-1));
  });
});

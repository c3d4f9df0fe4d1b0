import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockFile {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}

const path = join(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(path, 'utf8')) as LockFile;

describe('package-lock.json', () => {
  // npm install leaves out what its registry does not have; npm ci refuses such a file elsewhere.
  it('names the packages of all platforms', () => {
    const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isFound(name, from)),
    );
    assert.deepEqual(missing, []);
  });
});

/** As Node.js looks for a package: beside the one that asks, then in each folder above. */
function isFound(name: string, from: string): boolean {
  const folders = from.split('/node_modules/');
  return (
    folders.some((_, depth) => [...folders.slice(0, depth + 1), name].join('/node_modules/') in packages) ||
    `node_modules/${name}` in packages
  );
}

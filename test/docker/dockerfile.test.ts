import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { DOCKER, read } from './stack.ts';

const ROOT = join(DOCKER, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const dockerfile = read('Dockerfile');
const kept = /for name in ([\w -]+);/.exec(dockerfile)?.[1]?.split(' ') ?? [];

describe('Dockerfile', () => {
  it('uses the Node.js version that package.json pins', () => {
    assert.equal(/^ARG NODE_VERSION=(\S+)$/m.exec(dockerfile)?.[1], manifest.devDependencies.node);
  });

  it('keeps every package that the app or a node imports', () => {
    const sources = globSync('{app,nodes}/**/*.ts', { cwd: ROOT });
    assert.ok(sources.length > 20);
    const installed = new Set([...Object.keys(manifest.dependencies), ...kept]);
    const imported = new Set<string>();
    for (const source of sources) {
      for (const name of packagesOf(readFileSync(join(ROOT, source), 'utf8'))) {
        imported.add(name);
        assert.ok(installed.has(name), `${source} imports ${name}, which the image does not keep`);
      }
    }
    for (const name of kept) assert.ok(imported.has(name), `nothing imports ${name}`);
  });

  it('keeps only packages that package.json has as development dependencies', () => {
    assert.ok(kept.length > 0);
    for (const name of kept) assert.ok(manifest.devDependencies[name], name);
  });

  it('copies only what exists and what .dockerignore lets through', () => {
    const allowed = read('Dockerfile.dockerignore').match(/(?<=^!).+$/gm) ?? [];
    for (const path of allowed) assert.ok(existsSync(join(ROOT, path)), path);
    assert.ok(!allowed.some((path) => path.startsWith('docker/.env') || path === 'docker'));
    const built = ['node_modules', 'dist', 'docker/grafana/dashboards'];
    for (const [, path = ''] of dockerfile.matchAll(/^COPY --from=build \/byflyt\/(\S+)/gm)) {
      const sent = allowed.some((part) => path === part || path.startsWith(`${part}/`));
      assert.ok(sent || built.includes(path), path);
    }
  });

  it('copies the scripts that its images and the database setup start with', () => {
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/byflyt\/(\S+)/gm)].map(
      ([, path = '']) => path,
    );
    for (const path of ['docker/node-red/start.sh', 'docker/grafana/start.sh', 'docker/influxdb/setup.ts']) {
      assert.ok(existsSync(join(ROOT, path)), path);
      assert.ok(
        copied.some((part) => path === part || path.startsWith(`${part}/`)),
        path,
      );
    }
  });

  it('starts the app with the same bounds of memory as npm start', () => {
    const optionsIn = (file: string) =>
      / node (--.*) dist\/app\/start\.js/.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1];
    assert.ok(optionsIn('package.json'));
    assert.equal(optionsIn('docker/node-red/start.sh'), optionsIn('package.json'));
  });
});

/** Names of the npm packages that a source imports as values. */
function packagesOf(text: string): string[] {
  const imports = text.matchAll(
    /^(?:import|export) (?!type )[^'"]*?from '([^'.][^']*)'|^\s*import\('([^'.][^']*)'\)/gm,
  );
  return [...imports]
    .map(([, one, other]) => one ?? other ?? '')
    .filter((name) => !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  'node-red': Record<'nodes' | 'plugins', Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** Started by path, not by an import. */
const STARTED = [
  'dist/app/cli.js',
  'dist/nodes/codec/sandbox-worker.js',
  'dist/nodes/codec/repository/yaml-worker.js',
];
/** Development dependencies that a command may lack: it says so. */
const TOLERATED = ['bcryptjs'];
const IMPORT =
  /^(?:import|export)\b(?:[\w\s{},*]*? from)? '([^']+)'|\bimport(?:\.meta\.resolve)?\('([^']+)'\)/gm;

/** What a form asks the editor for. */
const SHARED = /<script src="resources\/@byflyt\/nodes\/(.+?)"/g;

/** Paths that `npm pack` puts into the package. */
function packed(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [contents] = Object.values(JSON.parse(output) as Record<string, { files: { path: string }[] }>);
  return contents?.files.map(({ path }) => path) ?? [];
}

/** All modules that the nodes and the command line load, and the packages that those import. */
function closure(): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const { nodes, plugins } = manifest['node-red'];
  const open = [nodes, plugins, manifest.bin].flatMap((paths) => Object.values(paths)).concat(STARTED);
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const [, first, second] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
      const name = first ?? second ?? '';
      if (name.startsWith('.')) open.push(posix.join(posix.dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(packageOf(name));
    }
  }
  return { files, packages };
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe('the package', () => {
  let paths: string[];
  let files: Set<string>;
  let packages: Set<string>;
  before(() => {
    paths = packed();
    ({ files, packages } = closure());
  });

  it('has every module that its nodes and its command line load', () => {
    assert.ok(files.size > 100);
    assert.deepEqual(
      [...files].filter((file) => !paths.includes(file)),
      [],
    );
  });

  it('names every package that these import among its dependencies, and no other one', () => {
    const imported = [...packages].filter((name) => !TOLERATED.includes(name));
    assert.deepEqual(imported.sort(), Object.keys(manifest.dependencies).sort());
  });

  it('has forms, help, texts, icons and examples beside them', () => {
    for (const node of Object.values(manifest['node-red'].nodes)) {
      const form = node.replace(/\.js$/, '.html');
      const [folder, name] = [posix.dirname(node), posix.basename(node, '.js')];
      const texts = ['en-US', 'nb'].flatMap((language) =>
        ['json', 'html'].map((ending) => `${folder}/locales/${language}/${name}.${ending}`),
      );
      const shared = [...readFileSync(join(root, form), 'utf8').matchAll(SHARED)].map(
        ([, name]) => `resources/${name}`,
      );
      for (const path of [form, ...texts, ...shared]) assert.ok(paths.includes(path), path);
    }
    for (const plugin of Object.values(manifest['node-red'].plugins)) {
      const [folder, name] = [posix.dirname(plugin), posix.basename(plugin, '.js')];
      const texts = ['en-US', 'nb'].map((language) => `${folder}/locales/${language}/${name}.json`);
      for (const path of [`${folder}/${name}.html`, ...texts]) assert.ok(paths.includes(path), path);
    }
    for (const path of ['LICENSE', 'README.md', 'examples/en/waste.json', 'examples/nb/ski-trail.json']) {
      assert.ok(paths.includes(path), path);
    }
  });

  it('has nothing else: no sources, tests, sandbox devices or parts of npm start', () => {
    const folders =
      /^(dist\/(app|nodes)|examples|resources|app\/byflyt\.js|package\.json|README\.md|LICENSE)/;
    assert.deepEqual(
      paths.filter((path) => !folders.test(path) || /\.ts$|simulator|\.tsbuildinfo|\.test\./.test(path)),
      [],
    );
    const startOnly = ['run', 'start', 'node-red', 'broker', 'build', 'sandbox'];
    assert.deepEqual(
      paths.filter((path) => startOnly.some((name) => path === `dist/app/${name}.js`)),
      [],
    );
  });
});

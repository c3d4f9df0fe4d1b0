/** After `tsc`: copies what Node-RED and the app read beside the compiled files, the examples, and the dashboards. */
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { writeDashboards } from '../dashboards/build.ts';
import { LANGUAGES } from '../nodes/observation/messages.ts';
import { withDefaults } from './flow-environment.ts';
import { areaFlows, optionalFlows } from './shipped-flows.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

function copy(pattern: string, target: (path: string) => string): void {
  for (const path of globSync(pattern, { cwd: root })) {
    const destination = join(root, target(path));
    mkdirSync(dirname(destination), { recursive: true });
    cpSync(join(root, path), destination);
  }
}

copy('nodes/**/*.{html,json,svg,css,js}', (path) => join('dist', path));
copy('{app,dashboards}/locales/**/*.json', (path) => join('dist', path));
copy('app/editor/*.{js,json}', (path) => join('dist', path));
removeStale();
writeExamples();
await writeDashboards(join(root, 'docker/grafana/dashboards'));

/** What an earlier build left in dist/ and no source stands for any more. */
function removeStale(): void {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const built = join(entry.parentPath, entry.name);
    const source = join(root, relative(dist, built));
    if (!existsSync(source) && !existsSync(source.replace(/\.js$/, '.ts'))) rmSync(built, { force: true });
  }
}

/** The flows for Import > Examples, a folder per language; `en` is shorter than our own tag and says as much. */
function writeExamples(): void {
  rmSync(join(root, 'examples'), { recursive: true, force: true });
  for (const language of LANGUAGES) {
    const folder = join(root, 'examples', language.replace(/-.*/, ''));
    mkdirSync(folder, { recursive: true });
    for (const [name, nodes] of [...areaFlows(language), ...optionalFlows(language)]) {
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(nodes.map(withDefaults), null, 2)}\n`);
    }
  }
}

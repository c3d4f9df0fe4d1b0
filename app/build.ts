/** After `tsc`: copies what Node-RED and the app read beside the compiled files, the examples, and the dashboards. */
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDashboards } from '../dashboards/build.ts';

const root = join(import.meta.dirname, '..');

function copy(pattern: string, target: (path: string) => string): void {
  for (const path of globSync(pattern, { cwd: root })) {
    const destination = join(root, target(path));
    mkdirSync(dirname(destination), { recursive: true });
    cpSync(join(root, path), destination);
  }
}

copy('nodes/**/*.{html,json,svg,css,js}', (path) => join('dist', path));
copy('{app,dashboards}/locales/**/*.json', (path) => join('dist', path));
copy('app/editor/*.js', (path) => join('dist', path));
rmSync(join(root, 'examples'), { recursive: true, force: true });
copy('flows/*.json', (path) => path.replace(/^flows/, 'examples'));
await writeDashboards(join(root, 'docker/grafana/dashboards'));

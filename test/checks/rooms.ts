/** The room rule of docs/developing.md: imports only from rooms above, no cycles, Node-RED only in wrappers. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { argv } from 'node:process';

/** From the first step of a measurement to the last: a room may import from those before it. */
export const ROOMS = [
  'observation',
  'devices',
  'persistence',
  'timeseries',
  'codec',
  'intake',
  'lorawan',
  'nbiot',
  'quality',
  'anomaly',
  'alarm',
  'opendata',
  'operator',
  'simulator',
];

const WRAPPER = /\.(node|plugin)\.ts$/;

export interface SourceFile {
  /** Relative to the project, with forward slashes. */
  path: string;
  text: string;
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** One line per violation; empty if the rule holds. */
export function roomViolations(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
  const violations = [...imports].flatMap(([path, targets]) =>
    targets.flatMap((target) => violation(path, target)),
  );
  return [...violations, ...cycles(imports)];
}

function importsOf(file: SourceFile): string[] {
  return [...file.text.matchAll(IMPORT)].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? '';
    return target.startsWith('.') ? normalize(join(dirname(file.path), target)) : target;
  });
}

function violation(path: string, target: string): string[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  if (target === 'node-red' || target.startsWith('@node-red/')) {
    return WRAPPER.test(path)
      ? []
      : [`${path} imports ${target}: only a wrapper (x.node.ts, x.plugin.ts) may`];
  }
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) {
    return /^(app|dashboards|test|bench)\//.test(target) ? [`${path} imports ${target}: outside nodes/`] : [];
  }
  if (WRAPPER.test(target)) return [`${path} imports the wrapper ${target}`];
  return ROOMS.indexOf(targetRoom) > ROOMS.indexOf(room)
    ? [`${path} imports ${target}: ${targetRoom} comes after ${room}`]
    : [];
}

function roomOf(path: string): string | undefined {
  const [top, room] = path.split('/');
  if (top !== 'nodes' || room === undefined) return undefined;
  if (!ROOMS.includes(room)) throw new Error(`${path}: ${room} is not a room of docs/developing.md`);
  return room;
}

function cycles(imports: ReadonlyMap<string, string[]>): string[] {
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || finished.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

/** The project's TypeScript below the given folders. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(root, path), 'utf8') }));
}

if (import.meta.filename === argv[1]) {
  const violations = roomViolations(
    readSources(join(import.meta.dirname, '../..'), ['nodes', 'app', 'dashboards']),
  );
  for (const line of violations) console.error(line);
  process.exitCode = violations.length > 0 ? 1 : 0;
}

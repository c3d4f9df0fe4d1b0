/** Catalogs are complete: the same keys in every language, every used key exists, no text for people outside them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { argv } from 'node:process';
import { LANGUAGES, PUBLIC_LANGUAGES } from '../../nodes/observation/messages.ts';
import { ROOMS } from './rooms.ts';

type Catalog = { [key: string]: string | Catalog };

const root = join(import.meta.dirname, '../..');
const list = (pattern: string): string[] => globSync(pattern, { cwd: root });
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Dotted keys of a catalog. */
function keysOf(catalog: Catalog, prefix = ''): string[] {
  return Object.entries(catalog).flatMap(([key, entry]) =>
    typeof entry === 'string' ? [`${prefix}${key}`] : keysOf(entry, `${prefix}${key}.`),
  );
}

function catalogKeys(path: string): Set<string> {
  return existsSync(join(root, path)) ? new Set(keysOf(JSON.parse(read(path)) as Catalog)) : new Set();
}

/** Every catalog and help page exists in every language, with the same keys and placeholders. */
function* missingInALanguage(): Generator<string> {
  const files = list('{nodes/*,app,dashboards}/locales/*/*.{json,html}');
  const names = new Set(files.map((file) => join(dirname(dirname(file)), '*', basename(file))));
  for (const name of names) {
    const paths = LANGUAGES.map((language) => name.replace('*', language));
    for (const path of paths) if (!existsSync(join(root, path))) yield `${path} is missing`;
    if (!name.endsWith('.json')) continue;
    const all = new Set(paths.flatMap((path) => [...catalogKeys(path)]));
    for (const path of paths) {
      const keys = catalogKeys(path);
      for (const key of all) if (!keys.has(key)) yield `${path} lacks ${key}`;
    }
    yield* differentPlaceholders(paths);
  }
}

/**
 * What the public reads: a section of texts that any of the languages of public pages alone has must be whole in all
 * of them, with the same placeholders.
 */
function* missingInAPublicLanguage(): Generator<string> {
  const staff = new Set(['nb', 'en']);
  const others = PUBLIC_LANGUAGES.filter((language) => !staff.has(language));
  for (const folder of list('nodes/*/locales/nn').map(dirname)) {
    const paths = others.map((language) => join(folder, language, 'messages.json'));
    const sections = new Set(paths.flatMap((path) => [...catalogKeys(path)].map((key) => key.split('.')[0])));
    const keysOfPublic = (path: string) =>
      [...placeholders(JSON.parse(read(path)) as Catalog)].filter(([key]) => sections.has(key.split('.')[0]));
    const wanted = keysOfPublic(join(folder, 'en-US/messages.json'));
    for (const path of paths) {
      const found = new Map(keysOfPublic(path));
      for (const [key, names] of wanted) {
        if (found.get(key) === undefined) yield `${path} lacks ${key}`;
        else if (found.get(key) !== names) yield `${path}: ${key} has other placeholders than in English`;
        found.delete(key);
      }
      for (const key of found.keys()) yield `${path} has ${key}, which English has not`;
    }
  }
}

function* differentPlaceholders(paths: readonly string[]): Generator<string> {
  const [first, ...others] = paths.map((path) => placeholders(JSON.parse(read(path)) as Catalog));
  for (const other of others) {
    for (const [key, names] of first ?? []) {
      if (other.get(key) !== names) yield `${paths[0]}: ${key} has other placeholders than its translations`;
    }
  }
}

function placeholders(catalog: Catalog, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(catalog).flatMap(([key, entry]): [string, string][] =>
      typeof entry === 'string'
        ? [[`${prefix}${key}`, [...new Set(entry.match(/__\w+?__/g))].sort().join(' ')]]
        : [...placeholders(entry, `${prefix}${key}.`)],
    ),
  );
}

/** Keys in the code (`'alarm.status.raised'`) that the room's catalog lacks. */
function* unknownRuntimeKeys(): Generator<string> {
  const catalogs = new Map(
    [...ROOMS, 'app'].map((room) => {
      const folder = room === 'app' ? 'app' : `nodes/${room}`;
      return [room, catalogKeys(`${folder}/locales/en-US/messages.json`)];
    }),
  );
  for (const file of list('{nodes,app}/**/*.ts')) {
    for (const [, room = '', key = ''] of read(file).matchAll(
      /'([a-z]+)\.([a-z_]+(?:\.[a-z0-9_]+)+)(?<!\.json)'/g,
    )) {
      if (catalogs.has(room) && !catalogs.get(room)?.has(key)) yield `${file}: no text for ${room}.${key}`;
    }
  }
}

/** Editor forms: help exists, keys exist, and no letters stand outside the catalogs. */
function* formProblems(): Generator<string> {
  for (const file of list('nodes/*/*.node.html')) {
    const html = read(file);
    const locales = join(dirname(file), 'locales/en-US');
    const keys = catalogKeys(join(locales, basename(file).replace('.html', '.json')));
    if (!existsSync(join(root, locales, basename(file)))) yield `${file} has no help`;
    const used = html.matchAll(/(?:data-i18n="(?:\[[\w-]+\])?|_\(['"])(byflyt-[\w-]+\.[\w.-]+?)["']/g);
    for (const [, key = ''] of used)
      if (!key.endsWith('.') && !keys.has(key)) yield `${file}: no text for ${key}`;
    const template = [...html.matchAll(/<script type="text\/html"[^>]*>([\s\S]*?)<\/script>/g)].map(
      ([, body]) => body,
    );
    const texts = template
      .join('')
      .replace(/<[^>]*>/g, ' ')
      .match(/\p{L}*\p{Ll}\p{L}+[^<]*/gu);
    if (texts) yield `${file}: text outside the catalogs: ${texts[0]?.trim().slice(0, 60)}`;
  }
}

/** One line per problem; empty if all catalogs are complete. */
export function localeProblems(): string[] {
  return [...missingInALanguage(), ...missingInAPublicLanguage(), ...unknownRuntimeKeys(), ...formProblems()];
}

if (import.meta.filename === argv[1]) {
  const problems = localeProblems();
  for (const line of problems) console.error(line);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

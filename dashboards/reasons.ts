import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Language } from '../nodes/observation/messages.ts';

type Catalog = { [key: string]: string | Catalog };

const NODES = join(import.meta.dirname, '../nodes');

/** Why a message may have been rejected: key and sentence, in which the single case (`__name__`) is left open. */
export function reasons(language: Language): Record<string, { text: string }> {
  const files = globSync(`*/locales/${language}/messages.json`, { cwd: NODES }).sort();
  const found = files.flatMap((file) => {
    const room = basename(dirname(dirname(dirname(file))));
    const { error } = JSON.parse(readFileSync(join(NODES, file), 'utf8')) as Catalog;
    return sentences(error, `${room}.error`);
  });
  return Object.fromEntries(found);
}

function sentences(entry: Catalog[string] | undefined, key: string): [string, { text: string }][] {
  if (entry === undefined) return [];
  if (typeof entry === 'string') return [[key, { text: entry.replace(/__\w+?__/g, '…') }]];
  return Object.entries(entry).flatMap(([name, inner]) => sentences(inner, `${key}.${name}`));
}

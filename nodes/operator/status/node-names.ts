import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Language } from '../../observation/messages.ts';
import type { ConfiguredNode } from './flow-graph.ts';

const ROOMS = join(import.meta.dirname, '../..');
const SUFFIX = '.node.json';

/** Node type -> what the palette calls it. */
const labels = new Map<Language, Map<string, string>>();

/** "Ski trails: Receive": the flow, and the node as its author or else the palette calls it. */
export function nameOf(node: ConfiguredNode, nodes: readonly ConfiguredNode[], language: Language): string {
  const own = node.name || node.label || paletteLabels(language).get(node.type) || node.type;
  const flow = nodes.find(({ id }) => id === node.z);
  return flow?.label ? `${flow.label}: ${own}` : own;
}

/** From the catalogs that the editor reads. */
function paletteLabels(language: Language): Map<string, string> {
  let known = labels.get(language);
  if (!known) {
    const files = globSync(`*/locales/${language}/*${SUFFIX}`, { cwd: ROOMS });
    known = new Map(files.flatMap((file) => labelOf(file)));
    labels.set(language, known);
  }
  return known;
}

function labelOf(file: string): [string, string][] {
  const type = `byflyt-${basename(file, SUFFIX)}`;
  const catalog = JSON.parse(readFileSync(join(ROOMS, file), 'utf8')) as Record<
    string,
    { label?: { palette?: string } }
  >;
  const label = catalog[type]?.label?.palette;
  return label === undefined ? [] : [[type, label]];
}

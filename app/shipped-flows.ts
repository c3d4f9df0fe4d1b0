import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from '../nodes/observation/messages.ts';
import { readJson } from './files.ts';
import { packageRoot } from './package-root.ts';

/** A node as it stands in a flow file. */
interface FlowFileNode {
  id: string;
  [property: string]: unknown;
}

/** Node id -> its properties in another language. */
type Translation = Record<string, Record<string, unknown>>;

/**
 * All prebuilt flows as one Node-RED flow file, their labels and descriptions in the language. The areas share
 * configuration nodes (devices, database): a node id that occurs in several files is taken once.
 */
export function composeFlows(language: Language, folder = shippedFolder()): FlowFileNode[] {
  const nodes = new Map<string, FlowFileNode>();
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const texts = (readJson(join(folder, 'locales', `${language}.json`)) ?? {}) as Translation;
  for (const file of files.sort()) {
    for (const node of readJson(join(folder, file)) as FlowFileNode[]) {
      if (!nodes.has(node.id)) nodes.set(node.id, { ...node, ...texts[node.id] });
    }
  }
  return [...nodes.values()];
}

/** `flows/` in a checkout; the published package has the same files as `examples/`. */
function shippedFolder(): string {
  const flows = join(packageRoot(), 'flows');
  return existsSync(flows) ? flows : join(packageRoot(), 'examples');
}

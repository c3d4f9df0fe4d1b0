import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readJson } from '../nodes/devices/atomic-file.ts';
import type { Language } from '../nodes/observation/messages.ts';
import { packageRoot } from './package-root.ts';

/** A node as it stands in a flow file. */
export interface FlowFileNode {
  id: string;
  [property: string]: unknown;
}

/** The flow that brings in what goes on to the flows of all areas. */
const FOR_ALL = 'nbiot.json';

/** Node id -> its properties in another language. */
type Translation = Record<string, Record<string, unknown>>;

/** The prebuilt flow of each application area, by the name of its file, labels and descriptions in the language. */
export function areaFlows(language: Language, folder = shippedFolder()): Map<string, FlowFileNode[]> {
  const texts = (readJson(join(folder, 'locales', `${language}.json`)) ?? {}) as Translation;
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    inOrder(files).map((file) => {
      const nodes = readJson(join(folder, file)) as FlowFileNode[];
      return [basename(file, '.json'), nodes.map((node) => ({ ...node, ...texts[node.id] }))];
    }),
  );
}

/** Flows that are only offered for import: what they need, not every municipality has. As `areaFlows`. */
export function optionalFlows(language: Language): Map<string, FlowFileNode[]> {
  return areaFlows(language, join(shippedFolder(), 'optional'));
}

/**
 * All prebuilt flows as one Node-RED flow file. The areas share configuration nodes (devices, database): a node id
 * that occurs in several files is taken once.
 */
export function composeFlows(language: Language, folder = shippedFolder()): FlowFileNode[] {
  const nodes = new Map<string, FlowFileNode>();
  for (const node of [...areaFlows(language, folder).values()].flat()) {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
  }
  return [...nodes.values()];
}

/** By name; what serves all areas stands behind them. */
function inOrder(files: readonly string[]): string[] {
  return files.toSorted().sort((one, other) => Number(one === FOR_ALL) - Number(other === FOR_ALL));
}

function shippedFolder(): string {
  return join(packageRoot(), 'flows');
}

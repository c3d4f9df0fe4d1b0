import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** A node as it stands in a flow file. */
interface FlowFileNode {
  id: string;
  [property: string]: unknown;
}

/**
 * All prebuilt flows as one Node-RED flow file. The areas share configuration nodes (devices, database):
 * a node id that occurs in several files is taken once.
 */
export function composeFlows(folder = shippedFolder()): FlowFileNode[] {
  const nodes = new Map<string, FlowFileNode>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    for (const node of JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowFileNode[]) {
      if (!nodes.has(node.id)) nodes.set(node.id, node);
    }
  }
  return [...nodes.values()];
}

/** `flows/` in a checkout; the published package has the same files as `examples/`. */
function shippedFolder(): string {
  const flows = join(packageRoot(), 'flows');
  return existsSync(flows) ? flows : join(packageRoot(), 'examples');
}

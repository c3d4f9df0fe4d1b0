/** What leads where in the deployed flows. */

/** A node as it stands in the flow file; tabs, subflows and configuration nodes too. */
export interface ConfiguredNode {
  id: string;
  type: string;
  /** Tab or subflow that it is on. */
  z?: string;
  name?: string;
  /** Of a tab. */
  label?: string;
  /** Switched off. */
  d?: boolean;
  /** Of a tab. */
  disabled?: boolean;
  /** Per output, the nodes behind it. */
  wires?: string[][];
  /** Of link nodes: their other ends. */
  links?: string[];
  /** Of a subflow: what its input leads to. */
  in?: { wires: { id: string }[] }[];
}

const NOT_NODES = new Set(['tab', 'group', 'subflow']);
const SUBFLOW = 'subflow:';

/** Nodes that Node-RED runs as they stand: not those switched off, nor those of a subflow, which its instances copy. */
export function activeNodes(all: readonly ConfiguredNode[]): ConfiguredNode[] {
  const subflows = new Set(all.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  return switchedOn(all).filter(({ type, z }) => !NOT_NODES.has(type) && !(z && subflows.has(z)));
}

/** Whether a message that leaves `start` can come to a node of one of the `types`. */
export function leadsTo(
  start: ConfiguredNode,
  types: ReadonlySet<string>,
  all: readonly ConfiguredNode[],
): boolean {
  for (const { type } of reachedFrom(start, all)) if (types.has(type)) return true;
  return false;
}

/** The nodes that a message which leaves `start` can come to, each once. */
export function* reachedFrom(
  start: ConfiguredNode,
  all: readonly ConfiguredNode[],
): Generator<ConfiguredNode, void, undefined> {
  const nodes = new Map(switchedOn(all).map((node) => [node.id, node]));
  const seen = new Set<string>();
  const waiting = followers(start, nodes);
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const node = nodes.get(id);
    if (!node || seen.has(id)) continue;
    seen.add(id);
    yield node;
    waiting.push(...followers(node, nodes));
  }
}

function switchedOn(all: readonly ConfiguredNode[]): ConfiguredNode[] {
  const off = new Set(all.filter(({ disabled }) => disabled).map(({ id }) => id));
  return all.filter(({ d, z }) => !d && !(z && off.has(z)));
}

/** Ids of the nodes that may get what a node sends: by wire, by link, and inside a subflow. */
function followers(node: ConfiguredNode, nodes: ReadonlyMap<string, ConfiguredNode>): string[] {
  const inside = node.type.startsWith(SUBFLOW) ? nodes.get(node.type.slice(SUBFLOW.length))?.in : undefined;
  return [
    ...(node.wires ?? []).flat(),
    ...(node.type.startsWith('link ') && node.type !== 'link in' ? (node.links ?? []) : []),
    ...(inside ?? []).flatMap(({ wires }) => wires.map(({ id }) => id)),
  ];
}

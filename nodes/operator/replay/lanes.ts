import type { DecodeNode } from '../../lorawan/decode-node.ts';
import { QualityChecker, type QualityOptions } from '../../quality/quality-check.ts';
import { checkerOptions, type QualityForm } from '../../quality/quality-settings.ts';
import type { DatabaseNode } from '../../timeseries/database.ts';
import { activeNodes, type ConfiguredNode, leadsTo, reachedFrom } from '../status/flow-graph.ts';

/** The way from a decode node to the databases in which its readings end. */
export interface Lane {
  decoderFor: DecodeNode['decoderFor'];
  /** The quality check on the way, with its settings; undefined if there is none. */
  checkerWith?:
    | ((options: Pick<QualityOptions, 'state' | 'onRevision'>) => Pick<QualityChecker, 'checked'>)
    | undefined;
  databases: readonly Pick<DatabaseNode, 'store' | 'save' | 'onStatus'>[];
}

const DECODE: ReadonlySet<string> = new Set(['byflyt-lorawan-decode', 'byflyt-nbiot-decode']);
const CHECK = 'byflyt-quality-check';
const STORE = 'byflyt-store';
const STORES: ReadonlySet<string> = new Set([STORE]);
/** Core nodes that pass a message on as it is. */
const HARMLESS: ReadonlySet<string> = new Set([
  'link in',
  'link out',
  'link call',
  'junction',
  'switch',
  'debug',
  'comment',
  'catch',
  'status',
  'complete',
  'delay',
  'rbe',
]);

/**
 * The lanes of the deployed flows, and the nodes on them that may change a reading in a way that nobody knows
 * (functions and the like). `running`: a node by its id; `timeZone`: IANA name.
 * Throws ConfigurationError if a check's settings are wrong.
 */
export function findLanes(
  all: readonly ConfiguredNode[],
  running: (id: string) => unknown,
  timeZone = 'UTC',
): { lanes: Lane[]; unknown: ConfiguredNode[] } {
  const lanes: Lane[] = [];
  const unknown = new Map<string, ConfiguredNode>();
  for (const node of activeNodes(all).filter(({ type }) => DECODE.has(type))) {
    const { decoderFor } = (running(node.id) ?? {}) as Partial<DecodeNode>;
    // The second output has what is no reading.
    const reached = [...reachedFrom({ ...node, wires: (node.wires ?? []).slice(0, 1) }, all)];
    const databases = databasesOf(reached, running);
    if (!decoderFor || databases.length === 0) continue;
    const check = reached.find(({ type }) => type === CHECK);
    lanes.push({ decoderFor, databases, checkerWith: check && checkerOf(check as QualityForm, timeZone) });
    for (const one of reached) if (mayChange(one) && leadsTo(one, STORES, all)) unknown.set(one.id, one);
  }
  return { lanes, unknown: [...unknown.values()] };
}

function databasesOf(
  reached: readonly ConfiguredNode[],
  running: (id: string) => unknown,
): Lane['databases'] {
  const ids = reached.flatMap((node) =>
    node.type === STORE ? [(node as { database?: string }).database] : [],
  );
  return [...new Set(ids)].flatMap((id) => {
    const node = (id === undefined ? undefined : running(id)) as Partial<DatabaseNode> | null | undefined;
    return node?.save ? [node as DatabaseNode] : [];
  });
}

function checkerOf(form: QualityForm, timeZone: string): NonNullable<Lane['checkerWith']> {
  const settings = checkerOptions(form, timeZone);
  return (options) => new QualityChecker({ ...settings, ...options });
}

function mayChange({ type }: ConfiguredNode): boolean {
  return !type.startsWith('byflyt-') && !HARMLESS.has(type);
}

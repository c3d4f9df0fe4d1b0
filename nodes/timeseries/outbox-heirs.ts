import type { DatabaseTarget } from './database-settings.ts';
import { shownAddress } from './influxdb-settings.ts';

/** Begins the names of databases' outboxes; others may have outboxes too. */
const PREFIX = 'database:';
const SANDBOX = ':sandbox';

/** `id`: of the database node. */
export function outboxName(id: string, sandbox: boolean): string {
  return `${PREFIX}${id}${sandbox ? SANDBOX : ''}`;
}

export function isSandboxOutbox(name: string): boolean {
  return name.endsWith(SANDBOX);
}

/** Node id of the database that an outbox belongs to; undefined if it is no database's. */
export function ownerOf(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  return name.slice(PREFIX.length, isSandboxOutbox(name) ? -SANDBOX.length : undefined);
}

/** Where a database's readings go, as a text without any secret; the same text means the same place. Empty: embedded. */
export function placeOf(target: DatabaseTarget): string {
  if (target.kind === 'embedded') return '';
  return [shownAddress(target), target.org, target.bucket].filter(Boolean).join(' ');
}

export interface Heir {
  /** Node id. */
  id: string;
  /** As `placeOf` gives it. */
  place: string;
}

export interface Inheritance {
  /** Node id -> outboxes of deleted databases that it empties now. Each heir has an entry. */
  adopted: Map<string, string[]>;
  /** Outboxes that nobody empties. */
  stranded: string[];
}

/**
 * Shares out the outboxes of deleted databases: to one that writes to the same place, else to the only one there is.
 * `configured`: ids of all database nodes of the flows, also of those that are switched off or could not start.
 * `formerPlace`: where a deleted one wrote to, if that is known.
 */
export function shareOut(
  names: readonly string[],
  configured: readonly string[],
  heirs: readonly Heir[],
  formerPlace: (id: string) => string | undefined,
): Inheritance {
  const adopted = new Map<string, string[]>(heirs.map(({ id }) => [id, []]));
  const stranded: string[] = [];
  for (const name of names) {
    const owner = ownerOf(name);
    if (owner === undefined || isConfigured(owner, configured)) continue;
    const place = formerPlace(owner);
    const heir = heirs.find((each) => each.place === place) ?? (heirs.length === 1 ? heirs[0] : undefined);
    const list = heir && adopted.get(heir.id);
    if (list) list.push(name);
    else stranded.push(name);
  }
  return { adopted, stranded };
}

/** The ids of nodes in a subflow begin with that of its instance. */
function isConfigured(id: string, configured: readonly string[]): boolean {
  return configured.some((each) => id === each || id.endsWith(`-${each}`));
}

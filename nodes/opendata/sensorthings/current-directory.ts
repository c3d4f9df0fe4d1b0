import { readPlaces } from '../reader.ts';
import type { Entry, Site } from '../site.ts';
import { contentsOf } from './contents.ts';
import { type Contents, Directory } from './directory.ts';

/** ms that the entities are kept; those of places and datasets that are no longer public are gone at once. */
const KEPT = 5000;

/** Addresses under which a server is known, for which the entities are kept. */
const MOST_BASES = 4;

interface Kept {
  /** What it was made of. */
  signature: string;
  contents: Promise<Contents[]>;
  /** By the address of the open data. */
  directories: Map<string, Directory>;
  /** ms since 1970 UTC. */
  until: number;
}

const keptBySite = new WeakMap<Pick<Site, 'list'>, Kept>();

/**
 * The entities of what a site publishes now. `base`: address of the open data, with its final slash; `now` in ms since
 * 1970 UTC. Errors of the store pass through.
 */
export async function currentDirectory(
  site: Pick<Site, 'list'>,
  base: string,
  now: number,
): Promise<Directory> {
  const { contents, directories } = keptOf(site, now);
  const known = directories.get(base);
  if (known) return known;
  const directory = Directory.from(await contents, base);
  if (directories.size === MOST_BASES) directories.clear();
  directories.set(base, directory);
  return directory;
}

function keptOf(site: Pick<Site, 'list'>, now: number): Kept {
  const entries = site.list();
  const signature = JSON.stringify(entries.map(signatureOf));
  const known = keptBySite.get(site);
  if (known?.signature === signature && now < known.until) return known;
  const contents = Promise.all(entries.map((entry) => contentsOf(entry, now)));
  const kept = { signature, contents, directories: new Map(), until: now + KEPT };
  keptBySite.set(site, kept);
  contents.catch(() => keptBySite.get(site) === kept && keptBySite.delete(site));
  return kept;
}

/** Changes with the form of a dataset and with its places. */
function signatureOf({ dataset, publisher, sources }: Entry): unknown {
  return [dataset, publisher, readPlaces(dataset, sources)];
}

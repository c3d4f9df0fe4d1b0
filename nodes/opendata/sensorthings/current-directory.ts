import { readPlaces } from '../reader.ts';
import type { Entry, Site } from '../site.ts';
import { contentsOf } from './contents.ts';
import { Directory } from './directory.ts';

/** ms that the entities are kept; those of places and datasets that are no longer public are gone at once. */
const KEPT = 5000;

interface Kept {
  /** What it was made of. */
  signature: string;
  directory: Promise<Directory>;
  /** ms since 1970 UTC. */
  until: number;
}

const directories = new WeakMap<Pick<Site, 'list'>, Kept>();

/**
 * The entities of what a site publishes now. `base`: address of the open data, with its final slash; `now` in ms since
 * 1970 UTC. Errors of the store pass through.
 */
export function currentDirectory(site: Pick<Site, 'list'>, base: string, now: number): Promise<Directory> {
  const entries = site.list();
  const signature = JSON.stringify([base, entries.map(signatureOf)]);
  const known = directories.get(site);
  if (known && known.signature === signature && now < known.until) return known.directory;
  const directory = Promise.all(entries.map((entry) => contentsOf(entry, now))).then((contents) =>
    Directory.from(contents, base),
  );
  const kept = { signature, directory, until: now + KEPT };
  directories.set(site, kept);
  directory.catch(() => directories.get(site) === kept && directories.delete(site));
  return directory;
}

/** Changes with the form of a dataset and with its places. */
function signatureOf({ dataset, publisher, sources }: Entry): unknown {
  return [dataset, publisher, readPlaces(dataset, sources)];
}

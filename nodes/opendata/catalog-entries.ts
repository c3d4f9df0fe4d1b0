import type { CatalogEntry } from './catalog.ts';
import type { Change } from './change-log.ts';
import type { Box } from './dataset.ts';
import type { PublicPlace } from './places.ts';
import { readBeginning, readLatest, readPlaces } from './reader.ts';
import type { Entry } from './site.ts';

/**
 * What the store knows of each dataset: its first and newest time, whether it comes from the sandbox, where it is;
 * and from the change log since when it is published.
 */
export async function describeEntries(
  entries: readonly Entry[],
  changes: readonly Change[] = [],
): Promise<CatalogEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const { dataset, sources } = entry;
      const [latest, begin] = await Promise.all([
        readLatest(dataset, sources),
        readBeginning(dataset, sources),
      ]);
      const times = latest.places.flatMap(({ time }) => time ?? []);
      const box = dataset.spatial?.box ?? boxAround(readPlaces(dataset, sources));
      const issued = issuedOf(changes, dataset.id);
      return {
        ...entry,
        sandbox: latest.sandbox,
        ...(begin !== undefined && { begin }),
        ...(times.length > 0 && { modified: Math.max(...times) }),
        ...(issued !== undefined && { issued }),
        ...(box && { box }),
      };
    }),
  );
}

/** Since its last withdrawal, if there was one. */
function issuedOf(changes: readonly Change[], id: string): number | undefined {
  const published = changes.findLast(({ dataset, kind }) => dataset === id && kind === 'published');
  return published && Date.parse(published.time);
}

/** To whole hundredths of a degree outwards, so that a single place has an area too. */
function boxAround(places: readonly PublicPlace[]): Box | undefined {
  const locations = places.flatMap(({ location }) => location ?? []);
  if (locations.length === 0) return undefined;
  const lats = locations.map(({ lat }) => lat);
  const lons = locations.map(({ lon }) => lon);
  return {
    west: below(Math.min(...lons)),
    south: below(Math.min(...lats)),
    east: -below(-Math.max(...lons)),
    north: -below(-Math.max(...lats)),
  };
}

function below(degrees: number): number {
  // 64.71 times 100 is a little less than 6471.
  return (Math.floor(Number((degrees * 100).toFixed(4))) - 1) / 100;
}

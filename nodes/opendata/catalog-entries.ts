import type { CatalogEntry } from './catalog.ts';
import { readBeginning, readLatest } from './reader.ts';
import type { Entry } from './site.ts';

/** What the store knows of each dataset: its first and newest time, and whether it comes from the sandbox. */
export async function describeEntries(entries: readonly Entry[]): Promise<CatalogEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const [latest, begin] = await Promise.all([
        readLatest(entry.dataset, entry.sources),
        readBeginning(entry.dataset, entry.sources),
      ]);
      const times = latest.places.flatMap(({ time }) => time ?? []);
      return {
        ...entry,
        sandbox: latest.sandbox,
        ...(begin !== undefined && { begin }),
        ...(times.length > 0 && { modified: Math.max(...times) }),
      };
    }),
  );
}

import { Answers } from './answers.ts';
import { Budget } from './budget.ts';
import { Collections } from './collections.ts';
import type { Directory } from './directory.ts';
import { type Entity, type Json, MODEL } from './model.ts';
import { readSeconds, type Series } from './observations.ts';

/** ms before the newest Observation in which readings that came late are still told of. */
const LATE = 3_600_000;
/** Observations of one look at most; the next look goes on. */
const MOST = 5000;

/** A message to those who subscribed to a topic. */
export interface Update {
  topic: string;
  payload: Json;
}

/** What is new in a dataset since the last look. The first look finds nothing: what was there before is no news. */
export class Updates {
  /** Ids of the Observations that were told of or there before, with their times in ms since 1970 UTC. */
  #known: Map<number, number> | undefined;

  /**
   * Messages for the new Observations of a dataset, oldest first, as the standard's section on MQTT has their topics.
   * `root`: address of the service for the links in them; undefined: they have none. `now` in ms since 1970 UTC.
   * Errors of the store pass through.
   */
  async next(
    directory: Directory,
    dataset: string,
    root: string | undefined,
    now: number,
  ): Promise<Update[]> {
    const series = directory.series().filter(({ entry }) => entry.dataset.id === dataset);
    const budget = new Budget();
    const fresh = await this.#fresh(series, now, budget).finally(() => budget.end());
    const answers = new Answers(new Collections(directory, budget, now), budget, root ?? '');
    const select =
      root === undefined ? { select: new Set(['id', ...Object.keys(MODEL.Observations.properties)]) } : {};
    const updates: Update[] = [];
    for (const observation of fresh) {
      const payload = await answers.entity(observation, { ...select, expand: [] });
      updates.push(...topicsOf(observation).map((topic) => ({ topic, payload })));
    }
    return updates;
  }

  async #fresh(series: readonly Series[], now: number, budget: Budget): Promise<Entity[]> {
    // A clock that is ahead must not hide what comes after.
    const newest = Math.min(Math.max(...series.map((one) => one.newest)), now);
    const from = Number.isFinite(newest) ? newest - LATE : 0;
    const before = this.#known;
    const known = new Map([...(before ?? [])].filter(([, time]) => time >= from));
    this.#known = known;
    const fresh: Entity[] = [];
    const reading = { series, span: { from }, isDescending: false, expected: MOST };
    for await (const { second, observations } of readSeconds(reading, budget)) {
      for (const observation of observations) {
        if (known.has(observation.id)) continue;
        if (before && fresh.length === MOST) return fresh;
        known.set(observation.id, second * 1000);
        if (before) fresh.push(observation);
      }
    }
    return fresh;
  }
}

/** All Observations, those of the Datastream, those of the place. */
function topicsOf({ links }: Entity): string[] {
  const owners = [links.Datastream?.[0], links.FeatureOfInterest?.[0]].filter((owner) => owner !== undefined);
  return ['v1.1/Observations', ...owners.map(({ set, id }) => `v1.1/${set}(${id})/Observations`)];
}

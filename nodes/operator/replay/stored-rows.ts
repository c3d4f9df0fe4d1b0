import { isQuantity } from '../../observation/quantities.ts';
import { isFlagField } from '../../timeseries/quality-fields.ts';
import type { Row, Store } from '../../timeseries/store.ts';

/** A moment of a device in one measurement. */
export interface Place {
  measurement: string;
  device: string;
  /** ms since 1970 UTC. */
  time: number;
}

const DAY = 86_400_000;

export function placeKey({ measurement, device, time }: Place): string {
  return `${measurement} ${device} ${time}`;
}

/** Reads what a database has of many moments, in a few questions. */
export class StoredRows {
  readonly #store: Store;
  #fields: Promise<Map<string, string[]>> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Measurements in which there is anything. */
  async measurements(): Promise<string[]> {
    return [...(await this.#known()).keys()];
  }

  /** The rows of those places that have one, by `placeKey`. Throws what the store throws. */
  async read(places: readonly Place[]): Promise<Map<string, Row>> {
    const fields = await this.#known();
    const wanted = new Set(places.map(placeKey));
    const found = new Map<string, Row>();
    const portions = Map.groupBy(
      places,
      ({ measurement, time }) => `${measurement} ${Math.floor(time / DAY)}`,
    );
    for (const portion of portions.values()) {
      const measurement = portion[0]?.measurement ?? '';
      const names = fields.get(measurement);
      if (!names || names.length === 0) continue;
      for (const row of await this.#query(measurement, names, portion)) {
        const key = placeKey({ measurement, device: row.tags.device ?? '', time: row.time });
        if (wanted.has(key)) found.set(key, row);
      }
    }
    return found;
  }

  #query(measurement: string, fields: readonly string[], places: readonly Place[]): Promise<Row[]> {
    const times = places.map(({ time }) => time);
    return this.#store.query({
      measurement,
      fields,
      where: { device: [...new Set(places.map(({ device }) => device))] },
      from: times.reduce((one, other) => Math.min(one, other)),
      to: times.reduce((one, other) => Math.max(one, other)) + 1,
    });
  }

  /** Per measurement the fields that are quantities or their flags. */
  #known(): Promise<Map<string, string[]>> {
    this.#fields ??= this.#store.measurements().then((all) => {
      const isKnown = (field: string) => isFlagField(field) || isQuantity(field);
      return new Map([...all].map(([measurement, fields]) => [measurement, fields.filter(isKnown)]));
    });
    return this.#fields;
  }
}

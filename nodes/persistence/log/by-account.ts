import type { Account } from './records.ts';

/**
 * Values by day, area and device. For every message one is looked up several times: maps in maps find it without the
 * three being put together to one text first.
 */
export class ByAccount<T> {
  readonly #days = new Map<string, Map<string, Map<string, T>>>();

  /** The value, made at first use. */
  get(day: string, { area, device }: Account, make: (account: Account & { day: string }) => T): T {
    const devices = entryOf(entryOf(this.#days, day, mapOf<Map<string, T>>), area, mapOf<T>);
    const known = devices.get(device);
    if (known !== undefined) return known;
    const value = make({ day, area, device });
    devices.set(device, value);
    return value;
  }

  *values(): Generator<T, void, undefined> {
    for (const areas of this.#days.values()) for (const devices of areas.values()) yield* devices.values();
  }
}

function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function mapOf<T>(): Map<string, T> {
  return new Map();
}

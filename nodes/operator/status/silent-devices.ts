import type { Device } from '../../devices/device.ts';
import { DEVICE_HEALTH } from '../../timeseries/points.ts';
import { intervalOf, SIGN_OF_LIFE } from '../device-overview.ts';
import type { OperatorSources } from '../sources.ts';
import type { Found } from './watch.ts';

/** ms between two questions to the database: a silent device is no emergency of seconds. */
const EVERY = 300_000;
/** Intervals without a sign of life that are much longer than a lost uplink or two. */
const MUCH_LONGER = 12;
/** Names in the sentence; the operator page has them all. */
const NAMED = 3;

export interface SilentDevicesOptions {
  /** Lends the sources for one question. Rejects while a config node is missing or the database is away. */
  withSources<T>(use: (sources: OperatorSources) => Promise<T>): Promise<T>;
  /** ms since 1970. */
  now(): number;
}

/** Knows which real devices were heard once and are silent for much longer than expected. */
export class SilentDevices {
  readonly #options: SilentDevicesOptions;
  #silent: readonly Device[] = [];
  #asked = Number.NEGATIVE_INFINITY;

  constructor(options: SilentDevicesOptions) {
    this.#options = options;
  }

  /** What the last question found; asks again if that is long ago. */
  *problems(): Generator<Found> {
    this.#askAgain();
    const [first] = this.#silent;
    if (!first) return;
    const names = this.#silent.slice(0, NAMED).map(({ name }) => name);
    const count = this.#silent.length;
    const key = `operator.problem.silent_${count === 1 ? 'one' : count > NAMED ? 'many' : 'few'}`;
    const parameters = { count, names: names.join(', ') };
    yield ['operator.silent', { key, parameters, component: 'devices', severity: 'notice', onPage: true }];
  }

  #askAgain(): void {
    const { now, withSources } = this.#options;
    if (now() - this.#asked < EVERY) return;
    this.#asked = now();
    withSources((sources) => silentOf(sources, now())).then(
      (silent) => {
        this.#silent = silent;
      },
      // Nobody can tell who is silent while the database is away; that is a problem of its own.
      () => {
        this.#silent = [];
      },
    );
  }
}

async function silentOf({ registry, store, model }: OperatorSources, now: number): Promise<Device[]> {
  const real = registry.list().filter(({ sandbox }) => !sandbox);
  if (real.length === 0) return [];
  const rows = await store(false).latest({ measurement: DEVICE_HEALTH, fields: SIGN_OF_LIFE });
  const heard = new Map<string, number>();
  for (const { tags, time } of rows) {
    const id = tags.device ?? '';
    heard.set(id, Math.max(time, heard.get(id) ?? 0));
  }
  return real.filter((device) => {
    const time = heard.get(device.id);
    return time !== undefined && now - time > MUCH_LONGER * intervalOf(device, { model });
  });
}

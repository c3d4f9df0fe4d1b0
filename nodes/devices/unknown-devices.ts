import { readJson, writeJsonAtomically } from './atomic-file.ts';

/** A device that sent something and that nobody registered. */
export interface UnknownDevice {
  /** 16 lower-case hex digits. */
  devEui: string;
  /** The network server that delivered it, as its messages name it. */
  network: string;
  /** ISO 8601 UTC. */
  firstSeen: string;
  lastSeen: string;
  /** Uplinks since `firstSeen`. */
  count: number;
  /** Where its newest uplink came in, and what it was: helps to find out what kind of sensor it is. */
  topic?: string;
  fPort?: number;
  payloadHex?: string;
}

export interface Sighting {
  devEui: string;
  network: string;
  /** ISO 8601 UTC. */
  time: string;
  topic?: string | undefined;
  fPort?: number | undefined;
  payloadHex?: string | undefined;
}

/** A neighbour's whole fleet may be in range; only the ones heard last are kept. */
const KEPT = 500;
/** A busy stranger must not cost a disk write per uplink. */
const WRITE_DELAY = 2000;

/** The devices heard on the air that nobody registered, in a file. */
export class UnknownDevices {
  readonly #path: string;
  readonly #isKnown: (devEui: string) => boolean;
  readonly #devices: Map<string, UnknownDevice>;
  #timer: NodeJS.Timeout | undefined;
  #isChanged = false;

  constructor(path: string, isKnown: (devEui: string) => boolean) {
    this.#path = path;
    this.#isKnown = isKnown;
    this.#devices = new Map(readList(path).map((device) => [device.devEui, device]));
  }

  seen(sighting: Sighting): void {
    const { devEui, network, time, topic, fPort, payloadHex } = sighting;
    const before = this.#devices.get(devEui);
    this.#devices.delete(devEui);
    this.#devices.set(devEui, {
      devEui,
      network,
      firstSeen: before?.firstSeen ?? time,
      lastSeen: time,
      count: (before?.count ?? 0) + 1,
      ...(topic !== undefined && { topic }),
      ...(fPort !== undefined && { fPort }),
      ...(payloadHex !== undefined && { payloadHex }),
    });
    this.#isChanged = true;
    this.#dropOldest();
    this.#writeSoon();
  }

  /** Newest first; without those that were registered meanwhile. */
  list(): UnknownDevice[] {
    return [...this.#devices.values()].filter(({ devEui }) => !this.#isKnown(devEui)).reverse();
  }

  /** Takes a device off the list until it is heard again; false if it was not on it. */
  forget(devEui: string): boolean {
    if (!this.#devices.delete(devEui)) return false;
    this.#isChanged = true;
    this.flush();
    return true;
  }

  /** Writes what is not on disk yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isChanged) return;
    writeJsonAtomically(this.#path, [...this.#devices.values()]);
    this.#isChanged = false;
  }

  /** The map is in the order of the last sightings. */
  #dropOldest(): void {
    for (const devEui of this.#devices.keys()) {
      if (this.#devices.size <= KEPT) return;
      this.#devices.delete(devEui);
    }
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => this.#writeInBackground(), WRITE_DELAY).unref();
  }

  /** Nobody waits for this write: if it fails (disk full), the next sighting tries again. */
  #writeInBackground(): void {
    try {
      this.flush();
    } catch {
      this.#timer = undefined;
    }
  }
}

/** A damaged list is only a list of hints: it starts anew. */
function readList(path: string): UnknownDevice[] {
  let content: unknown;
  try {
    content = readJson(path);
  } catch {
    return [];
  }
  return Array.isArray(content) ? content.filter(isUnknownDevice) : [];
}

function isUnknownDevice(value: unknown): value is UnknownDevice {
  if (typeof value !== 'object' || value === null) return false;
  const { devEui, network, firstSeen, lastSeen, count } = value as Partial<UnknownDevice>;
  return (
    typeof devEui === 'string' &&
    typeof network === 'string' &&
    typeof firstSeen === 'string' &&
    typeof lastSeen === 'string' &&
    typeof count === 'number'
  );
}

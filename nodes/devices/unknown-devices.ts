import { readJson, writeJsonAtomically } from './atomic-file.ts';
import { type Identity, identitiesOf } from './identity.ts';

/** A device that sent something and that nobody registered: what its messages said of who it is, one thing at least. */
export interface UnknownDevice extends Identity {
  /** The network server or platform that delivered it, as its messages name it, or the transport. */
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

export interface Sighting extends Identity {
  network: string;
  /** ISO 8601 UTC. */
  time: string;
  topic?: string | undefined;
  fPort?: number | undefined;
  payloadHex?: string | undefined;
}

/** The first that there is of DevEUI, IMEI, IMSI, endpoint name and address: how a stranger is listed. */
export function nameOf(stranger: Identity): string {
  return identitiesOf(stranger)[0]?.[1] ?? '';
}

/** A neighbour's whole fleet may be in range; only the ones heard last are kept. */
const KEPT = 500;
/** A busy stranger must not cost a disk write per uplink. */
const WRITE_DELAY = 2000;

/** The devices heard on the air that nobody registered, in a file. */
export class UnknownDevices {
  readonly #path: string;
  readonly #isKnown: (identity: Identity) => boolean;
  /** By `nameOf`. */
  readonly #devices: Map<string, UnknownDevice>;
  #timer: NodeJS.Timeout | undefined;
  #isChanged = false;

  constructor(path: string, isKnown: (identity: Identity) => boolean) {
    this.#path = path;
    this.#isKnown = isKnown;
    this.#devices = new Map(readList(path).map((device) => [nameOf(device), device]));
  }

  seen(sighting: Sighting): void {
    const { network, time, topic, fPort, payloadHex } = sighting;
    const name = nameOf(sighting);
    const before = this.#devices.get(name);
    this.#devices.delete(name);
    this.#devices.set(name, {
      ...Object.fromEntries(identitiesOf(sighting)),
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
    return [...this.#devices.values()].filter((device) => !this.#isKnown(device)).reverse();
  }

  /** Takes a device off the list, by its `nameOf`, until it is heard again; false if it was not on it. */
  forget(name: string): boolean {
    if (!this.#devices.delete(name)) return false;
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
    for (const name of this.#devices.keys()) {
      if (this.#devices.size <= KEPT) return;
      this.#devices.delete(name);
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
  const { network, firstSeen, lastSeen, count, ...identity } = value as Partial<UnknownDevice>;
  return (
    typeof nameOf(identity) === 'string' &&
    nameOf(identity) !== '' &&
    typeof network === 'string' &&
    typeof firstSeen === 'string' &&
    typeof lastSeen === 'string' &&
    typeof count === 'number'
  );
}

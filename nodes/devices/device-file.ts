import { isArea } from '../observation/areas.ts';
import { ByflytError, ConfigurationError } from '../observation/errors.ts';
import { fileVersion, readJson, writeJsonAtomically } from './atomic-file.ts';
import type { Device } from './device.ts';
import { hasSoundIdentities } from './identity.ts';

/** How often at most the disk is asked whether the command line changed the file, ms. */
const LOOK_INTERVAL = 500;

/**
 * `devices.json`: read when it changed, replaced as a whole. A file that cannot be read is reported and left as it is.
 */
export class DeviceFile {
  /** Why the file cannot be used, if so. */
  problem: ConfigurationError | undefined;
  readonly #path: string;
  readonly #onRead: (devices: readonly Device[]) => void;
  #version: string | undefined;
  #wasRead = false;
  #nextLook = 0;

  constructor(path: string, onRead: (devices: readonly Device[]) => void) {
    this.#path = path;
    this.#onRead = onRead;
  }

  /** Before a read: looks for changes now and then. Throws the problem if nothing was ever readable. */
  readable(): void {
    if (performance.now() >= this.#nextLook) this.refresh();
    if (this.problem && !this.#wasRead) throw this.problem;
  }

  /** Before a change: looks for changes. Throws the problem, as a damaged file must not be overwritten. */
  writable(): void {
    this.refresh();
    if (this.problem) throw this.problem;
  }

  /** Throws ConfigurationError if a device could not be read back. */
  write(devices: readonly Device[]): void {
    const wrong = devices.find((device) => !isDevice(device));
    if (wrong) throw new ConfigurationError({ key: 'devices.error.deviceIncomplete', device: wrong.id });
    writeJsonAtomically(this.#path, { version: 1, devices });
    this.#version = fileVersion(this.#path);
    this.#onRead(devices);
  }

  /** Reads the file if it changed since the last time. */
  refresh(): void {
    this.#nextLook = performance.now() + LOOK_INTERVAL;
    const version = fileVersion(this.#path);
    if (version === this.#version) return;
    this.#version = version;
    try {
      const devices = devicesIn(readJson(this.#path), this.#path);
      this.problem = undefined;
      this.#wasRead = true;
      this.#onRead(devices);
    } catch (error) {
      if (!(error instanceof ByflytError)) throw error;
      this.problem = error;
    }
  }
}

function devicesIn(content: unknown, path: string): Device[] {
  if (content === undefined) return [];
  const { version, devices } = (content ?? {}) as { version?: unknown; devices?: unknown };
  if (version !== 1 || !Array.isArray(devices)) {
    throw new ConfigurationError({ key: 'devices.error.fileDamaged', parameters: { file: path } });
  }
  const wrong = devices.findIndex((device) => !isDevice(device));
  if (wrong >= 0) {
    throw new ConfigurationError({
      key: 'devices.error.fileEntryDamaged',
      parameters: { file: path, number: wrong + 1 },
    });
  }
  return devices;
}

/** The properties that the rest of the program relies on. */
function isDevice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, area, model, devAddr, ...identity } = value as Partial<Device>;
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof model === 'string' &&
    isArea(area) &&
    hasSoundIdentities(identity) &&
    (devAddr === undefined || /^[0-9a-f]{8}$/.test(devAddr))
  );
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** How far a device's feed has come. */
export interface Progress {
  /** Slot of frame counter 0. */
  first: number;
  /** Slot that comes next. */
  next: number;
}

/** The sandbox's memory over restarts, one small JSON file: the seed, and where each device stands. */
export class ProgressFile {
  readonly #path: string;
  readonly #devices: Record<string, Progress>;
  readonly seed: number;

  /** `freshSeed` is used if the file does not exist yet, or was damaged. */
  constructor(path: string, freshSeed: number) {
    this.#path = path;
    const known = read(path);
    this.seed = known?.seed ?? freshSeed;
    this.#devices = known?.devices ?? {};
  }

  of(deviceId: string): Progress | undefined {
    return this.#devices[deviceId];
  }

  save(deviceId: string, progress: Progress): void {
    this.#devices[deviceId] = progress;
    const next = `${this.#path}.new`;
    writeFileSync(next, `${JSON.stringify({ seed: this.seed, devices: this.#devices }, undefined, 2)}\n`);
    renameSync(next, this.#path);
  }
}

interface Content {
  seed: number;
  devices: Record<string, Progress>;
}

/** A sandbox that lost its place starts anew: nothing depends on it. */
function read(path: string): Content | undefined {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<Content>;
    return typeof content.seed === 'number' && typeof content.devices === 'object'
      ? { seed: content.seed, devices: content.devices }
      : undefined;
  } catch {
    return undefined;
  }
}

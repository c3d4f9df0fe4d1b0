import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What detectors have learned of one reading of a device. */
export interface Learned {
  device: string;
  /** ms since 1970 UTC. */
  time: number;
  /** By quantity. */
  values: Record<string, number>;
}

const FOLDER = 'anomaly';
/** A file has the samples of so long; it and the one before are kept, so that a state a minute old is made good. */
const PERIOD = 120_000;
/** Characters in a file at most, from one log: a flood may be forgotten, but must not fill the memory at the next start. */
const MOST = 32_000_000;
const FILE = /^learned-(\d+)\.log$/;
/** `<time> <quantity>=<value> ...|<device>` */
const LINE = /^(-?\d+(?:\.\d+)?)((?: \w+=[-+.e\d]+)+)\|(.+)$/;

/**
 * What detectors learned since they were saved last, one line per reading, in files of the data folder: detectors are
 * saved once a minute, and a process that is killed must not forget that minute. Lines are written at the end of the
 * turn of the event loop in which they come, without waiting for the disk: a power cut may cost some of them.
 */
export class LearnedLog {
  readonly #folder: string;
  #lines = '';
  /** Of the file written last. */
  #period = 0;
  #length = 0;

  /** `dataFolder`: absolute path. */
  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, FOLDER);
  }

  add({ device, time, values }: Learned): void {
    let pairs = '';
    for (const quantity in values) pairs += ` ${quantity}=${values[quantity]}`;
    if (pairs === '' || device.includes('\n')) return;
    if (this.#lines === '') setImmediate(() => this.#write());
    this.#lines += `${time}${pairs}|${device}\n`;
  }

  /** All readings of the files there are, in the order in which they were learned. */
  read(): Learned[] {
    return this.#files().flatMap((file) =>
      readFileSync(join(this.#folder, file), 'utf8')
        .split('\n')
        // The last line of a file was not ended if the process was.
        .slice(0, -1)
        .flatMap(learnedOf),
    );
  }

  /** To be called when every detector is saved. */
  clear(): void {
    for (const file of this.#files()) rmSync(join(this.#folder, file), { force: true });
  }

  /** Leaves out what devices sent (by id) that are gone. To be called while nothing learns. */
  forget(devices: ReadonlySet<string>): void {
    for (const file of this.#files()) {
      const path = join(this.#folder, file);
      const lines = readFileSync(path, 'utf8').split('\n');
      const kept = lines.filter((line) => !devices.has(line.slice(line.indexOf('|') + 1)));
      writeFileSync(path, kept.join('\n'));
    }
  }

  #write(): void {
    const lines = this.#lines;
    this.#lines = '';
    const period = Math.floor(Date.now() / PERIOD);
    const path = join(this.#folder, `learned-${period}.log`);
    try {
      if (period !== this.#period) this.#begin(period, path);
      this.#length += lines.length;
      if (this.#length <= MOST) appendFileSync(path, lines);
    } catch {
      // A disk that refuses is reported by those who lose something by it. Here a crash costs a minute of learning.
    }
  }

  #begin(period: number, path: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const file of this.#files()) {
      if (periodOf(file) < period - 1) rmSync(join(this.#folder, file), { force: true });
    }
    // Ends what a process before may have left without an end.
    appendFileSync(path, '\n');
    this.#period = period;
    this.#length = 0;
  }

  /** Names, oldest first. */
  #files(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return [];
    }
    return names.filter((name) => FILE.test(name)).sort((a, b) => periodOf(a) - periodOf(b));
  }
}

function periodOf(file: string): number {
  return Number(FILE.exec(file)?.[1]);
}

function learnedOf(line: string): Learned[] {
  const [, time, pairs, device] = LINE.exec(line) ?? [];
  if (device === undefined || pairs === undefined) return [];
  const values = pairs
    .trim()
    .split(' ')
    .map((pair) => {
      const [quantity = '', value] = pair.split('=');
      return [quantity, Number(value)] as const;
    });
  return [{ device, time: Number(time), values: Object.fromEntries(values) }];
}

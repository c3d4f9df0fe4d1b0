import { appendFileSync, mkdirSync } from 'node:fs';
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ByflytError } from '../nodes/observation/errors.ts';

/** A log entry as Node-RED hands it to a handler. */
export interface LogEntry {
  level: number;
  msg: unknown;
  type?: string;
  name?: string;
  id?: string;
  timestamp: number;
}

/** Node-RED's numbers for how bad an entry is. */
export const FATAL = 10;
export const ERROR = 20;
const LEVELS: Readonly<Record<number, string>> = {
  [FATAL]: 'fatal',
  [ERROR]: 'error',
  30: 'warn',
  40: 'info',
  50: 'debug',
};
const LARGEST_FILE = 5_000_000;

/**
 * A log in `<folder>/byflyt.log`; a file of 5 MB becomes `byflyt.1.log`, so that logs never fill the disk.
 * Lines that arrive while a write runs go out together with the next one.
 */
export class LogFile {
  readonly #folder: string;
  readonly path: string;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'byflyt.log');
  }

  write(entry: LogEntry): void {
    this.#waiting.push(line(entry));
    this.#writing ??= this.#drain();
  }

  /** On disk when it returns, with what waits: for a process that ends now. */
  writeNow(entry: LogEntry): void {
    const lines = [...this.#waiting, line(entry)];
    this.#waiting = [];
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      appendFileSync(this.path, lines.join(''), { mode: 0o600 });
    } catch (error) {
      console.error(String(error));
    }
  }

  /** Resolves when everything written so far is on disk. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        this.#waiting = [];
        await this.#rotate();
        await appendFile(this.path, lines.join(''), { mode: 0o600 });
      }
    } catch (error) {
      console.error(String(error));
    } finally {
      this.#writing = undefined;
    }
  }

  async #rotate(): Promise<void> {
    const size = await stat(this.path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > LARGEST_FILE) await rename(this.path, join(this.#folder, 'byflyt.1.log'));
  }
}

function line(entry: LogEntry): string {
  const source = entry.type ? `[${entry.type}:${entry.name ?? entry.id ?? ''}] ` : '';
  const text = entry.msg instanceof Error ? errorText(entry.msg) : asText(entry.msg);
  return `${new Date(entry.timestamp).toISOString()} ${LEVELS[entry.level] ?? entry.level} ${source}${text}\n`;
}

/** What people can mend says so itself; only for other errors the place in the program matters. */
function errorText(error: Error): string {
  return error.cause instanceof ByflytError ? error.message : (error.stack ?? error.message);
}

function asText(message: unknown): string {
  return typeof message === 'string' ? message : inspect(message, { depth: 3, breakLength: Infinity });
}

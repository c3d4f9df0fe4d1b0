import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../nodes/observation/errors.ts';

/**
 * Makes the data folder for its owner only, and finds out whether it can be written.
 * @throws ConfigurationError if it cannot.
 */
export function prepareDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    const trial = join(path, `.write-test-${process.pid}`);
    writeFileSync(trial, '');
    rmSync(trial);
  } catch (error) {
    throw new ConfigurationError({ key: 'app.error.data_folder', parameters: { path } }, { cause: error });
  }
}

/**
 * Content of a JSON file, undefined if there is none.
 * @throws ConfigurationError naming the file if it is not JSON.
 */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError({ key: 'app.error.file_broken', parameters: { path } }, { cause: error });
  }
}

/** Replaces a file as a whole (a crash leaves the old or the new one), readable for its owner only. */
export function writePrivateJson(path: string, content: unknown): void {
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

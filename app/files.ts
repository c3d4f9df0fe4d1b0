import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
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

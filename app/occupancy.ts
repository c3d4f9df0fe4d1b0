import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../nodes/observation/errors.ts';

/** Not the lock that the nodes take when they open the folder: the broker needs it before that. */
const LOCK = 'app.lock';

/**
 * Claims a data folder for this process. The claim is a database lock, which the operating system drops
 * with the process, however it ends.
 * @returns gives the folder free again
 * @throws ConfigurationError if another process has it
 */
export function occupy(dataFolder: string): () => void {
  const lock = new DatabaseSync(join(dataFolder, LOCK));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const parameters = { path: dataFolder };
    throw new ConfigurationError({ key: 'app.error.already_running', parameters }, { cause: error });
  }
  return () => lock.close();
}

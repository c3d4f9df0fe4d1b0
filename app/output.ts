import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { stdout } from 'node:process';
import { ConfigurationError } from '../nodes/observation/errors.ts';

/**
 * Writes a result to a file that only its owner can read (it may hold keys), or to the output.
 * @throws ConfigurationError if the file cannot be written
 */
export async function deliver(content: Buffer, path: string | undefined): Promise<void> {
  if (path === undefined) {
    if (!stdout.write(content)) await once(stdout, 'drain');
    return;
  }
  try {
    writeFileSync(path, content, { mode: 0o600 });
  } catch (error) {
    throw new ConfigurationError(
      { key: 'app.error.file_unwritable', parameters: { path } },
      { cause: error },
    );
  }
}

import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { stdout } from 'node:process';
import { ConfigurationError } from '../nodes/observation/errors.ts';

/** A result, or its pieces one after the other. */
type Content = Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * Writes a result to a file that only its owner can read (it may hold keys), or to the output; of one in pieces never
 * more than a piece is in memory. Nothing is made if the first piece cannot be had.
 * @throws ConfigurationError if the file cannot be written
 */
export async function deliver(content: Content, path: string | undefined): Promise<void> {
  const pieces = content instanceof Uint8Array ? [content] : await begun(content);
  if (path === undefined) {
    for await (const piece of pieces) if (!stdout.write(piece)) await once(stdout, 'drain');
    return;
  }
  const file = await writing(path, () => open(path, 'w', 0o600));
  try {
    for await (const piece of pieces) await writing(path, () => file.appendFile(piece));
  } finally {
    await file.close();
  }
}

/** The same pieces, of which the first is there. */
async function begun<T>(pieces: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = pieces[Symbol.asyncIterator]();
  let next = await iterator.next();
  return (async function* () {
    for (; !next.done; next = await iterator.next()) yield next.value;
  })();
}

async function writing<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new ConfigurationError({ key: 'app.error.file_unwritable', parameters: { path } }, { cause });
  }
}

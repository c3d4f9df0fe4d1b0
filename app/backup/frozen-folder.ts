import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { filesIn, isDatabase, isLogSegment, STAGES } from './contents.ts';

/** Pages of a database between two looks at how far it is. */
const PAGES_AT_ONCE = 10_000;
const PRIVATE_FOLDER = 0o700;
/** The owner's own permissions only. */
const OWNER = 0o700;

/** A file as it was at one moment, however it goes on. */
interface FrozenFile {
  /** Relative to the folder, with `/`. */
  path: string;
  bytes: number;
  copyTo(target: string): Promise<void>;
  release(): void;
}

/**
 * A data folder as it was at one moment, while Byflyt goes on writing it: databases by a read transaction that stays
 * open, logs by their length. Files that are replaced as a whole are taken as they are when they are copied.
 */
export class FrozenFolder {
  readonly files: readonly FrozenFile[];

  /** Takes no longer than a few ms. Throws what the file system or SQLite throws. */
  constructor(folder: string) {
    const files = new Map<string, FrozenFile>();
    try {
      for (const stage of STAGES) {
        for (const path of filesIn(folder, stage)) {
          if (!files.has(path)) files.set(path, frozen(folder, path));
        }
      }
    } catch (error) {
      for (const file of files.values()) file.release();
      throw error;
    }
    this.files = [...files.values()];
  }

  /** Lets Byflyt reuse the room in its databases. */
  release(): void {
    for (const file of this.files) file.release();
  }
}

function frozen(folder: string, path: string): FrozenFile {
  const source = join(folder, path);
  const { size, mode } = statSync(source);
  if (isDatabase(path)) return frozenDatabase(source, path, size);
  const bytes = isLogSegment(path) ? size : undefined;
  return {
    path,
    bytes: size,
    copyTo: (target) => copyDurably(source, target, { mode, ...(bytes !== undefined && { bytes }) }),
    release: () => undefined,
  };
}

/** The transaction holds on to this moment: later commits of others are not seen, and do not restart the copy. */
function frozenDatabase(source: string, path: string, bytes: number): FrozenFile {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 5000 });
  try {
    database.exec('BEGIN; SELECT count(*) FROM sqlite_schema;');
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    path,
    bytes,
    async copyTo(target) {
      await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
      // The package of nodes has this module too, and may run on a Node.js older than 22.16, which lacks `backup`.
      const { backup } = await import('node:sqlite');
      await backup(database, target, { rate: PAGES_AT_ONCE });
      const copy = new DatabaseSync(target);
      // One file, with nothing beside it.
      copy.exec('PRAGMA journal_mode = DELETE');
      copy.close();
      await finish(target, 0o600);
    },
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Copies a file, or its first `bytes`; it is on the disk when this resolves, and only its owner may use it. Makes the
 * folders that are missing.
 */
export async function copyDurably(
  source: string,
  target: string,
  { mode, bytes }: { mode: number; bytes?: number },
): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
  if (bytes === 0) await writeFile(target, '');
  else if (bytes === undefined) await copyFile(source, target);
  else await pipeline(createReadStream(source, { end: bytes - 1 }), createWriteStream(target));
  await finish(target, mode & OWNER);
}

async function finish(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

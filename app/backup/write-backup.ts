import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { writeJsonAtomically } from '../../nodes/devices/atomic-file.ts';
import { ByflytError, ConfigurationError, messageOf } from '../../nodes/observation/errors.ts';
import { countContents } from './content-counts.ts';
import { filesIn, isSecret } from './contents.ts';
import { FrozenFolder } from './frozen-folder.ts';
import { checksum, type Manifest, manifestPath, newManifest } from './manifest.ts';
import { removeSignIns } from './sign-ins.ts';

/** Attempts, in case retention removes a file between its freezing and its copy. */
const ATTEMPTS = 3;
const MEGABYTE = 1_000_000;

export interface BackupOptions {
  /** Data folder. */
  data: string;
  /** A folder that is empty or missing, outside the data folder. */
  target: string;
  /** Whether keys and passwords come along. */
  keys: boolean;
  /** Hears the share that is copied (0 to 1), and the file in work. */
  onProgress(share: number, path: string): void;
}

/**
 * Copies all that a data folder holds, as it was at one moment, while Byflyt may run; the manifest of the copy.
 * What it has written is removed if it fails.
 * @throws ConfigurationError if the target cannot be used
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const target = resolve(options.target);
  checkTarget(resolve(options.data), target);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptBackup({ ...options, target });
      } catch (error) {
        if (!isMissing(error) || attempt === ATTEMPTS) throw error;
        empty(target);
      }
    }
  } catch (error) {
    empty(target);
    throw error instanceof ByflytError ? error : failure(target, error);
  }
}

function checkTarget(data: string, target: string): void {
  const path = relative(data, target);
  if (path.split(sep)[0] !== '..' && !isAbsolute(path)) {
    throw new ConfigurationError({ key: 'app.error.backup_inside', parameters: { path: target } });
  }
  try {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    if (readdirSync(target).length === 0) return;
  } catch (error) {
    throw failure(target, error);
  }
  throw new ConfigurationError({ key: 'app.error.folder_not_empty', parameters: { path: target } });
}

async function attemptBackup({ data, target, keys, onProgress }: BackupOptions): Promise<Manifest> {
  const created = new Date().toISOString();
  const frozen = new FrozenFolder(data);
  try {
    const files = frozen.files.filter(({ path }) => keys || !isSecret(path));
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    await checkRoom(target, total);
    let done = 0;
    for (const { path, bytes, copyTo, release } of files) {
      onProgress(done / Math.max(total, 1), path);
      await copyTo(join(target, path));
      release();
      done += bytes;
    }
  } finally {
    frozen.release();
  }
  if (!keys) removeSignIns(join(target, 'settings.json'));
  return describe(target, { created, keys });
}

async function checkRoom(target: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(target);
  const free = bavail * bsize;
  if (free > bytes) return;
  const [needed, there] = [bytes, free].map((size) => Math.ceil(size / MEGABYTE));
  const parameters = { path: target, needed: needed ?? 0, free: there ?? 0 };
  throw new ConfigurationError({ key: 'app.error.no_room', parameters });
}

/** Counted first, because a look into a database may change its file. */
async function describe(target: string, facts: Pick<Manifest, 'created' | 'keys'>): Promise<Manifest> {
  const counts = await countContents(target);
  const files: Manifest['files'] = {};
  for (const path of filesIn(target, '')) files[path] = await checksum(join(target, path));
  const manifest = newManifest({ ...facts, counts, files });
  writeJsonAtomically(manifestPath(target), manifest);
  return manifest;
}

/** The folder itself stays: somebody may have made it for this. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function failure(path: string, cause: unknown): ConfigurationError {
  const parameters = { path, message: messageOf(cause) };
  return new ConfigurationError({ key: 'app.error.backup_failed', parameters }, { cause });
}

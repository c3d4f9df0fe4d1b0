import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ByflytError, ConfigurationError, messageOf } from '../../nodes/observation/errors.ts';
import { prepareDataFolder } from '../files.ts';
import { copyDurably } from './frozen-folder.ts';
import { checksum, damage, type Manifest, readManifest } from './manifest.ts';

/** Until all is there and right; then its content moves up. */
const STAGING = '.restoring';
/** Of the file system itself, on a disk that is the data folder. */
const NOT_OURS = 'lost+found';

export interface RestoreOptions {
  backup: string;
  /** A folder that is empty or missing. */
  data: string;
  /** Hears the share that is copied (0 to 1), and the file in work. */
  onProgress(share: number, path: string): void;
}

/**
 * Makes a data folder of a backup, all of it or nothing; the backup's manifest.
 * @throws ConfigurationError if the backup is not complete or damaged, or the folder not empty
 */
export async function restoreBackup({ backup, data, onProgress }: RestoreOptions): Promise<Manifest> {
  const [source, target] = [resolve(backup), resolve(data)];
  const manifest = readManifest(source);
  if (existsSync(target) && readdirSync(target).some((name) => name !== NOT_OURS)) {
    throw new ConfigurationError({ key: 'app.error.folder_not_empty', parameters: { path: target } });
  }
  prepareDataFolder(target);
  const staging = join(target, STAGING);
  try {
    await copyChecked(source, staging, manifest, onProgress);
    for (const name of readdirSync(staging)) renameSync(join(staging, name), join(target, name));
  } catch (error) {
    if (error instanceof ByflytError) throw error;
    const parameters = { path: target, message: messageOf(error) };
    throw new ConfigurationError({ key: 'app.error.restore_failed', parameters }, { cause: error });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return manifest;
}

/** What is compared is the copy: so it is right, wherever a bit was lost. */
async function copyChecked(
  backup: string,
  target: string,
  { files }: Manifest,
  onProgress: RestoreOptions['onProgress'],
): Promise<void> {
  const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const [path, { bytes, sha256 }] of Object.entries(files)) {
    onProgress(done / Math.max(total, 1), path);
    const stat = statSync(join(backup, path), { throwIfNoEntry: false });
    if (!stat?.isFile()) throw damage(backup, path);
    await copyDurably(join(backup, path), join(target, path), { mode: stat.mode });
    if ((await checksum(join(target, path))).sha256 !== sha256) throw damage(backup, path);
    done += bytes;
  }
}

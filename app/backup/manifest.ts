import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { versions } from 'node:process';
import { readJson } from '../../nodes/devices/atomic-file.ts';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import { packageRoot } from '../package-root.ts';
import type { ContentCounts } from './content-counts.ts';

const FORMAT = 'byflyt-backup';
const VERSION = 1;
const NAME = 'manifest.json';

/** What a backup says of itself, in `manifest.json`; written last, so that a backup without it is not complete. */
export interface Manifest {
  format: typeof FORMAT;
  version: typeof VERSION;
  /** ISO 8601 UTC: the moment that it shows. */
  created: string;
  /** Versions that made it. */
  byflyt: string;
  node: string;
  /** Whether keys and passwords are in it. */
  keys: boolean;
  counts: ContentCounts;
  /** By path relative to the data folder, with `/`; SHA-256 in hex. */
  files: Record<string, { bytes: number; sha256: string }>;
}

/** A manifest of this Byflyt. */
export function newManifest(facts: Pick<Manifest, 'created' | 'keys' | 'counts' | 'files'>): Manifest {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return { format: FORMAT, version: VERSION, byflyt: version, node: versions.node, ...facts };
}

export function manifestPath(backup: string): string {
  return join(backup, NAME);
}

/** @throws ConfigurationError if the folder is no complete backup, or one of a newer Byflyt */
export function readManifest(backup: string): Manifest {
  const manifest = readJson(manifestPath(backup)) as Partial<Manifest> | undefined;
  if (manifest?.format !== FORMAT || !manifest.files || !manifest.counts)
    throw refusal('app.error.no_backup', backup);
  if (manifest.version !== VERSION) throw refusal('app.error.backup_newer', backup);
  // A path must not lead out of the folder that is restored to.
  const strange = Object.keys(manifest.files).find((path) => normalize(`/${path}`) !== `/${path}`);
  if (strange !== undefined) throw damage(backup, strange);
  return manifest as Manifest;
}

/** Size and SHA-256 (hex) of a file. */
export async function checksum(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The error for a file that is not there, or not as the manifest says. */
export function damage(path: string, file: string): ConfigurationError {
  return new ConfigurationError({ key: 'app.error.backup_damaged', parameters: { path, file } });
}

function refusal(key: string, path: string): ConfigurationError {
  return new ConfigurationError({ key, parameters: { path } });
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Parts of a data folder in the order in which they are taken; the last one is all the rest. What is taken later may
 * be newer, never older: a log newer than its checkpoint is read on at the start, and what the broker still keeps or
 * an outbox still holds is delivered once more, which is harmless. The other way round would lose it.
 */
export const STAGES = ['byflyt.db', 'broker/journal.db', 'broker', 'log', ''] as const;

/** Of the running process, and gone again minutes later; and sign-ins that are open, which are worth as much as a password. */
const LEFT_OUT = [
  /^(running|app\.lock)/,
  /^anomaly\/learned-/,
  /^logs\//,
  /^node-red\/\.sessions\.json$/,
  /-(wal|shm|journal)$/,
  /\.(tmp|\$\$\$)$/,
];

/** Keys and passwords, and what opens them. */
const SECRET = [
  /^secrets\.json$/,
  /^users\.json$/,
  /^devices\.(keys|sessions)\.json$/,
  /^node-red\/\.?flows.*_cred\.json/,
  /^node-red\/\.config\.runtime\.json/,
];

/** True for files that hold nothing but keys and passwords. `path` is relative to the data folder. */
export function isSecret(path: string): boolean {
  return SECRET.some((pattern) => pattern.test(path));
}

/** True for the segments of a log, to which a running Byflyt only ever appends. */
export function isLogSegment(path: string): boolean {
  return /^(broker\/)?log\/[^/]+\.log$/.test(path);
}

/** True for SQLite files, which must not be copied while somebody writes them. */
export function isDatabase(path: string): boolean {
  return path.endsWith('.db') && !path.startsWith('node-red/');
}

/**
 * Paths of the files that a backup has of a part of a data folder, relative to that folder, with `/`. Links count as
 * what they lead to: a data folder may lie on two disks.
 */
export function filesIn(dataFolder: string, part: string): string[] {
  const stat = statSync(join(dataFolder, part), { throwIfNoEntry: false });
  if (stat === undefined || LEFT_OUT.some((pattern) => pattern.test(part))) return [];
  if (stat.isFile()) return [part];
  if (!stat.isDirectory()) return [];
  const names = readdirSync(join(dataFolder, part)).sort();
  return names.flatMap((name) => filesIn(dataFolder, part === '' ? name : `${part}/${name}`));
}

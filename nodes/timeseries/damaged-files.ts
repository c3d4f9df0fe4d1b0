/** Damaged database files: put aside under a name of their own, never deleted, with a note while there is work left. */
import { existsSync, globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Beside a file whose content is not all in the new one, as far as it can be had. */
const TO_DO = '.to-salvage';

/**
 * Moves a database file and its log (`-wal`) to `<path>.damaged-<time>`, `now` in ms since 1970. Gives the new path.
 * Throws what the file system throws.
 */
export function putAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let aside = `${path}.damaged-${time}`;
  for (let next = 2; existsSync(aside); next++) aside = `${path}.damaged-${time}-${next}`;
  // First the note: whatever happens next, it is known what is still to do.
  writeFileSync(`${aside}${TO_DO}`, '');
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  renameSync(path, aside);
  rmSync(`${path}-shm`, { force: true });
  return aside;
}

/** The files put aside that there is work left with. */
export function toSalvage(path: string): string[] {
  const notes = globSync(`${basename(path)}.damaged-*${TO_DO}`, { cwd: dirname(path) });
  return notes
    .map((note) => join(dirname(path), note.slice(0, -TO_DO.length)))
    .filter((aside) => existsSync(aside));
}

/** Nothing is left to do about a file put aside. */
export function isSettled(aside: string): void {
  for (const ending of [TO_DO, '-shm']) rmSync(`${aside}${ending}`, { force: true });
}

/** Damaged database files: put aside under a name of their own, never deleted, with a note while there is work left. */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** In the name of a damaged file, and of the note beside it while its content is not all in the new one. */
const DAMAGED = '.damaged-';
const TO_SALVAGE = '.to-salvage-';

/**
 * Moves a database file and its log (`-wal`) to `<path>.damaged-<time>`, `now` in ms since 1970. Gives the new path.
 * Throws what the file system throws.
 */
export function putAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let name = time;
  for (let next = 2; existsSync(`${path}${DAMAGED}${name}`); next++) name = `${time}-${next}`;
  const aside = `${path}${DAMAGED}${name}`;
  // First the note: whatever happens next, it is known what is still to do.
  writeFileSync(`${path}${TO_SALVAGE}${name}`, '');
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  renameSync(path, aside);
  rmSync(`${path}-shm`, { force: true });
  return aside;
}

/** The files put aside that there is work left with. */
export function toSalvage(path: string): string[] {
  const start = `${basename(path)}${TO_SALVAGE}`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start))
    .map((name) => `${path}${DAMAGED}${name.slice(start.length)}`)
    .filter((aside) => existsSync(aside));
}

/** Nothing is left to do about the file put aside as `aside`. */
export function isSettled(path: string, aside: string): void {
  rmSync(aside.replace(`${path}${DAMAGED}`, `${path}${TO_SALVAGE}`), { force: true });
  rmSync(`${aside}-shm`, { force: true });
}

/** Damaged database files: put aside under a name of their own, never deleted, with a note while there is work left. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DAMAGED, putAside } from '../persistence/put-aside.ts';

/** In the name of the note beside a damaged file while its content is not all in the new one. */
const TO_SALVAGE = '.to-salvage-';

/** Puts a damaged file aside, and notes first that there is work left with it. Gives its new path. */
export function putAsideToSalvage(path: string, now: number): string {
  return putAside(path, now, (name) => writeFileSync(`${path}${TO_SALVAGE}${name}`, ''));
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

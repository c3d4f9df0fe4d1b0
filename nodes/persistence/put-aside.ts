import { existsSync, renameSync, rmSync } from 'node:fs';

/** In the name of a damaged file, which nobody deletes but people. */
export const DAMAGED = '.damaged-';

/**
 * Moves a damaged SQLite file and its log (`-wal`) to `<path>.damaged-<time>`, `now` in ms since 1970. Gives the new
 * path. `before` hears what stands for `<time>`, before anything is moved. Throws what the file system throws.
 */
export function putAside(path: string, now: number, before?: (name: string) => void): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let name = time;
  for (let next = 2; existsSync(`${path}${DAMAGED}${name}`); next++) name = `${time}-${next}`;
  const aside = `${path}${DAMAGED}${name}`;
  before?.(name);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  renameSync(path, aside);
  rmSync(`${path}-shm`, { force: true });
  return aside;
}

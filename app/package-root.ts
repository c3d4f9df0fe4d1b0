import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of this package's package.json, from the sources (`app/`) and from the build (`dist/app/`) alike. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

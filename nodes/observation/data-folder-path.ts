import { join, resolve } from 'node:path';

/** Absolute path of the data folder that Node-RED's settings name: `byflyt.dataFolder`, else `byflyt` in the user folder. */
export function dataFolderPath(settings: object): string {
  const { byflyt, userDir } = settings as { userDir?: string; byflyt?: { dataFolder?: string } };
  return resolve(byflyt?.dataFolder ?? join(userDir ?? '.', 'byflyt'));
}

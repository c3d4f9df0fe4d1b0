import { stderr } from 'node:process';
import { translate } from '../../nodes/observation/messages.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { summaryOf } from '../backup/summary.ts';
import type { Command } from '../command.ts';
import { print } from '../lines.ts';
import { ProgressLine } from '../progress-line.ts';
import { dataFolderOf } from '../settings.ts';

/** `byflyt restore`: a data folder from a backup. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: ['folder'],
  async run({ environment, language, values: [backup = ''] }) {
    const data = dataFolderOf(environment);
    const line = new ProgressLine(stderr);
    const onProgress = (share: number, path: string) => line.show(share, () => path);
    const manifest = await restoreBackup({ backup, data, onProgress });
    line.clear();
    const summary = summaryOf(manifest, language);
    await print(translate(language, 'app.restore.done', { path: data, time: manifest.created, summary }));
    if (!manifest.keys) await print(translate(language, 'app.restore.without_keys'));
    await print(translate(language, 'app.restore.one_only'));
    return true;
  },
};

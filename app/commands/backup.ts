import { stderr } from 'node:process';
import { translate } from '../../nodes/observation/messages.ts';
import { summaryOf } from '../backup/summary.ts';
import { writeBackup } from '../backup/write-backup.ts';
import type { Command } from '../command.ts';
import { wholeByflyt } from '../data-registry.ts';
import { DeployedFlows } from '../deployed-flows.ts';
import { print } from '../lines.ts';
import { ProgressLine } from '../progress-line.ts';
import { readSettings } from '../settings.ts';

/** `byflyt backup`: all that the data folder holds, as it is at one moment, in a folder with a manifest. */
export const command: Command = {
  options: { values: ['data'], flags: ['without-keys'] },
  required: ['folder'],
  async run({ environment, language, values: [target = ''], flag }) {
    const data = wholeByflyt(environment, 'backup');
    const keys = !flag('without-keys');
    const line = new ProgressLine(stderr);
    const onProgress = (share: number, path: string) => line.show(share, () => path);
    const manifest = await writeBackup({ data, target, keys, onProgress });
    line.clear();
    await print(
      translate(language, 'app.backup.done', { path: target, summary: summaryOf(manifest, language) }),
    );
    await print(translate(language, keys ? 'app.backup.with_keys' : 'app.backup.without_keys'));
    if (new DeployedFlows(data, readSettings(environment)).usesServer) {
      await print(translate(language, 'app.backup.server'));
    }
    return true;
  },
};

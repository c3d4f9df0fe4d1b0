import { ModelCatalog } from '../../nodes/codec/models.ts';
import { type CodecLine, runCodecLine } from '../../nodes/codec/run.ts';
import { Sandbox } from '../../nodes/codec/sandbox.ts';
import type { Command } from '../command.ts';
import { answerJsonLines } from '../lines.ts';
import { dataFolderOf } from '../settings.ts';

/** `byflyt codec run`: one direction of a codec per line, in the nodes' sandbox. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: [],
  async run({ language, environment }) {
    const context = { language, models: ModelCatalog.open(dataFolderOf(environment)) };
    const well = await answerJsonLines(language, async (line) => [
      await runCodecLine((line ?? {}) as CodecLine, context),
    ]);
    await Sandbox.shared().close();
    return well;
  },
};

import { ModelCatalog } from '../../nodes/codec/models.ts';
import { Sandbox } from '../../nodes/codec/sandbox.ts';
import { openRegistry } from '../../nodes/devices/registry.ts';
import { decodeLine } from '../../nodes/lorawan/decode-line.ts';
import { decodeNbiotLine, nbiotFormat } from '../../nodes/nbiot/decode-line.ts';
import type { Call, Command } from '../command.ts';
import { answerJsonLines } from '../lines.ts';
import { dataFolderOf } from '../settings.ts';

/** `byflyt decode`: messages of network servers and NB-IoT devices -> Observations. Knows registered devices if `--data` is given. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: [],
  async run(call) {
    const { language } = call;
    const context = {
      language,
      models: ModelCatalog.open(dataFolderOf(call.environment)),
      ...registryOf(call),
    };
    const well = await answerJsonLines(language, async (line) => {
      const format = nbiotFormat(line);
      return format === undefined ? decodeLine(line, context) : decodeNbiotLine(line, format, context);
    });
    await Sandbox.shared().close();
    return well;
  },
};

/** Devices only, so no secret is needed. */
function registryOf(call: Call): { registry?: ReturnType<typeof openRegistry> } {
  return call.option('data') === undefined
    ? {}
    : { registry: openRegistry(dataFolderOf(call.environment), '') };
}

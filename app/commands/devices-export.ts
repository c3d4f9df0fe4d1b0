import { exportDevices } from '../../nodes/devices/admin.ts';
import type { Command } from '../command.ts';
import { existingRegistry } from '../data-registry.ts';
import { deliver } from '../output.ts';

/** `byflyt devices export`: the registry as CSV; keys only with `--with-keys`. */
export const command: Command = {
  options: { values: ['data', 'out'], flags: ['with-keys'] },
  required: [],
  async run({ environment, language, flag, option }) {
    const csv = exportDevices(existingRegistry(environment), flag('with-keys'), language);
    await deliver(Buffer.from(csv), option('out'));
    return true;
  },
};

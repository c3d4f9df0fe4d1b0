import type { Command } from '../command.ts';
import { existingRegistry } from '../data-registry.ts';
import { print } from '../lines.ts';

/** `byflyt devices list`: a JSON line per device, without keys. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: [],
  async run({ environment }) {
    for (const device of existingRegistry(environment).list()) await print(JSON.stringify(device));
    return true;
  },
};

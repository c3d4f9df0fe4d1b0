import { existsSync } from 'node:fs';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import { translate } from '../../nodes/observation/messages.ts';
import type { Call, Command } from '../command.ts';
import { existingDataFolder } from '../data-registry.ts';
import { print } from '../lines.ts';
import { secretsPath } from '../secrets.ts';
import { FIRST_USER, resetPassword } from '../users.ts';

/** `byflyt user reset`: a new password for a user, shown once. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: [],
  optional: 1,
  async run({ environment, language, values: [user = FIRST_USER] }) {
    const password = await resetPassword(wholeByflyt(environment), user);
    await print(translate(language, 'app.user.reset', { user, password }));
    return true;
  },
};

/** The data folder, if it is one with a sign-in of its own: the nodes in somebody's own Node-RED have that one's. */
function wholeByflyt(environment: Call['environment']): string {
  const folder = existingDataFolder(environment);
  if (existsSync(secretsPath(folder))) return folder;
  const parameters = { command: 'user reset' };
  throw new ConfigurationError({ key: 'app.error.command_elsewhere', parameters });
}

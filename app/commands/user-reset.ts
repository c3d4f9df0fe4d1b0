import { translate } from '../../nodes/observation/messages.ts';
import type { Command } from '../command.ts';
import { wholeByflyt } from '../data-registry.ts';
import { print } from '../lines.ts';
import { FIRST_USER, resetPassword } from '../users.ts';

/** `byflyt user reset`: a new password for a user, shown once. */
export const command: Command = {
  options: { values: ['data'], flags: [] },
  required: [],
  optional: 1,
  async run({ environment, language, values: [user = FIRST_USER] }) {
    const password = await resetPassword(wholeByflyt(environment, 'user reset'), user);
    await print(translate(language, 'app.user.reset', { user, password }));
    return true;
  },
};

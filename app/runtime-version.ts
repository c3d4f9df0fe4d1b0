import { ConfigurationError } from '../nodes/observation/errors.ts';

/** The oldest Node.js with an SQLite that needs no flag. */
const OLDEST = [22, 13] as const;

/**
 * @param version of Node.js, for example `24.1.0`
 * @throws ConfigurationError if it is too old
 */
export function checkRuntime(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  const parameters = { version, oldest: OLDEST.join('.') };
  throw new ConfigurationError({ key: 'app.error.runtime_old', parameters });
}

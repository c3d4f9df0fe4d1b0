import { existsSync } from 'node:fs';
import { type DeviceRegistry, openRegistry } from '../nodes/devices/registry.ts';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { loadSecrets, secretsPath } from './secrets.ts';
import { dataFolderOf } from './settings.ts';

/**
 * The data folder that the environment names.
 * @throws ConfigurationError if no Byflyt was ever started with it: rather than make one at a mistyped path.
 */
export function existingDataFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const path = dataFolderOf(environment);
  if (existsSync(secretsPath(path))) return path;
  throw new ConfigurationError({ key: 'app.error.no_data', parameters: { path } });
}

/** The device registry of that data folder. */
export function existingRegistry(environment: Readonly<Record<string, string | undefined>>): DeviceRegistry {
  const path = existingDataFolder(environment);
  return openRegistry(path, loadSecrets(path).credentialSecret);
}

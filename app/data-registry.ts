import { existsSync } from 'node:fs';
import { type DeviceRegistry, openRegistry } from '../nodes/devices/registry.ts';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { prepareDataFolder } from './files.ts';
import { type Installation, installationAt } from './installation.ts';
import { loadSecrets, secretsPath } from './secrets.ts';
import { dataFolderOf, type Environment } from './settings.ts';

/**
 * The data folder that the environment names.
 * @throws ConfigurationError if no Byflyt was ever started with it: rather than make one at a mistyped path.
 */
export function existingDataFolder(environment: Environment): string {
  const path = dataFolderOf(environment);
  existingInstallation(path);
  return path;
}

/** The Byflyt that uses this data folder. Throws as `existingDataFolder` does. */
export function existingInstallation(path: string): Installation {
  const installation = installationAt(path);
  if (installation) return installation;
  throw new ConfigurationError({ key: 'app.error.no_data', parameters: { path } });
}

/**
 * The data folder that the environment names, of a whole Byflyt: the nodes in somebody's own Node-RED have the sign-in,
 * the flows and the backup of that one.
 * @throws ConfigurationError if it is none
 */
export function wholeByflyt(environment: Environment, command: string): string {
  const folder = existingDataFolder(environment);
  if (existsSync(secretsPath(folder))) return folder;
  throw new ConfigurationError({ key: 'app.error.command_elsewhere', parameters: { command } });
}

/** The device registry of that data folder. */
export function existingRegistry(environment: Environment): DeviceRegistry {
  const path = dataFolderOf(environment);
  return openRegistry(path, existingInstallation(path).credentialSecret);
}

/**
 * As `existingRegistry`, but a folder that somebody named is made ready, so that a script can register devices before
 * the first start.
 */
export function preparedRegistry(environment: Environment): DeviceRegistry {
  const path = dataFolderOf(environment);
  if (!environment.BYFLYT_DATA || installationAt(path)) return existingRegistry(environment);
  prepareDataFolder(path);
  return openRegistry(path, loadSecrets(path).credentialSecret);
}

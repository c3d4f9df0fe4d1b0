import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson } from '../nodes/devices/atomic-file.ts';
import { loadSecrets, secretsPath } from './secrets.ts';

/** Who uses a data folder, and what commands need to know of it. */
export interface Installation {
  /** Encrypts device keys; empty if only Node-RED's own settings file knows it. */
  credentialSecret: string;
  flowFile: string;
}

/**
 * The Byflyt of a data folder: a whole one keeps Node-RED inside it; the nodes in somebody's own Node-RED have it as
 * `byflyt` in the user folder. Undefined if it belongs to neither.
 * @throws ConfigurationError if a file is broken
 */
export function installationAt(dataFolder: string): Installation | undefined {
  if (existsSync(secretsPath(dataFolder))) {
    const { credentialSecret } = loadSecrets(dataFolder);
    return { credentialSecret, flowFile: join(dataFolder, 'node-red/flows.json') };
  }
  return existsSync(dataFolder) ? ownNodeRed(dirname(dataFolder)) : undefined;
}

/** Without a secret in its settings, Node-RED generates one and keeps it beside its flows. */
function ownNodeRed(userFolder: string): Installation | undefined {
  const runtime = readJson(join(userFolder, '.config.runtime.json'));
  if (typeof runtime !== 'object' || runtime === null) return undefined;
  const { _credentialSecret: generated } = runtime as { _credentialSecret?: unknown };
  const [flowFile = 'flows.json'] = globSync('flows*.json', {
    cwd: userFolder,
    exclude: (name) => name.endsWith('_cred.json'),
  });
  return {
    credentialSecret: typeof generated === 'string' ? generated : '',
    flowFile: join(userFolder, flowFile),
  };
}

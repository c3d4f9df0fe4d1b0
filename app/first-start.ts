import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareDataFolder } from './files.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { composeFlows } from './shipped-flows.ts';

/** What a start needs to know about its data folder. */
export interface Preparation {
  secrets: Secrets;
  /** Node-RED's own folder. */
  userDir: string;
}

/**
 * Makes whatever the data folder lacks: secrets, Node-RED's folder with the prebuilt flows.
 * What is there stays as it is.
 * @throws ConfigurationError if the folder cannot be written or one of its files is broken.
 */
export function prepare(dataFolder: string): Preparation {
  prepareDataFolder(dataFolder);
  const userDir = join(dataFolder, 'node-red');
  mkdirSync(userDir, { recursive: true, mode: 0o700 });
  const secrets = loadSecrets(dataFolder);
  const flowFile = join(userDir, 'flows.json');
  if (!existsSync(flowFile))
    writeFileSync(flowFile, JSON.stringify(composeFlows(), undefined, 4), { mode: 0o600 });
  return { secrets, userDir };
}

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomically } from '../nodes/devices/atomic-file.ts';
import type { Language } from '../nodes/observation/messages.ts';
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
 * What is there stays as it is. `language` is that of the flows' own texts (labels, descriptions).
 * @throws ConfigurationError if the folder cannot be written or one of its files is broken.
 */
export function prepare(dataFolder: string, language: Language): Preparation {
  prepareDataFolder(dataFolder);
  const userDir = join(dataFolder, 'node-red');
  mkdirSync(userDir, { recursive: true, mode: 0o700 });
  const secrets = loadSecrets(dataFolder);
  const flowFile = join(userDir, 'flows.json');
  if (!existsSync(flowFile)) writeJsonAtomically(flowFile, composeFlows(language));
  return { secrets, userDir };
}

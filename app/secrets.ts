import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { readJson, writeJsonAtomically } from '../nodes/devices/atomic-file.ts';

/** What Byflyt generated for itself at the first start; kept in `<data folder>/secrets.json`, mode 0600. */
export interface Secrets {
  /** Encrypts Node-RED's credentials and the device keys. */
  credentialSecret: string;
  /** Sign-in of the embedded broker when it is open to the network. */
  brokerPassword: string;
}

/** User name that goes with `brokerPassword`. */
export const BROKER_USER = 'byflyt';

/** The secrets of this data folder, generated if there are none yet. */
export function loadSecrets(dataFolder: string): Secrets {
  const path = secretsPath(dataFolder);
  const known = readJson(path) as Partial<Secrets> | undefined;
  if (known?.credentialSecret && known.brokerPassword) {
    return { credentialSecret: known.credentialSecret, brokerPassword: known.brokerPassword };
  }
  const secrets: Secrets = {
    credentialSecret: known?.credentialSecret ?? randomBytes(32).toString('hex'),
    brokerPassword: known?.brokerPassword ?? generatePassword(),
  };
  writeJsonAtomically(path, secrets);
  return secrets;
}

export function secretsPath(dataFolder: string): string {
  return join(dataFolder, 'secrets.json');
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A password that can be read aloud: four groups of four without look-alike characters, 80 bits. */
export function generatePassword(): string {
  const group = (): string => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

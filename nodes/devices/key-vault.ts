import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { ByflytError, ConfigurationError } from '../observation/errors.ts';
import { fileVersion, readJson, writeJsonAtomically } from './atomic-file.ts';
import type { DeviceKeys } from './device.ts';

/** AES-256-GCM of a JSON text; all three in base64. The device id is authenticated with it. */
interface Sealed {
  nonce: string;
  tag: string;
  text: string;
}

interface VaultFile {
  version: 1;
  /** Salt of the key derivation, base64. */
  salt: string;
  /** A known text: tells a wrong secret from a damaged entry. */
  check: Sealed;
  keys: Record<string, Sealed>;
}

const CIPHER = 'aes-256-gcm';
const CHECK_TEXT = 'byflyt device keys';
/** Not a possible device id, so no entry can take its place. */
const CHECK_NAME = '*check*';

/**
 * Device keys in a file of their own, each encrypted with a key derived (scrypt, RFC 7914) from Node-RED's credential
 * secret. Throws ConfigurationError if there is no secret, the secret is another one than before, or the file is damaged.
 */
export class KeyVault {
  readonly #path: string;
  readonly #secret: string;
  #file: VaultFile | undefined;
  #version = '';
  #derived: { salt: string; key: Buffer } | undefined;
  readonly #opened = new Map<string, DeviceKeys>();

  constructor(path: string, secret: string) {
    this.#path = path;
    this.#secret = secret;
  }

  get(deviceId: string): DeviceKeys | undefined {
    const file = this.#read();
    const sealed = file && entryOf(file, deviceId);
    if (!file || !sealed) return undefined;
    let keys = this.#opened.get(deviceId);
    if (!keys) {
      keys = JSON.parse(this.#open(file, sealed, deviceId)) as DeviceKeys;
      this.#opened.set(deviceId, keys);
    }
    return { ...keys };
  }

  /** Replaces the keys of these devices, in one write; empty keys or `undefined` remove them. */
  set(changes: ReadonlyMap<string, DeviceKeys | undefined>): void {
    const current = this.#read();
    if (!current && ![...changes.values()].some(hasKeys)) return;
    const file = current ?? this.#create();
    const keys = { ...file.keys };
    for (const [deviceId, deviceKeys] of changes) {
      if (hasKeys(deviceKeys)) keys[deviceId] = this.#seal(file, JSON.stringify(deviceKeys), deviceId);
      else delete keys[deviceId];
    }
    writeJsonAtomically(this.#path, { ...file, keys });
  }

  #read(): VaultFile | undefined {
    const version = fileVersion(this.#path);
    if (version === this.#version) return this.#file;
    const content = readJson(this.#path);
    const file = content === undefined ? undefined : this.#verified(content);
    this.#opened.clear();
    this.#file = file;
    this.#version = version;
    return file;
  }

  #verified(content: unknown): VaultFile {
    if (!isVaultFile(content)) throw this.#damaged();
    try {
      this.#open(content, content.check, CHECK_NAME);
    } catch (error) {
      if (error instanceof ByflytError && error.key !== 'devices.error.keysDamaged') throw error;
      throw new ConfigurationError(
        { key: 'devices.error.wrongSecret', parameters: { file: this.#path } },
        { cause: error },
      );
    }
    return content;
  }

  #create(): VaultFile {
    const salt = randomBytes(16).toString('base64');
    return { version: 1, salt, check: this.#seal({ salt }, CHECK_TEXT, CHECK_NAME), keys: {} };
  }

  #seal({ salt }: { salt: string }, text: string, name: string): Sealed {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(CIPHER, this.#keyFor(salt), nonce).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return {
      nonce: nonce.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      text: sealed.toString('base64'),
    };
  }

  #open({ salt }: { salt: string }, sealed: Sealed, name: string): string {
    const key = this.#keyFor(salt);
    try {
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(sealed.nonce, 'base64'), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(name))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      return decipher.update(sealed.text, 'base64', 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw this.#damaged(error);
    }
  }

  #damaged(cause?: unknown): ConfigurationError {
    return new ConfigurationError(
      { key: 'devices.error.keysDamaged', parameters: { file: this.#path } },
      { cause },
    );
  }

  /** Derived once per salt: scrypt is slow on purpose. */
  #keyFor(salt: string): Buffer {
    if (this.#secret === '') throw new ConfigurationError({ key: 'devices.error.noSecret' });
    if (this.#derived?.salt !== salt) {
      this.#derived = { salt, key: scryptSync(this.#secret, Buffer.from(salt, 'base64'), 32) };
    }
    return this.#derived.key;
  }
}

function hasKeys(keys: DeviceKeys | undefined): keys is DeviceKeys {
  return keys !== undefined && Object.keys(keys).length > 0;
}

function entryOf(file: VaultFile, deviceId: string): Sealed | undefined {
  return Object.hasOwn(file.keys, deviceId) ? file.keys[deviceId] : undefined;
}

function isVaultFile(content: unknown): content is VaultFile {
  if (typeof content !== 'object' || content === null) return false;
  const { version, salt, check, keys } = content as Partial<VaultFile>;
  return (
    version === 1 &&
    typeof salt === 'string' &&
    isSealed(check) &&
    typeof keys === 'object' &&
    Object.values(keys ?? {}).every(isSealed)
  );
}

function isSealed(value: unknown): value is Sealed {
  if (typeof value !== 'object' || value === null) return false;
  const { nonce, tag, text } = value as Partial<Sealed>;
  return typeof nonce === 'string' && typeof tag === 'string' && typeof text === 'string';
}

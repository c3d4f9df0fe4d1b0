import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { ByflytError, ConfigurationError } from '../observation/errors.ts';
import { fileVersion, readJson, writeJsonAtomically } from './atomic-file.ts';

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
 * Secrets of devices (keys; sessions of joined devices) in a file of their own, each device's encrypted with a key derived
 * (scrypt, RFC 7914) from Node-RED's credential secret. Throws ConfigurationError if there is no secret, the secret is
 * another one than before, or the file is damaged.
 */
export class KeyVault<Secrets extends object> {
  readonly #path: string;
  readonly #secret: string;
  #file: VaultFile | undefined;
  #version = '';
  #derived: { salt: string; key: Buffer } | undefined;
  readonly #opened = new Map<string, Secrets>();

  constructor(path: string, secret: string) {
    this.#path = path;
    this.#secret = secret;
  }

  /** Ids of the devices whose secrets are here. */
  ids(): string[] {
    return Object.keys(this.#read()?.keys ?? {});
  }

  /** Changes whenever the file does. */
  version(): string {
    this.#read();
    return this.#version;
  }

  get(deviceId: string): Secrets | undefined {
    const file = this.#read();
    const sealed = file && entryOf(file, deviceId);
    if (!file || !sealed) return undefined;
    let keys = this.#opened.get(deviceId);
    if (!keys) {
      keys = JSON.parse(this.#open(file, sealed, deviceId)) as Secrets;
      this.#opened.set(deviceId, keys);
    }
    return { ...keys };
  }

  /** Replaces the secrets of these devices, in one write; an empty object or `undefined` removes them. */
  set(changes: ReadonlyMap<string, Secrets | undefined>): void {
    const current = this.#read();
    if (!current && ![...changes.values()].some(isPresent)) return;
    const file = current ?? this.#create();
    const keys = { ...file.keys };
    for (const [deviceId, secrets] of changes) {
      if (isPresent(secrets)) keys[deviceId] = this.#seal(file, JSON.stringify(secrets), deviceId);
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

function isPresent(secrets: object | undefined): secrets is object {
  return secrets !== undefined && Object.keys(secrets).length > 0;
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

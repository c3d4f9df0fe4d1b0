import { type Cipheriv, createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK = 16;
const ZERO = Buffer.alloc(BLOCK);

/** What CMAC needs of a key: its chain, and what the last block is combined with. */
interface Signing {
  cipher: Cipheriv;
  /** The last block that the chain gave; the next block it takes is combined with this one. */
  chained: Buffer;
  whole: Buffer;
  padded: Buffer;
}

/**
 * AES-128 under one key. Setting a cipher up costs more than encrypting a frame, so each is set up once, when it is first
 * needed: ECB keeps nothing from call to call, and the CBC chain is brought back to its start by what it gave last.
 */
export class AesKey {
  readonly #key: Buffer;
  #ecb: Cipheriv | undefined;
  #signing: Signing | undefined;

  /** `key`: 16 bytes. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Whole blocks of 16 bytes, each by itself (ECB). */
  encrypt(blocks: Buffer): Buffer {
    this.#ecb ??= cipherOf('aes-128-ecb', this.#key, null);
    return this.#ecb.update(blocks);
  }

  /** The opposite of `encrypt`. */
  decrypt(blocks: Buffer): Buffer {
    return createDecipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false).update(blocks);
  }

  /** AES-CMAC (RFC 4493), 16 bytes. */
  cmac(message: Buffer): Buffer {
    this.#signing ??= signingOf(this.#key);
    const signing = this.#signing;
    const { length } = message;
    const isWhole = length > 0 && length % BLOCK === 0;
    const blocks = Buffer.alloc(isWhole ? length : length - (length % BLOCK) + BLOCK);
    message.copy(blocks);
    if (!isWhole) blocks[length] = 0x80;
    xorInto(blocks, blocks.length - BLOCK, isWhole ? signing.whole : signing.padded);
    xorInto(blocks, 0, signing.chained);
    signing.chained = signing.cipher.update(blocks).subarray(-BLOCK);
    return signing.chained;
  }
}

function signingOf(key: Buffer): Signing {
  const whole = double(cipherOf('aes-128-ecb', key, null).update(ZERO));
  return { cipher: cipherOf('aes-128-cbc', key, ZERO), chained: ZERO, whole, padded: double(whole) };
}

function cipherOf(algorithm: 'aes-128-ecb' | 'aes-128-cbc', key: Buffer, iv: Buffer | null): Cipheriv {
  return createCipheriv(algorithm, key, iv).setAutoPadding(false);
}

/** Keys in use, of 2 to 4 kB each: 10,000 devices fit whose frames come without a network server. */
const KEPT = 20_000;
const known = new Map<string, AesKey>();

/** The key of 32 hex digits, the same object each time; undefined if the text is something else. */
export function aesKey(hex: string): AesKey | undefined {
  const kept = known.get(hex);
  if (kept) return kept;
  if (!/^[0-9a-f]{32}$/i.test(hex)) return undefined;
  if (known.size >= KEPT) known.clear();
  const key = new AesKey(Buffer.from(hex, 'hex'));
  known.set(hex, key);
  return key;
}

/** `data` XOR `stream`, as long as `data`. */
export function xor(data: Buffer, stream: Buffer): Buffer {
  const result = Buffer.allocUnsafe(data.length);
  for (let index = 0; index < data.length; index++) result[index] = (data[index] ?? 0) ^ (stream[index] ?? 0);
  return result;
}

function xorInto(target: Buffer, offset: number, block: Buffer): void {
  for (let index = 0; index < BLOCK; index++) {
    target[offset + index] = (target[offset + index] ?? 0) ^ (block[index] ?? 0);
  }
}

/** Multiplication by x in GF(2^128), for the CMAC subkeys. */
function double(block: Buffer): Buffer {
  const doubled = Buffer.from(block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7)));
  if ((block[0] ?? 0) & 0x80) doubled[BLOCK - 1] = (doubled[BLOCK - 1] ?? 0) ^ 0x87;
  return doubled;
}

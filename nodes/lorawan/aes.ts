import { type Cipheriv, createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK = 16;
const ZERO = Buffer.alloc(BLOCK);

/**
 * AES-128 under one key. Setting a cipher up costs more than encrypting a frame, so each is set up once: ECB keeps
 * nothing from call to call, and the CBC chain is brought back to its start by what it gave last.
 */
export class AesKey {
  readonly #key: Buffer;
  readonly #ecb: Cipheriv;
  readonly #cbc: Cipheriv;
  /** The last block that the CBC chain gave; the next block it takes is combined with this one. */
  #chained: Buffer = ZERO;
  readonly #subkeys: { whole: Buffer; padded: Buffer };

  /** `key`: 16 bytes. */
  constructor(key: Buffer) {
    this.#key = key;
    this.#ecb = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    this.#cbc = createCipheriv('aes-128-cbc', key, ZERO).setAutoPadding(false);
    const whole = double(this.encrypt(ZERO));
    this.#subkeys = { whole, padded: double(whole) };
  }

  /** Whole blocks of 16 bytes, each by itself (ECB). */
  encrypt(blocks: Buffer): Buffer {
    return this.#ecb.update(blocks);
  }

  /** The opposite of `encrypt`. */
  decrypt(blocks: Buffer): Buffer {
    return createDecipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false).update(blocks);
  }

  /** AES-CMAC (RFC 4493), 16 bytes. */
  cmac(message: Buffer): Buffer {
    const { length } = message;
    const whole = length > 0 && length % BLOCK === 0;
    const padded = Buffer.alloc(whole ? length : length - (length % BLOCK) + BLOCK);
    message.copy(padded);
    if (!whole) padded[length] = 0x80;
    xorInto(padded, padded.length - BLOCK, whole ? this.#subkeys.whole : this.#subkeys.padded);
    xorInto(padded, 0, this.#chained);
    this.#chained = this.#cbc.update(padded).subarray(-BLOCK);
    return this.#chained;
  }
}

/** Keys in use; a town's devices fit, and who tries many others only makes us set ciphers up again. */
const KEPT = 10_000;
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

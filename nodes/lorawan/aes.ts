import { createCipheriv } from 'node:crypto';

const BLOCK = 16;

/** AES-128 of whole blocks, ECB. */
export function encryptBlocks(key: Buffer, blocks: Buffer): Buffer {
  return encrypt('aes-128-ecb', key, blocks);
}

/** AES-CMAC with a 128-bit key (RFC 4493), 16 bytes. */
export function cmac(key: Buffer, message: Buffer): Buffer {
  const whole = message.length > 0 && message.length % BLOCK === 0;
  const padded = Buffer.alloc(whole ? message.length : (Math.floor(message.length / BLOCK) + 1) * BLOCK);
  message.copy(padded);
  const k1 = double(encryptBlocks(key, Buffer.alloc(BLOCK)));
  if (!whole) padded[message.length] = 0x80;
  xorInto(padded, padded.length - BLOCK, whole ? k1 : double(k1));
  return encrypt('aes-128-cbc', key, padded).subarray(-BLOCK);
}

/** `data` XOR `stream`, as long as `data`. */
export function xor(data: Buffer, stream: Buffer): Buffer {
  return Buffer.from(data.map((byte, index) => byte ^ (stream[index] ?? 0)));
}

function encrypt(algorithm: 'aes-128-ecb' | 'aes-128-cbc', key: Buffer, blocks: Buffer): Buffer {
  const iv = algorithm === 'aes-128-cbc' ? Buffer.alloc(BLOCK) : null;
  return createCipheriv(algorithm, key, iv).setAutoPadding(false).update(blocks);
}

/** Multiplication by x in GF(2^128), for the CMAC subkeys. */
function double(block: Buffer): Buffer {
  const doubled = Buffer.from(block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7)));
  if ((block[0] ?? 0) & 0x80) doubled[BLOCK - 1] = (doubled[BLOCK - 1] ?? 0) ^ 0x87;
  return doubled;
}

function xorInto(target: Buffer, offset: number, block: Buffer): void {
  for (const [index, byte] of block.entries()) target[offset + index] = (target[offset + index] ?? 0) ^ byte;
}

/** Texts that devices send as bytes; each takes `length` bytes. */
export const TEXTS = {
  /** `24e124...` */
  hex: (bytes) => Buffer.from(bytes).toString('hex'),
  /** The same with the last byte first: `3412` lies in the payload as `1234`. */
  reversedHex: (bytes) => Buffer.from(bytes).reverse().toString('hex'),
  /** Letters up to the first zero byte. */
  ascii: (bytes) => Buffer.from(bytes).toString('latin1').split('\0')[0] ?? '',
  /** Two digits and a space per byte; the fifth of nine bytes is another field that lies in between. */
  spacedHexAround: (bytes) =>
    bytes.reduce((text, byte, index) => (index === 4 ? text : `${text}${twoDigits(byte)} `), ''),
  /** Major in the upper half, minor in the lower half of one byte: `v1.0`. */
  nibbleVersion: ([byte = 0]) => `v${byte >> 4}.${byte & 0x0f}`,
  /** Hexadecimal major, then minor in the upper half of the second byte: `v1.1`. */
  hardwareVersion: ([major = 0, minor = 0]) => `v${major.toString(16)}.${minor >> 4}`,
  /** Two hexadecimal numbers: `v1.10`. */
  hexVersion: ([major = 0, minor = 0]) => `v${major.toString(16)}.${minor.toString(16)}`,
  /** Two decimal numbers: `v1.0`. */
  version: ([major = 0, minor = 0]) => `v${major}.${minor}`,
  /** Decimal numbers with dots between them, as many as there are bytes: `31.7.0.75`. */
  dotted: (bytes) => bytes.join('.'),
  /** The same after a `v`. */
  dottedVersion: (bytes) => `v${bytes.join('.')}`,
  /** Three decimal numbers in three half bytes, the first half byte unused: `1.0.2`. */
  threePartVersion: ([first = 0, second = 0]) => `${first & 0x0f}.${second >> 4}.${second & 0x0f}`,
  /** One number per 16-bit word: `1.10.2`. */
  dottedWords: (bytes) => wordsOf(bytes).join('.'),
  /** One number of two digits per byte: `05.24`. */
  dottedPairs: (bytes) => Array.from(bytes, (byte) => String(byte).padStart(2, '0')).join('.'),
  /** `24E124...` */
  upperHex: (bytes) => Buffer.from(bytes).toString('hex').toUpperCase(),
  /** `0000000011010011` */
  binary: (bytes) => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join(''),
  /** Seconds since 2000 as `2019-10-31 07:54:50`, UTC. */
  secondsSince2000: (bytes) =>
    new Date(START_OF_2000 + Buffer.from(bytes).readUInt32BE() * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' '),
} as const satisfies Record<string, (bytes: Uint8Array) => string>;

/** ms since 1970. */
const START_OF_2000 = Date.UTC(2000);

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function wordsOf(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: bytes.length >> 1 }, (_, index) => buffer.readUInt16BE(2 * index));
}

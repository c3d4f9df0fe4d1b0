import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { encryptedFrame } from '../../../nodes/simulator/frame.ts';

const KEYS = { appSKey: '000102030405060708090a0b0c0d0e0f', nwkSKey: 'f0e0d0c0b0a090807060504030201000' };
const DEV_ADDR = '01b7f101';

/** AES-128 of one block. */
function aes(key: string, block: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** The block A_i or B_0 of LoRaWAN 1.0.4, sections 4.3.3 and 4.4, for an uplink. */
function block(first: number, fCnt: number, last: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes[0] = first;
  Buffer.from(DEV_ADDR, 'hex').reverse().copy(bytes, 6);
  bytes.writeUInt32LE(fCnt, 10);
  bytes[15] = last;
  return bytes;
}

/** AES-CMAC (RFC 4493), first four bytes. */
function cmac(key: string, message: Buffer): Buffer {
  const double = (input: Buffer): Buffer => {
    const value = BigInt(`0x${input.toString('hex')}`) << 1n;
    const reduced = (value & ((1n << 128n) - 1n)) ^ (value >> 128n ? 0x87n : 0n);
    return Buffer.from(reduced.toString(16).padStart(32, '0'), 'hex');
  };
  const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
  const k1 = double(aes(key, Buffer.alloc(16)));
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole ? message : Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(15)]);
  const blocks = Math.ceil((message.length + (whole ? 0 : 1)) / 16);
  let state = Buffer.alloc(16);
  for (let index = 0; index < blocks; index++) {
    const part = padded.subarray(index * 16, index * 16 + 16);
    const masked = index === blocks - 1 ? xor(part, whole ? k1 : double(k1)) : part;
    state = Buffer.from(aes(key, xor(state, masked)));
  }
  return state.subarray(0, 4);
}

describe('sandbox frames', () => {
  const bytes = Buffer.from('cbc6008200f2017fff7fff', 'hex');

  for (const fCnt of [0, 1, 65_535, 65_536, 200_003]) {
    it(`are encrypted and signed as LoRaWAN wants it, frame counter ${fCnt}`, () => {
      const frame = encryptedFrame(DEV_ADDR, fCnt, { fPort: 2, bytes }, KEYS);
      assert.equal(frame.readUInt8(0), 0x40, 'unconfirmed data up');
      assert.equal(frame.subarray(1, 5).toString('hex'), '01f1b701');
      assert.equal(frame.readUInt16LE(6), fCnt % 65_536);
      assert.equal(frame.readUInt8(8), 2);

      const keystream = aes(KEYS.appSKey, block(1, fCnt, 1));
      const encrypted = frame.subarray(9, -4);
      const decrypted = encrypted.map((byte, index) => byte ^ (keystream[index] ?? 0));
      assert.equal(Buffer.from(decrypted).toString('hex'), bytes.toString('hex'));

      const signed = frame.subarray(0, -4);
      const mic = cmac(KEYS.nwkSKey, Buffer.concat([block(0x49, fCnt, signed.length), signed]));
      assert.equal(frame.subarray(-4).toString('hex'), mic.toString('hex'));
    });
  }
});

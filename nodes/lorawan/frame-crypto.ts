import { timingSafeEqual } from 'node:crypto';
import { MessageError } from '../observation/errors.ts';
import { cmac, encryptBlocks, xor } from './aes.ts';
import type { DataFrame } from './frames.ts';

/** Session keys, 32 hex digits each: LoRaWAN 1.0 has nwkSKey and appSKey, 1.1 the three network keys and appSKey. */
export interface FrameKeys {
  nwkSKey?: string;
  appSKey?: string;
  fNwkSIntKey?: string;
  sNwkSIntKey?: string;
  nwkSEncKey?: string;
}

/** What the MIC of a LoRaWAN 1.1 uplink covers besides the frame: acknowledged counter, data rate, channel. */
export interface MicParameters {
  confFCnt: number;
  txDr: number;
  txCh: number;
}

const NO_PARAMETERS: MicParameters = { confFCnt: 0, txDr: 0, txCh: 0 };
const MIC_BLOCK = 0x49;
const CIPHER_BLOCK = 0x01;

/**
 * Whether the frame's MIC fits the keys and the 32-bit counter.
 * Source: LoRaWAN 1.0.4, 4.4; LoRaWAN 1.1, 4.4 (used when `sNwkSIntKey` is given).
 * Throws MessageError `lorawan.error.keyMissing`.
 */
export function micFits(
  frame: DataFrame,
  keys: FrameKeys,
  fCnt: number,
  parameters = NO_PARAMETERS,
): boolean {
  const mic =
    keys.sNwkSIntKey === undefined
      ? micOf(frame, keyOf(keys, 'nwkSKey'), fCnt)
      : mic11(frame, keys, fCnt, parameters);
  return timingSafeEqual(mic, frame.phy.subarray(-4));
}

/**
 * FRMPayload in clear (LoRaWAN 1.0.4, 4.3.3). Only meaningful after `micFits`.
 * Throws MessageError `lorawan.error.keyMissing`.
 */
export function decryptPayload(frame: DataFrame, keys: FrameKeys, fCnt: number): Buffer {
  const { encryptedPayload } = frame;
  if (encryptedPayload.length === 0) return encryptedPayload;
  const networkKey = keys.sNwkSIntKey === undefined ? 'nwkSKey' : 'nwkSEncKey';
  const key = keyOf(keys, frame.fPort === 0 ? networkKey : 'appSKey');
  const count = Math.ceil(encryptedPayload.length / 16);
  const blocks = Array.from({ length: count }, (_, index) =>
    frameBlock(CIPHER_BLOCK, frame, fCnt, index + 1),
  );
  return xor(encryptedPayload, encryptBlocks(key, Buffer.concat(blocks)));
}

function micOf(frame: DataFrame, key: Buffer, fCnt: number, parameters = NO_PARAMETERS): Buffer {
  const covered = frame.phy.subarray(0, -4);
  const block = frameBlock(MIC_BLOCK, frame, fCnt, covered.length);
  block.writeUInt16LE(parameters.confFCnt, 1);
  block[3] = parameters.txDr;
  block[4] = parameters.txCh;
  return cmac(key, Buffer.concat([block, covered])).subarray(0, 4);
}

function mic11(frame: DataFrame, keys: FrameKeys, fCnt: number, parameters: MicParameters): Buffer {
  const serving = keyOf(keys, 'sNwkSIntKey');
  const { confFCnt } = parameters;
  if (frame.direction === 'down') return micOf(frame, serving, fCnt, { ...NO_PARAMETERS, confFCnt });
  const forwarding = micOf(frame, keyOf(keys, 'fNwkSIntKey'), fCnt);
  return Buffer.concat([micOf(frame, serving, fCnt, parameters).subarray(0, 2), forwarding.subarray(0, 2)]);
}

/** The 16 bytes that MIC and cipher share: direction, DevAddr and counter, least significant byte first. */
function frameBlock(first: number, frame: DataFrame, fCnt: number, last: number): Buffer {
  const block = Buffer.alloc(16);
  block[0] = first;
  block[5] = frame.direction === 'up' ? 0 : 1;
  block.writeUInt32LE(Number.parseInt(frame.devAddr, 16), 6);
  block.writeUInt32LE(fCnt, 10);
  block[15] = last;
  return block;
}

function keyOf(keys: FrameKeys, name: keyof FrameKeys): Buffer {
  const hex = keys[name];
  if (hex !== undefined && /^[0-9a-f]{32}$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw keyMissing(name);
}

/** The error for a session key that is absent or not 32 hex digits; it never carries the key itself. */
export function keyMissing(key: keyof FrameKeys, device?: string): MessageError {
  const problem = { key: 'lorawan.error.keyMissing', parameters: { key } };
  return new MessageError(device === undefined ? problem : { ...problem, device });
}

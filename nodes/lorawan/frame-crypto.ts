import { MessageError } from '../observation/errors.ts';
import { type AesKey, aesKey, xor } from './aes.ts';
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
const BLOCK = 16;
const MIC = 4;

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
  const { phy } = frame;
  return (micOf(frame, keys, fCnt, parameters) ^ phy.readInt32LE(phy.length - MIC)) === 0;
}

/** Writes the MIC into the last four bytes of the frame's `phy`. */
export function writeMic(
  frame: DataFrame,
  keys: FrameKeys,
  fCnt: number,
  parameters: MicParameters = NO_PARAMETERS,
): void {
  const { phy } = frame;
  phy.writeInt32LE(micOf(frame, keys, fCnt, parameters), phy.length - MIC);
}

/**
 * FRMPayload in clear (LoRaWAN 1.0.4, 4.3.3), or of a clear one the encrypted. Only meaningful after `micFits`.
 * Throws MessageError `lorawan.error.keyMissing`.
 */
export function decryptPayload(frame: DataFrame, keys: FrameKeys, fCnt: number): Buffer {
  const { encryptedPayload, fPort } = frame;
  const { length } = encryptedPayload;
  if (length === 0) return encryptedPayload;
  const networkKey = keys.sNwkSIntKey === undefined ? 'nwkSKey' : 'nwkSEncKey';
  const key = keyOf(keys, fPort === 0 ? networkKey : 'appSKey');
  const blocks = Buffer.alloc(Math.ceil(length / BLOCK) * BLOCK);
  for (let start = 0; start < length; start += BLOCK) {
    writeBlock(blocks, start, CIPHER_BLOCK, frame, fCnt, start / BLOCK + 1);
  }
  return xor(encryptedPayload, key.encrypt(blocks));
}

/**
 * FOpts in clear: LoRaWAN 1.1 encrypts them (4.3.1.6 and the erratum on FCntDwn usage), 1.0 does not.
 * Throws MessageError `lorawan.error.keyMissing`.
 */
export function decryptOptions(frame: DataFrame, keys: FrameKeys, fCnt: number): Buffer {
  const options = Buffer.from(frame.fOptsHex, 'hex');
  if (keys.sNwkSIntKey === undefined || options.length === 0) return options;
  const block = Buffer.alloc(BLOCK);
  writeBlock(block, 0, CIPHER_BLOCK, frame, fCnt, 1);
  // Which counter it is: that of all uplinks and of the network's downlinks, or that of the application's.
  block[4] = frame.direction === 'down' && frame.fPort ? 0x02 : 0x01;
  return xor(options, keyOf(keys, 'nwkSEncKey').encrypt(block));
}

/** As a signed 32-bit number, in the byte order of the frame. */
function micOf(frame: DataFrame, keys: FrameKeys, fCnt: number, parameters: MicParameters): number {
  if (keys.sNwkSIntKey === undefined) return micWith(frame, keyOf(keys, 'nwkSKey'), fCnt, NO_PARAMETERS);
  const serving = keyOf(keys, 'sNwkSIntKey');
  const { confFCnt } = parameters;
  if (frame.direction === 'down') return micWith(frame, serving, fCnt, { ...NO_PARAMETERS, confFCnt });
  const forwarding = micWith(frame, keyOf(keys, 'fNwkSIntKey'), fCnt, NO_PARAMETERS);
  return (micWith(frame, serving, fCnt, parameters) & 0xffff) | (forwarding << 16);
}

function micWith(frame: DataFrame, key: AesKey, fCnt: number, parameters: MicParameters): number {
  const { phy } = frame;
  const covered = phy.length - MIC;
  const message = Buffer.alloc(BLOCK + covered);
  writeBlock(message, 0, MIC_BLOCK, frame, fCnt, covered);
  message.writeUInt16LE(parameters.confFCnt, 1);
  message[3] = parameters.txDr;
  message[4] = parameters.txCh;
  phy.copy(message, BLOCK, 0, covered);
  return key.cmac(message).readInt32LE(0);
}

/** The 16 bytes that MIC and cipher share: direction, DevAddr and counter, least significant byte first. */
function writeBlock(
  target: Buffer,
  start: number,
  first: number,
  { phy, direction }: DataFrame,
  fCnt: number,
  last: number,
): void {
  target[start] = first;
  target[start + 5] = direction === 'up' ? 0 : 1;
  // DevAddr stands in the frame as it does here.
  phy.copy(target, start + 6, 1, 5);
  target.writeUInt32LE(fCnt, start + 10);
  target[start + 15] = last;
}

function keyOf(keys: FrameKeys, name: keyof FrameKeys): AesKey {
  const key = aesKey(keys[name] ?? '');
  if (!key) throw keyMissing(name);
  return key;
}

/** The error for a key that is absent or not 32 hex digits; it never carries the key itself. */
export function keyMissing(key: keyof FrameKeys | 'appKey', device?: string): MessageError {
  const problem = { key: 'lorawan.error.keyMissing', parameters: { key } };
  return new MessageError(device === undefined ? problem : { ...problem, device });
}

import { MessageError } from '../observation/errors.ts';
import { type AesKey, aesKey } from './aes.ts';
import { keyMissing } from './frame-crypto.ts';
import { type JoinRequest, type OtherFrame, type RejoinRequest, reversedHex } from './frames.ts';

/** What a network tells a device that joins. Hex digits have the most significant byte first. */
export interface JoinAccept {
  /** 6 digits. */
  joinNonce: string;
  netId: string;
  /** 8 digits. */
  devAddr: string;
  /** The network speaks LoRaWAN 1.1. */
  optNeg: boolean;
  /** How much slower than the uplink the first receive window is, 0 to 7. */
  rx1DrOffset: number;
  rx2DataRate: number;
  /** Seconds to the first receive window, 1 to 15. */
  rxDelay: number;
  /** Channels for the device, 32 digits in the order of the frame. */
  cfListHex?: string;
}

/** Keys of a join, 32 hex digits each. */
export interface JoinKeys {
  /** Encrypts: AppKey (1.0), NwkKey (1.1), or JSEncKey (answer to a rejoin). */
  key: string;
  /** Only for a network that speaks LoRaWAN 1.1 (OptNeg): what else the MIC covers. */
  version11?: { jsIntKey: string; joinEui: string; devNonce: number; joinReqType: number };
}

const MIC = 4;
const FIXED = 13;
const CFLIST = 16;

/** Whether a request to join comes from a device with this key: AppKey (1.0) or NwkKey (1.1). LoRaWAN 1.0.4, 6.2.4. */
export function joinMicFits(request: JoinRequest | RejoinRequest, key: string): boolean {
  const { phy } = request;
  return keyOf(key).cmac(phy.subarray(0, -MIC)).subarray(0, MIC).equals(phy.subarray(-MIC));
}

/**
 * A JoinAccept in clear. Source: LoRaWAN 1.0.4, 6.2.5; 1.1, 6.2.3.
 * Throws MessageError `lorawan.error.wrongJoinMic`, or `keyMissing`.
 */
export function readJoinAccept({ phy }: OtherFrame, keys: JoinKeys): JoinAccept {
  // The network encrypts with the opposite operation, so that a device needs only one.
  const clear = Buffer.concat([phy.subarray(0, 1), keyOf(keys.key).encrypt(phy.subarray(1))]);
  const accept = fieldsOf(clear);
  if (!micOf(clear.subarray(0, -MIC), accept.optNeg, keys)?.equals(clear.subarray(-MIC))) {
    throw new MessageError({ key: 'lorawan.error.wrongJoinMic' });
  }
  return accept;
}

/** The PHYPayload of a JoinAccept, encrypted. Throws MessageError `lorawan.error.keyMissing`, RangeError without the keys of its version. */
export function writeJoinAccept(accept: JoinAccept, keys: JoinKeys): Buffer {
  const clear = Buffer.alloc(FIXED + (accept.cfListHex === undefined ? 0 : CFLIST));
  clear[0] = 0x20;
  [accept.joinNonce, accept.netId, accept.devAddr].reduce(
    (start, hex) => start + Buffer.from(hex, 'hex').reverse().copy(clear, start),
    1,
  );
  clear[11] = (accept.optNeg ? 0x80 : 0) | (accept.rx1DrOffset << 4) | accept.rx2DataRate;
  clear[12] = accept.rxDelay;
  clear.write(accept.cfListHex ?? '', FIXED, 'hex');
  const mic = micOf(clear, accept.optNeg, keys);
  if (!mic) throw new RangeError('a network of LoRaWAN 1.1 signs with what version11 says');
  const signed = Buffer.concat([clear, mic]);
  return Buffer.concat([signed.subarray(0, 1), keyOf(keys.key).decrypt(signed.subarray(1))]);
}

function fieldsOf(clear: Buffer): JoinAccept {
  const settings = clear[11] ?? 0;
  return {
    joinNonce: reversedHex(clear, 1, 4),
    netId: reversedHex(clear, 4, 7),
    devAddr: reversedHex(clear, 7, 11),
    optNeg: (settings & 0x80) !== 0,
    rx1DrOffset: (settings >> 4) & 0x07,
    rx2DataRate: settings & 0x0f,
    // 0 means 1.
    rxDelay: (clear[12] ?? 0) & 0x0f || 1,
    ...(clear.length > FIXED + MIC ? { cfListHex: clear.toString('hex', FIXED, FIXED + CFLIST) } : {}),
  };
}

/** Undefined if the version of the network needs more than the keys have. */
function micOf(clear: Buffer, optNeg: boolean, { key, version11 }: JoinKeys): Buffer | undefined {
  if (!optNeg) return keyOf(key).cmac(clear).subarray(0, MIC);
  if (!version11) return undefined;
  const { jsIntKey, joinEui, devNonce, joinReqType } = version11;
  const head = Buffer.alloc(11);
  head[0] = joinReqType;
  Buffer.from(joinEui, 'hex').reverse().copy(head, 1);
  head.writeUInt16LE(devNonce, 9);
  return keyOf(jsIntKey)
    .cmac(Buffer.concat([head, clear]))
    .subarray(0, MIC);
}

function keyOf(hex: string): AesKey {
  const key = aesKey(hex);
  if (!key) throw keyMissing('appKey');
  return key;
}

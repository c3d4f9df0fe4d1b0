import { MessageError } from '../observation/errors.ts';
import { decryptPayload, type FrameKeys, type MicParameters, micFits } from './frame-crypto.ts';
import { firstCounter } from './frame-sessions.ts';
import type { DataFrame, Frame } from './frames.ts';
import { type JoinKeys, readJoinAccept } from './join-accept.ts';
import { hexOf, type JsonObject, objectOf, present } from './json-fields.ts';
import { type MacCommand, macCommandsOf } from './mac-commands.ts';
import type { NetworkEvent } from './network-message.ts';
import { deriveJoinServerKeys, deriveSessionKeys, deriveSessionKeys11 } from './session-keys.ts';

/** A frame in clear. */
export interface OpenedFrame {
  payload: Buffer;
  fPort?: number;
  /** 32 bits. */
  fCnt: number;
  devAddr: string;
  macCommands?: MacCommand[];
}

/** A join accept answers a request to join, not one to join again. LoRaWAN 1.1, 6.2.3. */
const JOIN_REQUEST = 0xff;

/**
 * Opens a data frame with the keys that came along in a message: `keys` are session keys, or what a join exchanged, as
 * session-keys.ts takes it; `micParameters` what the MIC of a LoRaWAN 1.1 uplink covers besides the frame.
 * Throws MessageError `lorawan.error.wrongMic` or `keyMissing`.
 */
export function openFrame(frame: DataFrame, message: JsonObject): OpenedFrame {
  const keys = keysOf(message.keys);
  const parameters = objectOf(message.micParameters) as Partial<MicParameters> | undefined;
  const mic = { confFCnt: 0, txDr: 0, txCh: 0, ...parameters };
  const fCnt = firstCounter(frame, (counter) => micFits(frame, keys, counter, mic));
  if (fCnt === undefined) {
    throw new MessageError({ key: 'lorawan.error.wrongMic', parameters: { devAddr: frame.devAddr } });
  }
  const macCommands = macCommandsOf(frame, keys, fCnt);
  return present<OpenedFrame>({
    payload: decryptPayload(frame, keys, fCnt),
    fPort: frame.fPort,
    fCnt,
    devAddr: frame.devAddr,
    macCommands: macCommands.length === 0 ? undefined : macCommands,
  });
}

/** Session keys in a message; of a join they are derived. */
export function keysOf(value: unknown): FrameKeys {
  const fields = objectOf(value) ?? {};
  const derived = deriveSessionKeys11(fields) ?? deriveSessionKeys(fields);
  if (derived) return derived;
  return Object.fromEntries(Object.entries(fields).filter(([, key]) => typeof key === 'string'));
}

/**
 * What a join accept says to those who have its key: `appKey`, or `nwkKey` of LoRaWAN 1.1 with `joinEui`, `devNonce` and
 * `devEui`. Throws MessageError `lorawan.error.wrongJoinMic`.
 */
export function joinFacts(frame: Frame, keys: unknown): Pick<NetworkEvent, 'joinAccept'> {
  const fields = objectOf(keys) ?? {};
  const key = hexOf(fields.nwkKey, 16) ?? hexOf(fields.appKey, 16);
  if (frame.mtype !== 'JoinAccept' || key === undefined) return {};
  return { joinAccept: readJoinAccept(frame, { key, ...version11(fields) }) };
}

/** What the MIC covers if the network speaks LoRaWAN 1.1. */
function version11(fields: JsonObject): Pick<JoinKeys, 'version11'> {
  const [joinEui, devNonce] = [hexOf(fields.joinEui, 8), hexOf(fields.devNonce, 2)];
  const jsIntKey = deriveJoinServerKeys(fields)?.jsIntKey;
  if (joinEui === undefined || devNonce === undefined || jsIntKey === undefined) return {};
  return {
    version11: { jsIntKey, joinEui, devNonce: Number.parseInt(devNonce, 16), joinReqType: JOIN_REQUEST },
  };
}

import { aesKey } from './aes.ts';
import type { FrameKeys } from './frame-crypto.ts';
import { hexOf, type JsonObject } from './json-fields.ts';

/** The four session keys of LoRaWAN 1.1. */
export type SessionKeys11 = Required<
  Pick<FrameKeys, 'appSKey' | 'fNwkSIntKey' | 'sNwkSIntKey' | 'nwkSEncKey'>
>;

/**
 * Session keys of a LoRaWAN 1.0 device from its root key and what its join exchanged: `appKey` (16 bytes),
 * `joinNonce`, `netId` (3 bytes each), `devNonce` (2 bytes), hex digits with the most significant byte first.
 * Undefined if one of them is missing. Source: LoRaWAN 1.0.4, 6.2.5.
 */
export function deriveSessionKeys(
  fields: JsonObject,
): Required<Pick<FrameKeys, 'nwkSKey' | 'appSKey'>> | undefined {
  const [appKey, netId, joinNonce, devNonce] = fieldsOf(fields, {
    appKey: 16,
    netId: 3,
    joinNonce: 3,
    devNonce: 2,
  });
  if (!appKey || !netId || !joinNonce || !devNonce) return undefined;
  const key = (type: number) => derive(appKey, type, joinNonce, netId, devNonce);
  return { nwkSKey: key(0x01), appSKey: key(0x02) };
}

/**
 * Session keys of a LoRaWAN 1.1 device that joined a 1.1 network: from `appKey`, `nwkKey` (16 bytes each), `joinEui`
 * (8), `joinNonce` (3) and `devNonce` (2), written as above. Undefined if one is missing. Source: LoRaWAN 1.1, 6.2.5.
 */
export function deriveSessionKeys11(fields: JsonObject): SessionKeys11 | undefined {
  const [appKey, nwkKey, joinEui, joinNonce, devNonce] = fieldsOf(fields, {
    appKey: 16,
    nwkKey: 16,
    joinEui: 8,
    joinNonce: 3,
    devNonce: 2,
  });
  if (!appKey || !nwkKey || !joinEui || !joinNonce || !devNonce) return undefined;
  const key = (root: Buffer, type: number) => derive(root, type, joinNonce, joinEui, devNonce);
  return {
    fNwkSIntKey: key(nwkKey, 0x01),
    appSKey: key(appKey, 0x02),
    sNwkSIntKey: key(nwkKey, 0x03),
    nwkSEncKey: key(nwkKey, 0x04),
  };
}

/**
 * What a LoRaWAN 1.1 join server signs and encrypts rejoins with, from `nwkKey` (16 bytes) and `devEui` (8).
 * Undefined if one is missing. Source: LoRaWAN 1.1, 6.1.1.3.
 */
export function deriveJoinServerKeys(fields: JsonObject): { jsIntKey: string; jsEncKey: string } | undefined {
  const [nwkKey, devEui] = fieldsOf(fields, { nwkKey: 16, devEui: 8 });
  if (!nwkKey || !devEui) return undefined;
  return { jsEncKey: derive(nwkKey, 0x05, devEui), jsIntKey: derive(nwkKey, 0x06, devEui) };
}

/** Bytes of hex fields, in the order of `lengths`; undefined for one that is missing or has another length. */
function fieldsOf(fields: JsonObject, lengths: Record<string, number>): (Buffer | undefined)[] {
  return Object.entries(lengths).map(([name, length]) => {
    const hex = hexOf(fields[name], length);
    return hex === undefined ? undefined : Buffer.from(hex, 'hex');
  });
}

/** One AES block: the kind of key, then the fields with their least significant byte first, then zeros. */
function derive(root: Buffer, type: number, ...fields: Buffer[]): string {
  const block = Buffer.alloc(16);
  block[0] = type;
  let end = 1;
  for (const field of fields) end += Buffer.from(field).reverse().copy(block, end);
  return aesKey(root.toString('hex'))?.encrypt(block).toString('hex') ?? '';
}

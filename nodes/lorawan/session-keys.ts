// The package's entry point has types that do not fit its CommonJS export; this file of it has.
import crypto from 'lora-packet/out/lib/crypto.js';
import type { FrameKeys } from './frame-crypto.ts';
import { hexOf, type JsonObject } from './json-fields.ts';

/**
 * Session keys of a LoRaWAN 1.0 device from its root key and what its join exchanged: `appKey` (16 bytes),
 * `joinNonce`, `netId` (3 bytes each), `devNonce` (2 bytes), hex digits with the most significant byte first.
 * Undefined if one of them is missing. Source: LoRaWAN 1.0.4, 6.2.5.
 */
export function deriveSessionKeys(
  fields: JsonObject,
): Required<Pick<FrameKeys, 'nwkSKey' | 'appSKey'>> | undefined {
  const [appKey, netId, joinNonce, devNonce] = [
    hexOf(fields.appKey, 16),
    hexOf(fields.netId, 3),
    hexOf(fields.joinNonce, 3),
    hexOf(fields.devNonce, 2),
  ].map((hex) => (hex === undefined ? undefined : Buffer.from(hex, 'hex')));
  if (!appKey || !netId || !joinNonce || !devNonce) return undefined;
  const { NwkSKey, AppSKey } = crypto.generateSessionKeys10(appKey, netId, joinNonce, devNonce);
  return { nwkSKey: NwkSKey.toString('hex'), appSKey: AppSKey.toString('hex') };
}

import type { DeviceKeys } from '../devices/device.ts';
import { MessageError } from '../observation/errors.ts';
import { decryptPayload, type FrameKeys } from './frame-crypto.ts';
import { type DataFrame, parseFrame } from './frames.ts';
import { present } from './json-fields.ts';
import type { Uplink } from './network-message.ts';
import { clearFrame, type FrameFields } from './write-frame.ts';

/** What opens the payload of an uplink, beside what the uplink says. */
export interface PayloadKeys {
  keys: Pick<DeviceKeys, 'appSKey' | 'nwkSKey'> | undefined;
  /** Of the registered device, for servers that leave it out. */
  devAddr?: string | undefined;
}

/**
 * Whether the network server left the payload encrypted. Where it does not say, the device list does: a device with an
 * AppSKey and no NwkSKey has no other use for it.
 */
export function isEncrypted(uplink: Uplink, keys: PayloadKeys['keys']): boolean {
  if (uplink.encrypted === true) return true;
  return uplink.maybeEncrypted === true && keys?.appSKey !== undefined && keys.nwkSKey === undefined;
}

/**
 * The payload in clear (LoRaWAN 1.0.4, 4.3.3). Nobody can tell here whether the key was the right one.
 * Throws MessageError `lorawan.error.encryptedPayload` without AppSKey, `encryptedNoAddress` without DevAddr or FCnt.
 */
export function openPayload(uplink: Uplink, { keys, devAddr }: PayloadKeys): Buffer {
  const { payload, fPort, fCnt } = uplink;
  // Nothing is encrypted, or with the network's key.
  if (payload.length === 0 || fPort === 0) return payload;
  if (keys?.appSKey === undefined) throw new MessageError({ key: 'lorawan.error.encryptedPayload' });
  const address = uplink.devAddr ?? devAddr;
  if (address === undefined || fCnt === undefined) {
    throw new MessageError({ key: 'lorawan.error.encryptedNoAddress' });
  }
  const fields: FrameFields = {
    direction: 'up',
    confirmed: false,
    devAddr: address,
    fCnt,
    fPort: fPort ?? 1,
    payload,
  };
  const frame = parseFrame(clearFrame(fields)) as DataFrame;
  return decryptPayload(frame, present<FrameKeys>({ appSKey: keys.appSKey }), fCnt);
}

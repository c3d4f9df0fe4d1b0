// The package's entry point has types that do not fit its CommonJS export; this file of it has.
import loraPacket from 'lora-packet/out/lib/LoraPacket.js';
import type { DeviceKeys } from '../devices/device.ts';
import type { EncodedPayload } from './payloads.ts';

/**
 * PHYPayload of an unconfirmed uplink, encrypted and signed with the device's session keys (LoRaWAN 1.0.x).
 * @param devAddr 8 hex digits
 * @param fCnt 32-bit counter; its low half is sent, all of it goes into the encryption and the MIC
 */
export function encryptedFrame(
  devAddr: string,
  fCnt: number,
  payload: EncodedPayload,
  keys: Required<Pick<DeviceKeys, 'appSKey' | 'nwkSKey'>>,
): Buffer {
  const counter = Buffer.alloc(2);
  counter.writeUInt16BE(fCnt & 0xffff);
  const counterAbove = Buffer.alloc(2);
  counterAbove.writeUInt16LE(fCnt >>> 16);
  const packet = loraPacket.default.fromFields(
    {
      MType: 'Unconfirmed Data Up',
      DevAddr: Buffer.from(devAddr, 'hex'),
      FCtrl: { ADR: true },
      FCnt: counter,
      FPort: payload.fPort,
      payload: payload.bytes,
    },
    Buffer.from(keys.appSKey, 'hex'),
    Buffer.from(keys.nwkSKey, 'hex'),
    undefined,
    counterAbove,
  );
  const frame = packet.getPHYPayload();
  if (!frame) throw new TypeError('lora-packet made no frame');
  return frame;
}

/** Frames that lora-packet writes, and what may happen to them on their way. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DataFrame, type Frame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { loraPacket } from './lora-packet.ts';

/** What may happen to a frame on its way; each gives other bytes than it got. */
export const MUTATIONS: Record<string, (phy: Buffer, position: number, value: number) => Buffer> = {
  bit: (phy, position) => changed(phy, position % phy.length, 1 << (position & 7)),
  byte: (phy, position, value) => changed(phy, position % phy.length, value),
  type: (phy, _position, value) => changed(phy, 0, ((value % 7) + 1) << 5),
  control: (phy, _position, value) => changed(phy, 5, value),
  cut: (phy, position) => phy.subarray(0, position % phy.length),
  grown: (phy, position, value) => Buffer.concat([phy, Buffer.alloc(1 + (position % 300), value)]),
  byteLost: (phy, position) => {
    const at = position % phy.length;
    return Buffer.concat([phy.subarray(0, at), phy.subarray(at + 1)]);
  },
  headLost: (phy) => phy.subarray(1),
};

function changed(phy: Buffer, at: number, mask: number): Buffer {
  phy[at] = (phy[at] ?? 0) ^ mask;
  return phy;
}

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b));
export const uplink = fc.record({
  nwkSKey: bytes(16),
  appSKey: bytes(16),
  devAddr: bytes(4),
  fCnt: fc.integer({ min: 0, max: 0xffff_ffff }),
  fPort: fc.integer({ min: 1, max: 223 }),
  payload: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((b) => Buffer.from(b)),
  confirmed: fc.boolean(),
});
export type Uplink = typeof uplink extends fc.Arbitrary<infer T> ? T : never;

export function encode({ nwkSKey, appSKey, devAddr, fCnt, fPort, payload, confirmed }: Uplink): Buffer {
  const upper = Buffer.alloc(2);
  upper.writeUInt16LE(fCnt >>> 16);
  const mtype = confirmed ? 'Confirmed Data Up' : 'Unconfirmed Data Up';
  const fields = { MType: mtype, DevAddr: devAddr, FCnt: fCnt & 0xffff, FPort: fPort, payload };
  const phy = loraPacket.fromFields(fields, appSKey, nwkSKey, undefined, upper).getPHYPayload();
  assert.ok(phy);
  return phy;
}

export const keysOf = ({ nwkSKey, appSKey }: Uplink) => ({
  nwkSKey: nwkSKey.toString('hex'),
  appSKey: appSKey.toString('hex'),
});

export function isData(frame: Frame): frame is DataFrame {
  return 'devAddr' in frame;
}

/** The frame; undefined if it was refused with a documented error. */
export function readOrError(phy: Buffer): Frame | undefined {
  try {
    return parseFrame(phy);
  } catch (error) {
    assert.ok(error instanceof MessageError, String(error));
    return undefined;
  }
}

import { decryptOptions, decryptPayload, type FrameKeys, writeMic } from './frame-crypto.ts';
import { type DataFrame, parseFrame } from './frames.ts';

/** A data frame to be sent, in clear. */
export interface FrameFields {
  direction: DataFrame['direction'];
  confirmed: boolean;
  /** 8 hex digits, most significant byte first. */
  devAddr: string;
  /** 32 bits; the low 16 go on the air. */
  fCnt: number;
  /** The network may choose the device's data rate, or the device lets it. */
  adr?: boolean;
  ack?: boolean;
  fPending?: boolean;
  /** MAC commands, at most 15 bytes; none beside a payload on port 0. */
  fOpts?: Buffer;
  fPort?: number;
  payload?: Buffer;
}

const MHDR = {
  up: { unconfirmed: 0x40, confirmed: 0x80 },
  down: { unconfirmed: 0x60, confirmed: 0xa0 },
} as const;
const LONGEST_OPTIONS = 15;

/**
 * The PHYPayload of a LoRaWAN 1.0.x data frame, encrypted and signed; of 1.1 with the keys of 1.1, for an uplink with
 * the MIC of data rate 0 on channel 0.
 * Throws MessageError `lorawan.error.keyMissing`, RangeError for fields that no frame can have.
 */
export function writeDataFrame(fields: FrameFields, keys: FrameKeys): Buffer {
  const { fCnt } = fields;
  const phy = clearFrame(fields);
  const clear = parseFrame(phy) as DataFrame;
  // Encryption is the same operation as decryption.
  const payload = decryptPayload(clear, keys, fCnt);
  const options = decryptOptions(clear, keys, fCnt);
  options.copy(phy, 8);
  payload.copy(phy, phy.length - 4 - payload.length);
  writeMic(clear, keys, fCnt);
  return phy;
}

/** The bytes of a frame with its payload as it is, and no MIC. Throws RangeError as `writeDataFrame`. */
export function clearFrame(fields: FrameFields): Buffer {
  const { direction, confirmed, devAddr, fCnt, adr, ack, fPending, fPort, payload } = fields;
  const fOpts = fields.fOpts ?? Buffer.alloc(0);
  if (fOpts.length > LONGEST_OPTIONS) throw new RangeError('FOpts has more than 15 bytes');
  if (fPort === undefined && payload?.length) throw new RangeError('a payload needs an FPort');
  const head = Buffer.alloc(8);
  head[0] = MHDR[direction][confirmed ? 'confirmed' : 'unconfirmed'];
  head.writeUInt32LE(Number.parseInt(devAddr, 16), 1);
  head[5] = (adr ? 0x80 : 0) | (ack ? 0x20 : 0) | (fPending ? 0x10 : 0) | fOpts.length;
  head.writeUInt16LE(fCnt % 0x1_0000, 6);
  const port = fPort === undefined ? Buffer.alloc(0) : Buffer.of(fPort);
  return Buffer.concat([head, fOpts, port, payload ?? Buffer.alloc(0), Buffer.alloc(4)]);
}

// The package's entry point has types that do not fit its CommonJS export; this file of it has.
import loraPacket from 'lora-packet/out/lib/LoraPacket.js';
import { MessageError } from '../observation/errors.ts';

/** Message types of LoRaWAN, in the order of their code (the three high bits of MHDR). */
const MTYPES = [
  'JoinRequest',
  'JoinAccept',
  'UnconfirmedDataUp',
  'UnconfirmedDataDown',
  'ConfirmedDataUp',
  'ConfirmedDataDown',
  'RejoinRequest',
  'Proprietary',
] as const;
export type MType = (typeof MTYPES)[number];

interface FrameBase {
  /** The whole PHYPayload. */
  phy: Buffer;
  micHex: string;
}

/** A data frame as it was on the air: FRMPayload is still encrypted, the counter has 16 bits. */
export interface DataFrame extends FrameBase {
  mtype: 'UnconfirmedDataUp' | 'UnconfirmedDataDown' | 'ConfirmedDataUp' | 'ConfirmedDataDown';
  direction: 'up' | 'down';
  /** 8 lower-case hex digits, most significant byte first. */
  devAddr: string;
  confirmed: boolean;
  adr: boolean;
  ack: boolean;
  fCnt16: number;
  fOptsHex: string;
  fPort?: number;
  encryptedPayload: Buffer;
}

/** A device's request to join; `devEui` and `joinEui` have the most significant byte first. */
export interface JoinRequest extends FrameBase {
  mtype: 'JoinRequest';
  devEui: string;
  joinEui: string;
  devNonce: number;
}

export interface OtherFrame extends FrameBase {
  mtype: 'JoinAccept' | 'RejoinRequest' | 'Proprietary';
}

export type Frame = DataFrame | JoinRequest | OtherFrame;

/** Allowed PHYPayload lengths per message type, bytes (LoRaWAN 1.0.4, chapters 4 and 6; LoRa frames have at most 255). */
const LENGTHS: Record<MType, readonly [number, number]> = {
  JoinRequest: [23, 23],
  JoinAccept: [17, 33],
  UnconfirmedDataUp: [12, 255],
  UnconfirmedDataDown: [12, 255],
  ConfirmedDataUp: [12, 255],
  ConfirmedDataDown: [12, 255],
  RejoinRequest: [19, 24],
  Proprietary: [5, 255],
};

const FHDR_WITHOUT_OPTIONS = 7;
const MHDR_AND_MIC = 5;

/**
 * Reads a LoRaWAN PHYPayload. The lengths are checked first, because lora-packet reads truncated frames without
 * complaint. Throws MessageError `lorawan.error.frameTruncated` or `frameNotLorawan`.
 */
export function parseFrame(phy: Buffer): Frame {
  const header = phy[0] ?? 0;
  const mtype = MTYPES[header >> 5] ?? 'Proprietary';
  const [shortest, longest] = LENGTHS[mtype];
  if (phy.length < shortest) throw truncated(phy, shortest);
  if (phy.length > longest || (mtype !== 'Proprietary' && (header & 0x1f) !== 0)) throw notLorawan(phy);
  if (mtype === 'JoinRequest') return joinRequest(phy);
  if (mtype === 'JoinAccept' || mtype === 'RejoinRequest' || mtype === 'Proprietary') {
    return { mtype, phy, micHex: phy.subarray(-4).toString('hex') };
  }
  return dataFrame(phy, mtype);
}

function dataFrame(phy: Buffer, mtype: DataFrame['mtype']): DataFrame {
  const optionsLength = (phy[5] ?? 0) & 0x0f;
  const shortest = MHDR_AND_MIC + FHDR_WITHOUT_OPTIONS + optionsLength;
  if (phy.length < shortest) throw truncated(phy, shortest);
  const packet = loraPacket.default.fromWire(phy);
  const fPort = phy.length > shortest ? packet.getFPort() : null;
  // MAC commands may be in the header or on port 0, never in both.
  if (fPort === 0 && optionsLength > 0) throw notLorawan(phy);
  return {
    mtype,
    phy,
    micHex: hex(packet.MIC),
    direction: packet.getDir() === 'up' ? 'up' : 'down',
    devAddr: hex(packet.DevAddr),
    confirmed: packet.isConfirmed(),
    adr: packet.getFCtrlADR() === true,
    ack: packet.getFCtrlACK() === true,
    fCnt16: packet.getFCnt() ?? 0,
    fOptsHex: hex(packet.FOpts),
    ...(fPort === null ? {} : { fPort }),
    encryptedPayload: packet.FRMPayload ?? Buffer.alloc(0),
  };
}

function joinRequest(phy: Buffer): JoinRequest {
  const packet = loraPacket.default.fromWire(phy);
  return {
    mtype: 'JoinRequest',
    phy,
    micHex: hex(packet.MIC),
    devEui: hex(packet.DevEUI),
    joinEui: hex(packet.JoinEUI),
    devNonce: packet.DevNonce?.readUInt16BE() ?? 0,
  };
}

function hex(bytes: Buffer | undefined): string {
  return bytes?.toString('hex') ?? '';
}

function truncated(phy: Buffer, needed: number): MessageError {
  return new MessageError({
    key: 'lorawan.error.frameTruncated',
    parameters: { length: phy.length, needed },
  });
}

function notLorawan(phy: Buffer): MessageError {
  return new MessageError({ key: 'lorawan.error.frameNotLorawan', parameters: { length: phy.length } });
}

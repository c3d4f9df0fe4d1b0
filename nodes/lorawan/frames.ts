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
  /** Uplinks only: the device asks for any answer, to know that it is still heard. */
  adrAckReq: boolean;
  ack: boolean;
  /** FCtrl bit 4: of a downlink, more is waiting (FPending); of an uplink, the device is in class B. */
  fPending: boolean;
  fCnt16: number;
  /** Of LoRaWAN 1.1 still encrypted. */
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

/** LoRaWAN 1.1, 6.2.4. Type 1 names the join server, types 0 and 2 the network. */
export interface RejoinRequest extends FrameBase {
  mtype: 'RejoinRequest';
  rejoinType: 0 | 1 | 2;
  devEui: string;
  joinEui?: string;
  netId?: string;
  rjCount: number;
}

/** A JoinAccept is encrypted as a whole; `join-accept.ts` reads it. */
export interface OtherFrame extends FrameBase {
  mtype: 'JoinAccept' | 'Proprietary';
}

export type Frame = DataFrame | JoinRequest | RejoinRequest | OtherFrame;

/** Bytes of a PHYPayload (LoRaWAN 1.0.4 and 1.1, chapters 4 and 6; LoRa frames have at most 255). */
const LONGEST = 255;
const SHORTEST: Record<MType, number> = {
  JoinRequest: 23,
  JoinAccept: 17,
  UnconfirmedDataUp: 12,
  UnconfirmedDataDown: 12,
  ConfirmedDataUp: 12,
  ConfirmedDataDown: 12,
  RejoinRequest: 19,
  Proprietary: 5,
};
const JOIN_ACCEPT_WITH_CFLIST = 33;
const REJOIN_TYPE_1 = 24;

const FHDR_END = 8;
const MIC = 4;

/**
 * Reads a LoRaWAN 1.0.x or 1.1 PHYPayload; the length must be exactly what its fields need.
 * Throws MessageError `lorawan.error.frameTruncated` or `frameNotLorawan`.
 */
export function parseFrame(phy: Buffer): Frame {
  const header = phy[0] ?? 0;
  const mtype = MTYPES[header >> 5] ?? 'Proprietary';
  if (phy.length < SHORTEST[mtype]) throw truncated(phy, SHORTEST[mtype]);
  if (phy.length > LONGEST || (mtype !== 'Proprietary' && (header & 0x1f) !== 0)) throw notLorawan(phy);
  switch (mtype) {
    case 'JoinRequest':
      return joinRequest(phy);
    case 'RejoinRequest':
      return rejoinRequest(phy);
    case 'JoinAccept':
      if (phy.length !== SHORTEST.JoinAccept) exactly(phy, JOIN_ACCEPT_WITH_CFLIST);
      return { mtype, phy, micHex: micOf(phy) };
    case 'Proprietary':
      return { mtype, phy, micHex: micOf(phy) };
    default:
      return dataFrame(phy, mtype);
  }
}

function dataFrame(phy: Buffer, mtype: DataFrame['mtype']): DataFrame {
  const control = phy[5] ?? 0;
  const optionsEnd = FHDR_END + (control & 0x0f);
  const end = phy.length - MIC;
  if (end < optionsEnd) throw truncated(phy, optionsEnd + MIC);
  const fPort = end > optionsEnd ? phy[optionsEnd] : undefined;
  // MAC commands may be in the header or on port 0, never in both.
  if (fPort === 0 && optionsEnd > FHDR_END) throw notLorawan(phy);
  const direction = mtype === 'UnconfirmedDataUp' || mtype === 'ConfirmedDataUp' ? 'up' : 'down';
  return {
    mtype,
    phy,
    micHex: micOf(phy),
    direction,
    devAddr: phy.readUInt32LE(1).toString(16).padStart(8, '0'),
    confirmed: mtype === 'ConfirmedDataUp' || mtype === 'ConfirmedDataDown',
    adr: (control & 0x80) !== 0,
    adrAckReq: direction === 'up' && (control & 0x40) !== 0,
    ack: (control & 0x20) !== 0,
    fPending: (control & 0x10) !== 0,
    fCnt16: phy.readUInt16LE(6),
    fOptsHex: optionsEnd > FHDR_END ? phy.toString('hex', FHDR_END, optionsEnd) : '',
    ...(fPort === undefined ? {} : { fPort }),
    encryptedPayload: phy.subarray(Math.min(optionsEnd + 1, end), end),
  };
}

function joinRequest(phy: Buffer): JoinRequest {
  exactly(phy, SHORTEST.JoinRequest);
  return {
    mtype: 'JoinRequest',
    phy,
    micHex: micOf(phy),
    joinEui: reversedHex(phy, 1, 9),
    devEui: reversedHex(phy, 9, 17),
    devNonce: phy.readUInt16LE(17),
  };
}

function rejoinRequest(phy: Buffer): RejoinRequest {
  const rejoinType = phy[1];
  const base = { mtype: 'RejoinRequest', phy, micHex: micOf(phy) } as const;
  if (rejoinType === 1) {
    exactly(phy, REJOIN_TYPE_1);
    const [joinEui, devEui] = [reversedHex(phy, 2, 10), reversedHex(phy, 10, 18)];
    return { ...base, rejoinType, joinEui, devEui, rjCount: phy.readUInt16LE(18) };
  }
  if (rejoinType !== 0 && rejoinType !== 2) throw notLorawan(phy);
  exactly(phy, SHORTEST.RejoinRequest);
  const [netId, devEui] = [reversedHex(phy, 2, 5), reversedHex(phy, 5, 13)];
  return { ...base, rejoinType, netId, devEui, rjCount: phy.readUInt16LE(13) };
}

function micOf(phy: Buffer): string {
  return phy.toString('hex', phy.length - MIC);
}

/** Hex digits of a field that is sent with its least significant byte first. */
export function reversedHex(bytes: Buffer, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).reverse().toString('hex');
}

function exactly(phy: Buffer, length: number): void {
  if (phy.length < length) throw truncated(phy, length);
  if (phy.length > length) throw notLorawan(phy);
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

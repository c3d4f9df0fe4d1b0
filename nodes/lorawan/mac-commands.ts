import { decryptOptions, decryptPayload, type FrameKeys } from './frame-crypto.ts';
import type { DataFrame } from './frames.ts';

/** A MAC command of a frame, by its name in the specification. */
export interface MacCommand {
  /** `unknown` for a command identifier that the specification does not have. */
  name: string;
  cid: number;
  payloadHex: string;
  /** The frame ends inside this command, or nothing says how long it is: what follows cannot be told apart. */
  incomplete?: true;
}

type Command = readonly [name: string, length: number];

/**
 * What a device sends and what a network sends: name and bytes after the command identifier.
 * Source: LoRaWAN 1.0.4 and 1.1, chapter 5, and the class B commands of chapter 14.
 */
const COMMANDS: Record<DataFrame['direction'], Readonly<Record<number, Command>>> = {
  up: {
    1: ['ResetInd', 1],
    2: ['LinkCheckReq', 0],
    3: ['LinkADRAns', 1],
    4: ['DutyCycleAns', 0],
    5: ['RXParamSetupAns', 1],
    6: ['DevStatusAns', 2],
    7: ['NewChannelAns', 1],
    8: ['RXTimingSetupAns', 0],
    9: ['TxParamSetupAns', 0],
    10: ['DlChannelAns', 1],
    11: ['RekeyInd', 1],
    12: ['ADRParamSetupAns', 0],
    13: ['DeviceTimeReq', 0],
    15: ['RejoinParamSetupAns', 1],
    16: ['PingSlotInfoReq', 1],
    17: ['PingSlotChannelAns', 1],
    18: ['BeaconTimingReq', 0],
    19: ['BeaconFreqAns', 1],
    32: ['DeviceModeInd', 1],
  },
  down: {
    1: ['ResetConf', 1],
    2: ['LinkCheckAns', 2],
    3: ['LinkADRReq', 4],
    4: ['DutyCycleReq', 1],
    5: ['RXParamSetupReq', 4],
    6: ['DevStatusReq', 0],
    7: ['NewChannelReq', 5],
    8: ['RXTimingSetupReq', 1],
    9: ['TxParamSetupReq', 1],
    10: ['DlChannelReq', 4],
    11: ['RekeyConf', 1],
    12: ['ADRParamSetupReq', 1],
    13: ['DeviceTimeAns', 5],
    14: ['ForceRejoinReq', 2],
    15: ['RejoinParamSetupReq', 1],
    16: ['PingSlotInfoAns', 0],
    17: ['PingSlotChannelReq', 4],
    18: ['BeaconTimingAns', 3],
    19: ['BeaconFreqReq', 3],
    32: ['DeviceModeConf', 1],
  },
};

/** The commands in clear bytes. The list ends with the first one that is unknown or cut off, marked `incomplete`. */
export function readMacCommands(bytes: Buffer, direction: DataFrame['direction']): MacCommand[] {
  const commands: MacCommand[] = [];
  for (let start = 0; start < bytes.length; ) {
    const cid = bytes[start] ?? 0;
    const [name, length] = COMMANDS[direction][cid] ?? ['unknown', Number.POSITIVE_INFINITY];
    const end = start + 1 + length;
    const payloadHex = bytes.toString('hex', start + 1, Math.min(end, bytes.length));
    commands.push({ name, cid, payloadHex, ...(end > bytes.length ? { incomplete: true } : {}) });
    start = end;
  }
  return commands;
}

/**
 * The MAC commands of a frame whose MIC fits: in FOpts, or as the payload of port 0.
 * Throws MessageError `lorawan.error.keyMissing`.
 */
export function macCommandsOf(frame: DataFrame, keys: FrameKeys, fCnt: number): MacCommand[] {
  const bytes = frame.fPort === 0 ? decryptPayload(frame, keys, fCnt) : decryptOptions(frame, keys, fCnt);
  return readMacCommands(bytes, frame.direction);
}

import { type JsonObject, numberOf, objectOf, present, textOf } from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, Uplink } from '../network-message.ts';
import { summarize } from '../receptions.ts';
import { bytesOfHex, devAddrOf, euiOf, eventNamed, frequencyOf, momentOf } from './notation.ts';
import type { NetworkServer } from './table.ts';

/** Messages of a station by `msgtype`. What is not named keeps its own name. */
const EVENTS: Readonly<Record<string, string>> = {
  jreq: 'join-request',
  rejoin: 'rejoin-request',
  propdf: 'proprietary',
  dntxed: 'txack',
  version: 'gateway-stat',
};

/**
 * LoRa Basics Station, as it talks to a network server. `updf` is a frame taken apart; it is put together again.
 * Source: Basics Station documentation, "The LNS protocol".
 */
export const basicsStation: NetworkServer = {
  name: 'basics-station',
  label: 'LoRa Basics Station',
  read(message) {
    const type = textOf(message.msgtype);
    if (type === undefined) return undefined;
    return type === 'updf' ? readFrame(message) : readEvent(message, type);
  },
};

function readFrame(message: JsonObject): NetworkMessage {
  const info = objectOf(message.upinfo) ?? {};
  // rxtime is when the station sent it on, which is late after a gap in the connection.
  const time = momentOf(info.rxtime);
  const rssi = numberOf(info.rssi);
  return present<Uplink>({
    kind: 'uplink',
    network: 'basics-station',
    devAddr: devAddrOf(message.DevAddr),
    payload: Buffer.alloc(0),
    payloadHex: '',
    frameHex: frameOf(message).toString('hex'),
    time,
    timeField: time === undefined ? undefined : 'upinfo.rxtime',
    dr: numberOf(message.DR),
    frequencyHz: frequencyOf(message.Freq),
    ...summarize([present({ rssi, snr: numberOf(info.snr) })]),
  });
}

/** PHYPayload: MHDR, DevAddr, FCtrl, FCnt, FOpts, FPort (-1: none), FRMPayload, MIC; numbers least significant byte first. */
function frameOf(message: JsonObject): Buffer {
  const port = numberOf(message.FPort) ?? -1;
  return Buffer.concat([
    littleEndian(message.MHdr, 1),
    littleEndian(message.DevAddr, 4),
    littleEndian(message.FCtrl, 1),
    littleEndian(message.FCnt, 2),
    bytesOfHex(message.FOpts) ?? Buffer.alloc(0),
    port < 0 ? Buffer.alloc(0) : littleEndian(port, 1),
    bytesOfHex(message.FRMPayload) ?? Buffer.alloc(0),
    littleEndian(message.MIC, 4),
  ]);
}

/** A number as bytes; stations write those of 32 bits with a sign. */
function littleEndian(value: unknown, bytes: 1 | 2 | 4): Buffer {
  const number = Math.trunc(numberOf(value) ?? 0);
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(number >>> 0);
  return buffer.subarray(0, bytes);
}

function readEvent(message: JsonObject, type: string): NetworkEvent {
  const info = objectOf(message.upinfo);
  return present<NetworkEvent>({
    kind: 'event',
    type: eventNamed(EVENTS, type),
    network: 'basics-station',
    devEui: euiOf(message.DevEui),
    joinEui: euiOf(message.JoinEui),
    devNonce: numberOf(message.DevNonce),
    time: momentOf(info?.rxtime),
  });
}

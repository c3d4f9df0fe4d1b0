import {
  bytesOfBase64,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  present,
  textOf,
} from '../json-fields.ts';
import type { NetworkEvent, Uplink } from '../network-message.ts';
import { type Reception, summarize } from '../receptions.ts';
import { dataRateOf, frequencyOf, jsonObjectOf, momentOf } from './notation.ts';
import type { NetworkServer } from './table.ts';

/** CRC of a received packet: 1 right, 0 none, -1 wrong. */
const WRONG_CRC = -1;

/** Fields of messages without a packet, in the order in which they count. */
const EVENTS: readonly (readonly [type: string, field: string])[] = [
  ['gateway-stat', 'stat'],
  ['txack', 'txpk_ack'],
  ['downlink', 'txpk'],
  ['empty', 'rxpk'],
];

/**
 * A packet of a gateway with Semtech's packet forwarder: `{ rxpk: [one] }` (splitMessages makes one of each), `{ stat }`,
 * or an empty keep-alive. Source: Semtech packet forwarder, PROTOCOL.TXT, 4.
 */
export const semtechUdp: NetworkServer = {
  name: 'semtech-udp',
  label: 'Semtech UDP packet forwarder',
  read(message) {
    const gatewayId = textOf(message.gatewayId);
    const [packet] = objectsOf(message.rxpk);
    if (packet) {
      const isWrong = numberOf(packet.stat) === WRONG_CRC;
      return isWrong
        ? event('wrong-crc', packet, gatewayId)
        : readPacket(packet, gatewayId, receptionsOf(message));
    }
    const stat = objectOf(message.stat);
    const type = textOf(message.datagram) ?? EVENTS.find(([, field]) => message[field] !== undefined)?.[0];
    return type === undefined ? undefined : event(type, stat ?? {}, gatewayId);
  },
};

function readPacket(
  packet: JsonObject,
  gatewayId: string | undefined,
  receptions: Reception[] | undefined,
): Uplink {
  const rate = packet.modu === 'LR-FHSS' ? {} : dataRateOf(packet.datr);
  const time = momentOf(packet.time);
  return present<Uplink>({
    kind: 'uplink',
    network: 'semtech-udp',
    payload: Buffer.alloc(0),
    payloadHex: '',
    frameHex: bytesOfBase64(packet.data)?.toString('hex') ?? '',
    time,
    timeField: time === undefined ? undefined : 'time',
    ...rate,
    frequencyHz: frequencyOf(packet.freq),
    ...summarize(
      receptions ?? [
        present({
          gatewayId,
          rssi: numberOf(packet.rssi),
          snr: rate.bitRate === undefined ? numberOf(packet.lsnr) : undefined,
          time,
        }),
      ],
    ),
  });
}

/** Our own gateway node says who else heard the frame. */
function receptionsOf({ receptions }: JsonObject): Reception[] | undefined {
  if (!Array.isArray(receptions)) return undefined;
  return objectsOf(receptions).map(({ gatewayId, rssi, snr, time }) =>
    present<Reception>({
      gatewayId: textOf(gatewayId),
      rssi: numberOf(rssi),
      snr: numberOf(snr),
      time: momentOf(time),
    }),
  );
}

function event(type: string, facts: JsonObject, gatewayId: string | undefined): NetworkEvent {
  return present<NetworkEvent>({
    kind: 'event',
    type,
    network: 'semtech-udp',
    gatewayId,
    time: momentOf(facts.time),
    lat: numberOf(facts.lati),
    lon: numberOf(facts.long),
    altitudeM: numberOf(facts.alti),
  });
}

/** Kinds of datagrams without packets. */
const IDENTIFIERS: Readonly<Record<number, string>> = {
  1: 'push-ack',
  2: 'keepalive',
  4: 'keepalive',
  5: 'txack',
};
const HEADER = 12;

/** What a datagram of version 1 or 2 says, in one object that `semtechUdp` reads; undefined if the bytes are none. */
export function datagramOf(bytes: Buffer): JsonObject | undefined {
  const [version = 0, , , identifier = -1] = bytes;
  if (version !== 1 && version !== 2) return undefined;
  const gatewayId = bytes.length >= HEADER ? { gatewayId: bytes.toString('hex', 4, HEADER) } : {};
  if (identifier !== 0) {
    const datagram = IDENTIFIERS[identifier];
    return datagram === undefined ? undefined : { datagram, ...gatewayId };
  }
  const json = jsonObjectOf(bytes.toString('utf8', HEADER));
  return json && { ...(Object.keys(json).length === 0 ? { datagram: 'empty' } : json), ...gatewayId };
}

import { strengthOf } from '../gateway/rxpk.ts';
import { type Kind, readDatagram } from '../gateway/semtech-udp.ts';
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
import { dataRateOf, eventNamed, frequencyOf, jsonObjectOf, momentOf } from './notation.ts';
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
        ? gatewayEvent('wrong-crc', packet, gatewayId)
        : readPacket(packet, gatewayId, receptionsOf(message));
    }
    const type =
      message.datagram === undefined
        ? EVENTS.find(([, field]) => message[field] !== undefined)?.[0]
        : eventNamed({}, message.datagram);
    if (type === undefined) return undefined;
    const error = textOf(objectOf(message.txpk_ack)?.error);
    return {
      ...gatewayEvent(type, objectOf(message.stat) ?? {}, gatewayId),
      ...(error === undefined || error === 'NONE' ? {} : { error }),
    };
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
          time,
          ...strengthOf(packet),
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

/** What a gateway says of itself (`stat`), or of a packet that nobody can use. */
export function gatewayEvent(type: string, facts: JsonObject, gatewayId: string | undefined): NetworkEvent {
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

/** What datagrams are in which nothing stands. */
const WITHOUT_CONTENT: Readonly<Partial<Record<Kind, string>>> = {
  PUSH_ACK: 'push-ack',
  PULL_DATA: 'keepalive',
  PULL_ACK: 'keepalive',
  TX_ACK: 'txack',
};

/** What a datagram says, in one object that `semtechUdp` reads; undefined if the bytes are none. */
export function datagramOf(bytes: Buffer): JsonObject | undefined {
  const found = readDatagram(bytes);
  if (!found) return undefined;
  const { kind, gatewayId, json } = found;
  const sender = gatewayId === undefined ? {} : { gatewayId };
  if (json.length === 0) {
    const datagram = WITHOUT_CONTENT[kind];
    return datagram === undefined ? undefined : { datagram, ...sender };
  }
  const content = jsonObjectOf(json.toString('utf8'));
  return content && { ...(Object.keys(content).length === 0 ? { datagram: 'empty' } : content), ...sender };
}

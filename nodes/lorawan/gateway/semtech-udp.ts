/**
 * Datagrams of the packet forwarder protocol that Semtech published with its gateways (PROTOCOL.TXT of packet_forwarder,
 * versions 1 and 2). The first byte is the version, then a token of two bytes and the kind; from a gateway its EUI of
 * eight bytes and maybe JSON follow.
 */

const KINDS = { PUSH_DATA: 0, PUSH_ACK: 1, PULL_DATA: 2, PULL_RESP: 3, PULL_ACK: 4, TX_ACK: 5 } as const;
export type Kind = keyof typeof KINDS;

const KIND_OF = new Map<number, Kind>(Object.entries(KINDS).map(([kind, code]) => [code, kind as Kind]));
/** What a gateway sends, and with its EUI. */
const FROM_GATEWAY = ['PUSH_DATA', 'PULL_DATA', 'TX_ACK'] as const satisfies Kind[];

export interface Datagram {
  kind: Kind;
  version: 1 | 2;
  /** Two bytes that the answer repeats. */
  token: Buffer;
  /** EUI of the gateway, 16 lower-case hex digits; absent in what a server sends. */
  gatewayId?: string;
  /** Not read yet; empty if there is none. */
  json: Buffer;
}

export interface GatewayDatagram extends Datagram {
  kind: (typeof FROM_GATEWAY)[number];
  gatewayId: string;
}

const HEADER = 4;
const HEADER_WITH_EUI = 12;

/** A datagram of either side; undefined for anything else. */
export function readDatagram(bytes: Buffer): Datagram | undefined {
  const version = bytes[0];
  const kind = KIND_OF.get(bytes[3] ?? -1);
  if ((version !== 1 && version !== 2) || !kind) return undefined;
  const token = bytes.subarray(1, 3);
  if (!isFromGateway(kind)) return { kind, version, token, json: bytes.subarray(HEADER) };
  if (bytes.length < HEADER_WITH_EUI) return undefined;
  const gatewayId = bytes.toString('hex', HEADER, HEADER_WITH_EUI);
  return { kind, version, token, gatewayId, json: bytes.subarray(HEADER_WITH_EUI) };
}

/** A datagram of a gateway; undefined for anything else that comes to an open port. */
export function readGatewayDatagram(bytes: Buffer): GatewayDatagram | undefined {
  const datagram = readDatagram(bytes);
  return datagram && isFromGateway(datagram.kind) ? (datagram as GatewayDatagram) : undefined;
}

function isFromGateway(kind: Kind): kind is GatewayDatagram['kind'] {
  return (FROM_GATEWAY as readonly Kind[]).includes(kind);
}

/** The answer to a PUSH_DATA or PULL_DATA. */
export function writeAck({ kind, version, token }: Datagram): Buffer {
  return write(kind === 'PULL_DATA' ? 'PULL_ACK' : 'PUSH_ACK', version, token);
}

/** A frame for a gateway to send; `token` is what its TX_ACK will repeat. */
export function writePullResp(version: 1 | 2, token: Buffer, txpk: object): Buffer {
  return Buffer.concat([write('PULL_RESP', version, token), Buffer.from(JSON.stringify({ txpk }))]);
}

function write(kind: Kind, version: 1 | 2, token: Buffer): Buffer {
  return Buffer.concat([Buffer.of(version), token, Buffer.of(KINDS[kind])]);
}

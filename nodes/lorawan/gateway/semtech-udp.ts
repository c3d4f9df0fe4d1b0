/**
 * Datagrams of the packet forwarder protocol that Semtech published with its gateways (PROTOCOL.TXT of packet_forwarder,
 * versions 1 and 2). The first byte is the version, then a token of two bytes and the kind; from a gateway its EUI of
 * eight bytes and maybe JSON follow.
 */

const KINDS = { PUSH_DATA: 0, PUSH_ACK: 1, PULL_DATA: 2, PULL_RESP: 3, PULL_ACK: 4, TX_ACK: 5 } as const;
type Kind = keyof typeof KINDS;

/** What a gateway sends. */
const FROM_GATEWAY = new Map<number, 'PUSH_DATA' | 'PULL_DATA' | 'TX_ACK'>([
  [KINDS.PUSH_DATA, 'PUSH_DATA'],
  [KINDS.PULL_DATA, 'PULL_DATA'],
  [KINDS.TX_ACK, 'TX_ACK'],
]);

export interface Datagram {
  kind: 'PUSH_DATA' | 'PULL_DATA' | 'TX_ACK';
  version: 1 | 2;
  /** Two bytes that the answer repeats. */
  token: Buffer;
  /** EUI of the gateway, 16 lower-case hex digits. */
  gatewayId: string;
  /** Not read yet; empty if there is none. */
  json: Buffer;
}

const HEADER = 4;
const HEADER_WITH_EUI = 12;

/** A datagram of a gateway; undefined for anything else that comes to an open port. */
export function readDatagram(bytes: Buffer): Datagram | undefined {
  const version = bytes[0];
  const kind = FROM_GATEWAY.get(bytes[3] ?? -1);
  if ((version !== 1 && version !== 2) || !kind || bytes.length < HEADER_WITH_EUI) return undefined;
  return {
    kind,
    version,
    token: bytes.subarray(1, 3),
    gatewayId: bytes.toString('hex', HEADER, HEADER_WITH_EUI),
    json: bytes.subarray(HEADER_WITH_EUI),
  };
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

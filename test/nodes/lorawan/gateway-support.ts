/** A packet forwarder and an end device for tests, both independent of the code they test: dgram, and lora-packet. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import crypto from 'lora-packet/out/lib/crypto.js';
import mic from 'lora-packet/out/lib/mic.js';
import { eventually } from '../../support/eventually.ts';
import { loraPacket } from './lora-packet.ts';

export interface Txpk {
  imme: boolean;
  tmst: number;
  freq: number;
  powe: number;
  modu: string;
  datr: string | number;
  codr: string;
  ipol: boolean;
  size: number;
  data: string;
}

/** Sends what a gateway with Semtech's packet forwarder sends (PROTOCOL.TXT, version 2), and keeps what it gets. */
export class PacketForwarder {
  readonly eui: string;
  readonly received: { kind: number; token: string; txpk?: Txpk }[] = [];
  /** What it says to a frame that it is to send. */
  refusals: string[] = [];
  readonly #socket: Socket = createSocket('udp4');
  readonly #port: number;
  readonly #version: number;

  constructor(eui: string, port: number, version = 2) {
    this.eui = eui;
    this.#port = port;
    this.#version = version;
    this.#socket.on('message', (bytes) => this.#receive(bytes));
  }

  /** Tells where it listens; resolves when the server has answered. */
  async pull(): Promise<void> {
    const token = this.send(2);
    await eventually(() => assert.ok(this.acknowledged(4, token)), 5000);
  }

  /** Delivers received frames; gives the token. */
  push(...rxpk: object[]): string {
    return this.send(0, JSON.stringify({ rxpk }));
  }

  /** A datagram of any kind. */
  send(kind: number, json = ''): string {
    const token = randomBytes(2);
    const head = Buffer.from([this.#version, ...token, kind, ...Buffer.from(this.eui, 'hex')]);
    this.sendBytes(Buffer.concat([head, Buffer.from(json)]));
    return token.toString('hex');
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1');
  }

  acknowledged(kind: number, token: string): boolean {
    return this.received.some((datagram) => datagram.kind === kind && datagram.token === token);
  }

  /** The frames that it was to send so far. */
  sent(): Txpk[] {
    return this.received.flatMap(({ txpk }) => txpk ?? []);
  }

  /** The next frame that it is to send, after the first `count`. */
  nextSent(count: number, withinMs = 5000): Promise<Txpk> {
    return eventually(() => {
      const txpk = this.sent()[count];
      assert.ok(txpk, 'nothing to send');
      return txpk;
    }, withinMs);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #receive(bytes: Buffer): void {
    const [, , , kind = -1] = bytes;
    const token = bytes.toString('hex', 1, 3);
    const txpk = kind === 3 ? (JSON.parse(bytes.toString('utf8', 4)).txpk as Txpk) : undefined;
    this.received.push({ kind, token, ...(txpk ? { txpk } : {}) });
    if (txpk && this.#version === 2) this.#answer(bytes.subarray(1, 3));
  }

  #answer(token: Buffer): void {
    const error = this.refusals.shift() ?? 'NONE';
    const head = Buffer.from([2, ...token, 5, ...Buffer.from(this.eui, 'hex')]);
    this.sendBytes(Buffer.concat([head, Buffer.from(JSON.stringify({ txpk_ack: { error } }))]));
  }
}

/** A UDP port that is free now. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** A received frame as a packet forwarder writes it. */
export function rxpk(phy: Buffer, fields: object = {}): object {
  return {
    tmst: 3_512_348_611,
    chan: 2,
    rfch: 0,
    freq: 868.1,
    stat: 1,
    modu: 'LORA',
    datr: 'SF7BW125',
    codr: '4/5',
    lsnr: 9.2,
    rssi: -57,
    size: phy.length,
    data: phy.toString('base64'),
    ...fields,
  };
}

/** An end device of LoRaWAN 1.0; what it knows it derives itself. */
export class EndDevice {
  readonly devEui: Buffer;
  readonly appKey: Buffer;
  devNonce = 0x1234;
  fCnt = 0;
  devAddr: Buffer | undefined;
  nwkSKey: Buffer | undefined;
  appSKey: Buffer | undefined;
  rxDelay = 1;

  constructor(devEui: string, appKey: string) {
    this.devEui = Buffer.from(devEui, 'hex');
    this.appKey = Buffer.from(appKey, 'hex');
  }

  joinRequest(): Buffer {
    this.devNonce++;
    const fields = {
      MType: 'Join Request',
      AppEUI: Buffer.alloc(8, 7),
      DevEUI: this.devEui,
      DevNonce: this.#nonce(),
    };
    return phyOf(loraPacket.fromFields(fields, undefined, undefined, this.appKey));
  }

  /** Takes a JoinAccept: its MIC must fit, and the session begins. */
  join(phy: Buffer): { channels: string } {
    const clear = Buffer.concat([
      phy.subarray(0, 1),
      crypto.decryptJoinAccept(loraPacket.fromWire(phy), this.appKey).subarray(1),
    ]);
    const accept = loraPacket.fromWire(clear);
    const { JoinNonce, NetID, DevAddr, RxDelay, CFList } = accept;
    assert.ok(JoinNonce && NetID && DevAddr && RxDelay);
    const keys = crypto.generateSessionKeys10(this.appKey, NetID, JoinNonce, this.#nonce());
    [this.nwkSKey, this.appSKey, this.devAddr] = [keys.NwkSKey, keys.AppSKey, DevAddr];
    this.rxDelay = RxDelay[0] ?? 1;
    this.fCnt = 0;
    return { channels: CFList?.toString('hex') ?? '' };
  }

  uplink(
    payload: Buffer,
    fields: { confirmed?: boolean; fOpts?: string; fPort?: number; ack?: boolean; adr?: boolean } = {},
  ): Buffer {
    const { confirmed = false, fOpts, fPort = 2, ack = false, adr = false } = fields;
    const packet = {
      MType: confirmed ? 'Confirmed Data Up' : 'Unconfirmed Data Up',
      DevAddr: this.devAddr ?? Buffer.alloc(4),
      FCnt: this.fCnt++,
      FCtrl: { ACK: ack, ADR: adr },
      ...(fOpts === undefined ? {} : { FOpts: Buffer.from(fOpts, 'hex') }),
      FPort: fPort,
      payload,
    };
    return phyOf(loraPacket.fromFields(packet, this.appSKey, this.nwkSKey));
  }

  /** What a downlink says to this device. */
  read(txpk: Txpk): {
    ack: boolean;
    fCnt: number;
    fOpts: string;
    fPort: number | null;
    payload: string;
    confirmed: boolean;
  } {
    const phy = Buffer.from(txpk.data, 'base64');
    const packet = loraPacket.fromWire(phy);
    assert.equal(packet.getDir(), 'down');
    assert.deepEqual(packet.DevAddr, this.devAddr);
    assert.ok(this.nwkSKey && this.appSKey);
    assert.ok(verifyMic(packet, this.nwkSKey), 'the MIC of the downlink fits');
    return {
      ack: packet.getFCtrlACK() === true,
      fCnt: packet.getFCnt() ?? -1,
      fOpts: packet.FOpts?.toString('hex') ?? '',
      fPort: packet.getFPort(),
      payload: packet.FRMPayload?.length
        ? crypto.decrypt(packet, this.appSKey, this.nwkSKey).toString('hex')
        : '',
      confirmed: packet.isConfirmed(),
    };
  }

  #nonce(): Buffer {
    const nonce = Buffer.alloc(2);
    nonce.writeUInt16BE(this.devNonce);
    return nonce;
  }
}

function verifyMic(packet: ReturnType<typeof loraPacket.fromWire>, nwkSKey: Buffer): boolean {
  return mic.verifyMIC(packet, nwkSKey);
}

function phyOf(packet: ReturnType<typeof loraPacket.fromFields>): Buffer {
  const phy = packet.getPHYPayload();
  assert.ok(phy);
  return phy;
}

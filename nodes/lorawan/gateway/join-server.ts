import { createHash, randomInt } from 'node:crypto';
import type { Device, DeviceSession } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { JoinRequest } from '../frames.ts';
import { joinMicFits, writeJoinAccept } from '../join-accept.ts';
import { deriveSessionKeys } from '../session-keys.ts';
import { cfList } from './eu868.ts';

/** What devices are told when they join. */
export interface JoinSettings {
  /** Seconds from an uplink to the first receive window. */
  rxDelay: number;
  rx2DataRate: number;
  /** Whether the gateways hear eight channels; else only the three that every device knows. */
  moreChannels: boolean;
}

export interface Joined {
  session: DeviceSession;
  /** PHYPayload of the JoinAccept. */
  phy: Buffer;
}

/** What is remembered of a device's joins: with these numbers an old request would be good once more. */
interface JoinHistory {
  /** Digest of the AppKey: a new key starts anew. */
  key: string;
  devNonces: number[];
  joinNonce: number;
}

/** Private networks of no member of the LoRa Alliance: the first address range that is free for all. */
const NET_ID = '000000';
const LAST_DEV_ADDR = 0x01ff_ffff;
const LAST_JOIN_NONCE = 0xff_ffff;
const RX1_DR_OFFSET = 0;
const EPOCH = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;

/**
 * Lets registered devices with an AppKey join, as a network of LoRaWAN 1.0 does (1.0.4, 6.2). A device of LoRaWAN 1.1 is
 * told that this is a 1.0 network (OptNeg 0) and joins with its NwkKey, entered as AppKey.
 */
export class JoinServer {
  readonly #registry: DeviceRegistry;
  readonly #state: StateStore;
  readonly #settings: JoinSettings;

  constructor(registry: DeviceRegistry, state: StateStore, settings: JoinSettings) {
    this.#registry = registry;
    this.#state = state;
    this.#settings = settings;
  }

  /**
   * Accepts a request: what is new is on disk when this returns, before the device can hear of it.
   * Throws MessageError `lorawan.error.appKeyMissing`, `wrongJoinMic` or `devNonceUsed`.
   */
  join(device: Device, request: JoinRequest, now = Date.now()): Joined {
    const appKey = this.#registry.keys(device.id)?.appKey;
    if (appKey === undefined) throw refusal('lorawan.error.appKeyMissing', device);
    if (!joinMicFits(request, appKey)) throw refusal('lorawan.error.wrongJoinMic', device);
    const joinNonce = this.#count(device, appKey, request.devNonce, now);
    const session = this.#session(device, appKey, joinNonce, request.devNonce, now);
    this.#registry.addSession(device.id, session);
    const { devAddr, rxDelay, rx1DrOffset, rx2DataRate } = session;
    const accept = {
      ...{ joinNonce, netId: NET_ID, devAddr, optNeg: false, rx1DrOffset, rx2DataRate, rxDelay },
      ...(this.#settings.moreChannels ? { cfListHex: cfList() } : {}),
    };
    return { session, phy: writeJoinAccept(accept, { key: appKey }) };
  }

  /** Refuses a DevNonce that was used before; gives the JoinNonce of this join, 6 hex digits. */
  #count(device: Device, appKey: string, devNonce: number, now: number): string {
    const name = `lorawan.joins/${device.id}`;
    const key = createHash('sha256').update(appKey).digest('hex').slice(0, 16);
    const kept = this.#state.get<JoinHistory>(name);
    const history = kept?.key === key ? kept : { key, devNonces: [], joinNonce: 0 };
    if (history.devNonces.includes(devNonce)) {
      throw refusal('lorawan.error.devNonceUsed', device, { devNonce });
    }
    // It must grow, also after this history was lost: a device would refuse a lower one.
    const minutes = Math.floor((now - EPOCH) / MINUTE);
    const joinNonce = Math.min(LAST_JOIN_NONCE, Math.max(history.joinNonce + 1, minutes));
    const devNonces = [...history.devNonces, devNonce];
    this.#state.set(name, { key, devNonces, joinNonce } satisfies JoinHistory, 'now');
    return hex(joinNonce, 6);
  }

  #session(device: Device, appKey: string, joinNonce: string, devNonce: number, now: number): DeviceSession {
    const keys = deriveSessionKeys({ appKey, netId: NET_ID, joinNonce, devNonce: hex(devNonce, 4) });
    // Both were checked: a stored key has 32 digits.
    if (!keys) throw refusal('lorawan.error.appKeyMissing', device);
    const { rxDelay, rx2DataRate } = this.#settings;
    return {
      devAddr: this.#freeAddress(),
      ...keys,
      joinedTime: new Date(now).toISOString(),
      rxDelay,
      rx1DrOffset: RX1_DR_OFFSET,
      rx2DataRate,
    };
  }

  #freeAddress(): string {
    for (;;) {
      const devAddr = hex(randomInt(1, LAST_DEV_ADDR + 1), 8);
      if (this.#registry.byDevAddr(devAddr).length === 0) return devAddr;
    }
  }
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function refusal(key: string, { name, area, id }: Device, parameters = {}): MessageError {
  return new MessageError({ key, parameters, device: name, account: { area, device: id } });
}

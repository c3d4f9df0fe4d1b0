import type { Device } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { MessageError } from '../observation/errors.ts';
import { AreaGate, type AreaGateOptions, accountOf, type Dropped } from './area-gate.ts';
import { decryptPayload, keyMissing, micFits } from './frame-crypto.ts';
import { type FrameSender, senderOf } from './frame-sender.ts';
import { type FrameOrigin, type FrameSessions, firstCounter } from './frame-sessions.ts';
import type { DataFrame } from './frames.ts';
import { type MacCommand, macCommandsOf } from './mac-commands.ts';
import type { Uplink } from './network-message.ts';

/** An uplink whose device is known; its payload is in clear, unless the network server left it encrypted. */
export interface FoundUplink {
  device: Device;
  fPort?: number;
  fCnt?: number;
  payload: Buffer;
  /** Of a raw frame, if it has any. */
  macCommands?: MacCommand[];
  /** The frame counter before, of a device that counts from a lower number again. */
  resetFrom?: number;
  dropped?: never;
}

/** What decoding asks of the device list, and tells it. */
export type KnownDevices = Pick<
  DeviceRegistry,
  'get' | 'byDevEui' | 'byDevAddr' | 'byIdentity' | 'keys' | 'frameKeys'
> & {
  readonly unknown: Pick<DeviceRegistry['unknown'], 'seen'>;
};

interface DeviceFinderOptions extends AreaGateOptions {
  registry: KnownDevices;
  sessions: FrameSessions;
}

/** Gateways hear the devices of every network around; one report a day and address is enough. */
const FOREIGN_ADDRESS_MS = 24 * 60 * 60_000;

/** Finds the registered device behind an uplink, and its payload in clear. */
export class DeviceFinder {
  readonly #registry: KnownDevices;
  readonly #sessions: FrameSessions;
  readonly #gate: AreaGate;

  constructor(options: DeviceFinderOptions) {
    this.#registry = options.registry;
    this.#sessions = options.sessions;
    this.#gate = new AreaGate(options);
  }

  /**
   * The device of an uplink of a network server: by DevEUI, or where the server does not say it, by the device's id or
   * address in the device list. Throws MessageError `lorawan.error.unknownDevice`, after adding the device to the
   * registry's list of unknown ones, `noDevEui` or `noFlowForArea`.
   */
  byMessage(uplink: Uplink, context: { receivedTime: string; topic?: string }): FoundUplink | Dropped {
    const { devEui, fPort, fCnt } = uplink;
    const device = devEui === undefined ? this.#byName(uplink) : this.#registry.byDevEui(devEui);
    if (!device) return this.#unknown(uplink, context);
    if (this.#gate.isElsewhere(device)) return this.#gate.leave(device, nameOf(uplink));
    return {
      device,
      ...(fPort === undefined ? {} : { fPort }),
      ...(fCnt === undefined ? {} : { fCnt }),
      payload: uplink.payload,
    };
  }

  /** Without DevEUI: the device whose id the server uses as its name, or the only one with the address. */
  #byName({ deviceId, devAddr }: Uplink): Device | undefined {
    const named = deviceId === undefined ? undefined : this.#registry.get(deviceId.toLowerCase());
    if (named || devAddr === undefined) return named;
    const [only, ...others] = this.#registry.byDevAddr(devAddr);
    return others.length === 0 ? only : undefined;
  }

  /**
   * The device of a raw frame: several may share a DevAddr, so the MIC decides.
   * Throws MessageError `lorawan.error.wrongMic`, `replayed`, `unknownAddress`, `keyMissing` or `noFlowForArea`.
   */
  byFrame(frame: DataFrame, origin: FrameOrigin): FoundUplink | Dropped {
    const candidates = this.#registry.byDevAddr(frame.devAddr);
    if (candidates.length === 0) return this.#unknownAddress(frame.devAddr);
    const own = candidates.filter((device) => !this.#gate.isElsewhere(device));
    const sender = senderOf(frame, own, this.#registry, this.#sessions, origin);
    if (sender) return foundIn(frame, sender);
    const neighbour = candidates.find(
      (device) => this.#gate.isElsewhere(device) && this.#sent(device, frame),
    );
    if (neighbour) return this.#gate.leave(neighbour, frame.phy.toString('hex'));
    if (own.length === 0) return { dropped: 'other-area' };
    throw this.#refusal(frame, own);
  }

  /** Adds a device to the list of unknown ones; its messages may be heard by several flows, one of which reports. */
  #unknown(uplink: Uplink, context: { receivedTime: string; topic?: string }): Dropped {
    const { devEui, network, fPort, payloadHex } = uplink;
    if (devEui === undefined) {
      const id = uplink.deviceId ?? uplink.devAddr ?? '?';
      throw new MessageError({ key: 'lorawan.error.noDevEui', parameters: { id } });
    }
    if (!this.#gate.isNews(nameOf(uplink))) return { dropped: 'reported' };
    this.#registry.unknown.seen({
      devEui,
      network,
      time: context.receivedTime,
      payloadHex,
      ...(fPort === undefined ? {} : { fPort }),
      ...(context.topic === undefined ? {} : { topic: context.topic }),
    });
    throw new MessageError({ key: 'lorawan.error.unknownDevice', parameters: { devEui } });
  }

  #unknownAddress(devAddr: string): Dropped {
    if (!this.#gate.isNews(devAddr, FOREIGN_ADDRESS_MS)) return { dropped: 'reported' };
    throw new MessageError({ key: 'lorawan.error.unknownAddress', parameters: { devAddr } });
  }

  /** Why no device of this flow can have sent the frame. */
  #refusal(frame: DataFrame, own: readonly Device[]): MessageError {
    for (const device of own) {
      const keys = this.#registry.frameKeys(device.id, frame.devAddr);
      const missing = (['nwkSKey', 'appSKey'] as const).find((key) => !keys?.[key]);
      if (missing) return keyMissing(missing, device.name);
    }
    const [only] = own;
    return new MessageError({
      key: 'lorawan.error.wrongMic',
      parameters: { devAddr: frame.devAddr },
      ...(own.length === 1 && only ? accountOf(only) : {}),
    });
  }

  /** Whether another flow's device sent the frame; its counter stays untouched. */
  #sent(device: Device, frame: DataFrame): boolean {
    const keys = this.#registry.frameKeys(device.id, frame.devAddr);
    if (!keys?.nwkSKey) return false;
    return firstCounter(frame, (fCnt) => micFits(frame, keys, fCnt)) !== undefined;
  }
}

/** The same for the same uplink, whoever receives it. */
function nameOf({ devEui, fCnt, fPort, payloadHex, time }: Uplink): string {
  return [devEui, fCnt, fPort, payloadHex, time].join(' ');
}

function foundIn(frame: DataFrame, { device, keys, verdict }: FrameSender): FoundUplink | Dropped {
  const { fCnt } = verdict;
  if (verdict.result === 'duplicate') return { dropped: 'duplicate' };
  if (verdict.result === 'replayed') {
    const parameters = { fCnt, lastFCnt: verdict.lastFCnt };
    throw new MessageError({ key: 'lorawan.error.replayed', parameters, ...accountOf(device) });
  }
  const payload = decryptPayload(frame, keys, fCnt);
  const macCommands = macCommandsOf(frame, keys, fCnt);
  return {
    device,
    fCnt,
    payload,
    ...(frame.fPort === undefined ? {} : { fPort: frame.fPort }),
    ...(macCommands.length === 0 ? {} : { macCommands }),
    ...(verdict.resetFrom === undefined ? {} : { resetFrom: verdict.resetFrom }),
  };
}

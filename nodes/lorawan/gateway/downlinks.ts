import type { Device, DeviceKeys } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Downlink } from '../downlink/downlink.ts';
import type { DataFrame } from '../frames.ts';
import { macCommandsOf } from '../mac-commands.ts';
import type { NetworkEvent } from '../network-message.ts';
import { writeDataFrame } from '../write-frame.ts';
import { AdaptiveDataRate } from './adaptive-data-rate.ts';
import type { CollectedFrame } from './collector.ts';
import { DownlinkQueue } from './downlink-queue.ts';
import { macAnswers } from './mac-answers.ts';
import { type ReceiveWindows, type SendResult, Transmitter } from './transmitter.ts';

export interface DownlinksOptions {
  registry: Pick<DeviceRegistry, 'frameKeys' | 'keys' | 'sessions'>;
  state: StateStore;
  transmitter: Transmitter;
  /** Of devices that did not join. */
  rx2DataRate: number;
  /** What became of a downlink. */
  tell(type: string, device: Device, facts: Partial<NetworkEvent>): void;
  onProblem(error: unknown): void;
}

/** An uplink of a device whose keys fit. */
export interface DeviceUplink {
  device: Device;
  keys: DeviceKeys;
  frame: DataFrame;
  /** 32 bits. */
  fCnt: number;
  collected: CollectedFrame;
}

/** Where a device that always listens can be reached. */
interface Reachable {
  devAddr: string;
  gatewayId: string;
}

interface Content {
  fOpts?: Buffer;
  fPort?: number;
  payload?: Buffer;
  confirmed?: boolean;
}

/** ABP devices keep what every device begins with; the second window is as the gateway node's form says. */
const ABP_RX_DELAY = 1;

/** Sends devices what waits for them, acknowledgements and answers, and follows what becomes of it. */
export class Downlinks {
  readonly #options: DownlinksOptions;
  readonly #queue: DownlinkQueue;
  readonly #dataRate: AdaptiveDataRate;
  /** Devices to which something of the queue is being sent. */
  readonly #busy = new Set<string>();

  constructor(options: DownlinksOptions) {
    this.#options = options;
    this.#queue = new DownlinkQueue(options.state);
    this.#dataRate = new AdaptiveDataRate(options.state);
  }

  /**
   * Keeps a downlink until its device listens: after its next uplink, or now if it always does.
   * Throws MessageError `lorawan.error.downlinkNoSession` or `downlinkQueueFull`.
   */
  add(device: Device, downlink: Downlink): void {
    const { registry, tell } = this.#options;
    const keys = registry.keys(device.id);
    if (registry.sessions(device.id).length === 0 && !(device.devAddr && keys?.nwkSKey && keys.appSKey)) {
      throw new MessageError({ key: 'lorawan.error.downlinkNoSession', device: device.name });
    }
    this.#queue.add(device.id, downlink);
    tell('queued', device, { reference: downlink.reference });
    this.#sendNow(device);
  }

  /** The uplink after a confirmed downlink says whether that arrived. */
  confirm(device: Device, arrived: boolean): void {
    const unanswered = this.#queue.takeUnanswered(device.id);
    if (!unanswered) return;
    const { downlink, fCntDown } = unanswered;
    this.#options.tell(arrived ? 'ack' : 'nack', device, { reference: downlink.reference, fCntDown });
  }

  /** Answers an uplink, if there is something to say. */
  answer(uplink: DeviceUplink): void {
    const { device, keys, frame, fCnt, collected } = uplink;
    if (device.classC) this.#reached(device, frame, collected);
    const windows = this.#windowsOf(device, frame.devAddr);
    if (isOver(collected, windows)) return;
    const commands = macCommandsOf(frame, keys, fCnt);
    const request = this.#dataRate.heard(device.id, frame, commands, collected);
    const fOpts = Buffer.concat([macAnswers(commands, collected), request]);
    const downlink = this.#busy.has(device.id) ? undefined : this.#queue.first(device.id);
    if (downlink) this.#sendWith(downlink, uplink, windows, fOpts);
    else if (frame.confirmed || frame.adrAckReq || fOpts.length > 0) {
      const { phy } = this.#write(device, keys, frame, { fOpts });
      this.#follow(this.#options.transmitter.send(collected, windows, phy), (result) => {
        if (!result.sent) this.#options.tell('failed', device, { code: result.error, subtype: 'ack' });
      });
    }
  }

  /** The first of the queue as a part of the answer to an uplink. */
  #sendWith(downlink: Downlink, uplink: DeviceUplink, windows: ReceiveWindows, fOpts: Buffer): void {
    const { device, keys, frame, collected } = uplink;
    const content = contentOf(downlink);
    const fits = Transmitter.fits(collected, windows, fOpts.length + content.payload.length);
    const { phy, fCntDown } = this.#write(device, keys, frame, fits ? { ...content, fOpts } : { fOpts });
    this.#busy.add(device.id);
    this.#follow(this.#options.transmitter.send(collected, windows, phy), (result) => {
      this.#busy.delete(device.id);
      this.#concluded(device, downlink, fCntDown, fits ? result : { sent: false, error: 'TOO_LONG' });
    });
  }

  /** The first of the queue to a device that always listens; one whose acknowledgement is awaited gets nothing else. */
  #sendNow(device: Device): void {
    const { registry, state, transmitter } = this.#options;
    const downlink = this.#queue.first(device.id);
    const reachable = state.get<Reachable>(nameOf(device.id));
    if (!device.classC || !downlink || !reachable) return;
    const keys = registry.frameKeys(device.id, reachable.devAddr);
    if (!keys || this.#busy.has(device.id) || this.#queue.isUnanswered(device.id)) return;
    const unasked = { devAddr: reachable.devAddr, confirmed: false, adr: false };
    const { phy, fCntDown } = this.#write(device, keys, unasked, contentOf(downlink));
    const { rx2DataRate } = this.#windowsOf(device, reachable.devAddr);
    this.#busy.add(device.id);
    this.#follow(transmitter.sendNow(reachable.gatewayId, rx2DataRate, phy), (result) => {
      this.#busy.delete(device.id);
      this.#concluded(device, downlink, fCntDown, result);
      if (result.sent) this.#sendNow(device);
    });
  }

  #concluded(device: Device, { reference, fPort }: Downlink, fCntDown: number, result: SendResult): void {
    const { tell } = this.#options;
    if (result.sent) {
      this.#queue.sent(device.id, fCntDown);
      tell('txack', device, { reference, fCntDown, fPort, gatewayId: result.gatewayId });
    } else if (this.#queue.notSent(device.id)) {
      tell('failed', device, { reference, code: result.error });
    }
  }

  /** Nobody waits for what follows: its failure must not become the process's. */
  #follow(sending: Promise<SendResult>, follow: (result: SendResult) => void): void {
    sending.then(follow).catch(this.#options.onProblem);
  }

  #write(
    device: Device,
    keys: DeviceKeys,
    { devAddr, confirmed: ack, adr }: Pick<DataFrame, 'devAddr' | 'confirmed' | 'adr'>,
    content: Content,
  ): { phy: Buffer; fCntDown: number } {
    const fCntDown = this.#queue.nextCounter(device.id, keys);
    const fPending = this.#queue.size(device.id) > (content.payload ? 1 : 0);
    const fields = { direction: 'down', confirmed: false, devAddr, fCnt: fCntDown } as const;
    return { phy: writeDataFrame({ ...fields, adr, ack, fPending, ...content }, keys), fCntDown };
  }

  #reached({ id }: Device, { devAddr }: DataFrame, { receptions }: CollectedFrame): void {
    const gatewayId = receptions[0]?.gatewayId;
    if (gatewayId !== undefined) {
      this.#options.state.set(nameOf(id), { devAddr, gatewayId } satisfies Reachable, 'minute');
    }
  }

  #windowsOf(device: Device, devAddr: string): ReceiveWindows {
    const { registry, rx2DataRate } = this.#options;
    const session = registry.sessions(device.id).find((joined) => joined.devAddr === devAddr);
    return session ?? { rxDelay: ABP_RX_DELAY, rx1DrOffset: 0, rx2DataRate };
  }
}

/** Whether the windows after an uplink are over. */
export function isOver({ intake }: CollectedFrame, { rxDelay }: Pick<ReceiveWindows, 'rxDelay'>): boolean {
  return Date.now() - Date.parse(intake.receivedTime) > (rxDelay + 1) * 1000;
}

function contentOf({ fPort, payloadHex, confirmed }: Downlink): Content & { payload: Buffer } {
  return { fPort, payload: Buffer.from(payloadHex, 'hex'), confirmed };
}

function nameOf(deviceId: string): string {
  return `lorawan.reachable/${deviceId}`;
}

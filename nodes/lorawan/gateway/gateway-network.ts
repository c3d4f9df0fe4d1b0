import type { Device, DeviceKeys } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Downlink } from '../downlink/downlink.ts';
import { FrameSessions, type FrameVerdict } from '../frame-sessions.ts';
import { type DataFrame, type Frame, type JoinRequest, parseFrame } from '../frames.ts';
import { macCommandsOf } from '../mac-commands.ts';
import type { NetworkEvent } from '../network-message.ts';
import { isDataUplink } from '../no-reading.ts';
import { sharedReports } from '../report-once.ts';
import { writeDataFrame } from '../write-frame.ts';
import { AdaptiveDataRate } from './adaptive-data-rate.ts';
import type { CollectedFrame } from './collector.ts';
import { DownlinkQueue } from './downlink-queue.ts';
import { DEFAULT_RX2_DATA_RATE, JOIN_ACCEPT_DELAY } from './eu868.ts';
import { JoinServer, type JoinSettings } from './join-server.ts';
import { macAnswers } from './mac-answers.ts';
import { type ReceiveWindows, type SendResult, Transmitter } from './transmitter.ts';

export interface NetworkOptions {
  registry: DeviceRegistry;
  state: StateStore;
  /** Stable across restarts: two gateway nodes count frames for themselves. */
  scope: string;
  transmitter: Transmitter;
  settings: JoinSettings;
  /** What became of joins and downlinks. */
  onEvent(event: NetworkEvent): void;
  /** What became of an answer cannot be written down. */
  onProblem(error: unknown): void;
}

/** `forward`: for the decode node; `event`: of no use to it, and said to `onEvent`; `dropped`: nobody need know. */
export type FrameOutcome = { forward: true } | { dropped: 'duplicate' | 'reported' } | { event: string };

/** A device whose frame fits its keys. */
interface Sender {
  device: Device;
  keys: DeviceKeys;
  verdict: Exclude<FrameVerdict, { result: 'wrong-mic' }>;
}

const FORWARD: FrameOutcome = { forward: true };

/** ABP devices keep what every device begins with; the second window is as the gateway node's form says. */
const ABP_RX_DELAY = 1;
const JOIN_WINDOWS: ReceiveWindows = {
  rxDelay: JOIN_ACCEPT_DELAY,
  rx1DrOffset: 0,
  rx2DataRate: DEFAULT_RX2_DATA_RATE,
};
/** A neighbour's device tries to join for months; one report a day is enough. */
const FOREIGN_JOIN_MS = 24 * 60 * 60_000;

/** What a network server does for the devices of the registry: joins, acknowledgements, MAC answers, downlinks. */
export class GatewayNetwork {
  readonly #options: NetworkOptions;
  readonly #sessions: FrameSessions;
  readonly #joins: JoinServer;
  readonly #queue: DownlinkQueue;
  readonly #dataRate: AdaptiveDataRate;
  /** Devices to which something is being sent. */
  readonly #busy = new Set<string>();

  constructor(options: NetworkOptions) {
    const { registry, state, scope, settings } = options;
    this.#options = options;
    this.#sessions = new FrameSessions(state, `gateway/${scope}`);
    this.#joins = new JoinServer(registry, state, settings);
    this.#queue = new DownlinkQueue(state);
    this.#dataRate = new AdaptiveDataRate(state);
  }

  /**
   * Answers a frame that gateways heard. An answer is on its way when this returns; events say what became of it.
   * Throws MessageError if a device may not join.
   */
  receive(collected: CollectedFrame): FrameOutcome {
    const frame = readOrUndefined(collected.phy);
    if (frame?.mtype === 'JoinRequest') return this.#join(frame, collected);
    return frame && isDataUplink(frame) ? this.#uplink(frame, collected) : FORWARD;
  }

  /**
   * Keeps a downlink until its device sends something: only then it listens.
   * Throws MessageError `lorawan.error.downlinkDevice`, `downlinkNoSession` or `downlinkQueueFull`.
   */
  queue(downlink: Downlink): void {
    const { registry } = this.#options;
    const device = registry.get(downlink.device) ?? registry.byDevEui(downlink.devEui);
    if (!device) {
      const id = downlink.device || downlink.devEui;
      throw new MessageError({ key: 'lorawan.error.downlinkDevice', parameters: { id } });
    }
    const keys = registry.keys(device.id);
    if (registry.sessions(device.id).length === 0 && !(device.devAddr && keys?.nwkSKey && keys.appSKey)) {
      throw new MessageError({ key: 'lorawan.error.downlinkNoSession', device: device.name });
    }
    this.#queue.add(device.id, downlink);
    this.#tell('queued', device, { reference: downlink.reference });
  }

  #join(request: JoinRequest, collected: CollectedFrame): FrameOutcome {
    const { registry } = this.#options;
    const { devEui } = request;
    const device = registry.byDevEui(devEui);
    if (!device) return this.#stranger(devEui, collected);
    // What a restart brings up again is too late to answer; the device has tried again since.
    if (ageOf(collected) > (JOIN_ACCEPT_DELAY + 1) * 1000) return { event: 'join-request' };
    const { session, phy } = this.#joins.join(device, request);
    this.#send(collected, JOIN_WINDOWS, phy, (result) => {
      const { devAddr } = session;
      if (result.sent) this.#tell('join', device, { devAddr, gatewayId: result.gatewayId });
      else this.#tell('failed', device, { devAddr, code: result.error, subtype: 'join' });
    });
    return { event: 'join' };
  }

  #stranger(devEui: string, { intake }: CollectedFrame): FrameOutcome {
    const { registry } = this.#options;
    registry.unknown.seen({ devEui, network: 'semtech-udp', time: intake.receivedTime });
    if (!sharedReports(registry).isNew(`join ${devEui}`, FOREIGN_JOIN_MS)) return { dropped: 'reported' };
    throw new MessageError({ key: 'lorawan.error.unknownDevice', parameters: { devEui } });
  }

  /** What is new to a device, or wrong with its frame, is the decode node's to say. */
  #uplink(frame: DataFrame, collected: CollectedFrame): FrameOutcome {
    const sender = this.#senderOf(frame, collected);
    if (!sender || sender.verdict.result === 'replayed') return FORWARD;
    const { device, verdict } = sender;
    if (verdict.result === 'duplicate') {
      // The device did not hear the answer, and what went with it.
      if (verdict.again) {
        this.#confirm(device, false);
        this.#answer(frame, sender, collected);
      }
      return { dropped: 'duplicate' };
    }
    if (!verdict.redelivered) {
      this.#confirm(device, frame.ack);
      this.#answer(frame, sender, collected);
    }
    return FORWARD;
  }

  /** The device whose keys fit; the frame counters are the gateway node's own, the decode node counts for itself. */
  #senderOf(frame: DataFrame, { intake, receptions }: CollectedFrame): Sender | undefined {
    const { registry } = this.#options;
    const { receivedTime, journalId } = intake;
    const gatewayId = receptions[0]?.gatewayId ?? '';
    const origin = { receivedTime, gatewayTime: receivedTime, gatewayId, journalId };
    for (const device of registry.byDevAddr(frame.devAddr)) {
      const keys = registry.frameKeys(device.id, frame.devAddr);
      if (!keys?.nwkSKey || !keys.appSKey) continue;
      const verdict = this.#sessions.open(device.id, frame, keys, device.frameCounter ?? 'strict', origin);
      if (verdict.result !== 'wrong-mic') return { device, keys, verdict };
    }
    return undefined;
  }

  #answer(frame: DataFrame, sender: Sender, collected: CollectedFrame): void {
    const { device, keys, verdict } = sender;
    const windows = this.#windowsOf(device, frame.devAddr);
    if (ageOf(collected) > (windows.rxDelay + 1) * 1000) return;
    const commands = macCommandsOf(frame, keys, verdict.fCnt);
    const request = this.#dataRate.heard(device.id, frame, commands, collected);
    const fOpts = Buffer.concat([macAnswers(commands, collected), request]);
    const downlink = this.#busy.has(device.id) ? undefined : this.#queue.first(device.id);
    if (downlink) this.#sendDownlink(downlink, { frame, sender, collected, windows, fOpts });
    else if (frame.confirmed || frame.adrAckReq || fOpts.length > 0) {
      const { phy } = this.#frame(frame, sender, { fOpts });
      this.#send(collected, windows, phy, (result) => {
        if (!result.sent) this.#tell('failed', device, { code: result.error, subtype: 'ack' });
      });
    }
  }

  /** The uplink after a confirmed downlink says whether that arrived. */
  #confirm(device: Device, arrived: boolean): void {
    const unanswered = this.#queue.takeUnanswered(device.id);
    if (!unanswered) return;
    const { downlink, fCntDown } = unanswered;
    this.#tell(arrived ? 'ack' : 'nack', device, { reference: downlink.reference, fCntDown });
  }

  #sendDownlink(
    downlink: Downlink,
    answer: {
      frame: DataFrame;
      sender: Sender;
      collected: CollectedFrame;
      windows: ReceiveWindows;
      fOpts: Buffer;
    },
  ): void {
    const { frame, sender, collected, windows, fOpts } = answer;
    const { device } = sender;
    const payload = Buffer.from(downlink.payloadHex, 'hex');
    const { fPort, confirmed, reference } = downlink;
    const fits = Transmitter.fits(collected, windows, fOpts.length + payload.length);
    const content = fits ? { fOpts, fPort, payload, confirmed } : { fOpts };
    const { phy, fCntDown } = this.#frame(frame, sender, content);
    this.#busy.add(device.id);
    this.#send(collected, windows, phy, (result) => {
      this.#busy.delete(device.id);
      if (fits && result.sent) {
        this.#queue.sent(device.id, fCntDown);
        this.#tell('txack', device, { reference, fCntDown, fPort, gatewayId: result.gatewayId });
        return;
      }
      const code = result.sent ? 'TOO_LONG' : result.error;
      if (this.#queue.notSent(device.id)) this.#tell('failed', device, { reference, code });
    });
  }

  /** Nobody waits for what follows: its failure must not become the process's. */
  #send(
    collected: CollectedFrame,
    windows: ReceiveWindows,
    phy: Buffer,
    follow: (result: SendResult) => void,
  ): void {
    const { transmitter, onProblem } = this.#options;
    transmitter.send(collected, windows, phy).then(follow).catch(onProblem);
  }

  #frame(
    { devAddr, confirmed: ack, adr }: DataFrame,
    { device, keys }: Sender,
    content: DownlinkContent,
  ): { phy: Buffer; fCntDown: number } {
    const fCntDown = this.#queue.nextCounter(device.id, keys);
    const fPending = this.#queue.size(device.id) > (content.payload ? 1 : 0);
    const fields = {
      direction: 'down',
      confirmed: false,
      devAddr,
      fCnt: fCntDown,
      adr,
      ack,
      fPending,
    } as const;
    return { phy: writeDataFrame({ ...fields, ...content }, keys), fCntDown };
  }

  #windowsOf(device: Device, devAddr: string): ReceiveWindows {
    const session = this.#options.registry.sessions(device.id).find((joined) => joined.devAddr === devAddr);
    const { rx2DataRate } = this.#options.settings;
    return session ?? { rxDelay: ABP_RX_DELAY, rx1DrOffset: 0, rx2DataRate };
  }

  #tell(type: string, device: Device, facts: Partial<NetworkEvent>): void {
    const { id, devEui } = device;
    this.#options.onEvent({
      kind: 'event',
      network: 'semtech-udp',
      type,
      deviceId: id,
      ...(devEui === undefined ? {} : { devEui }),
      time: new Date().toISOString(),
      ...facts,
    });
  }
}

interface DownlinkContent {
  fOpts: Buffer;
  fPort?: number;
  payload?: Buffer;
  confirmed?: boolean;
}

/** What is no frame goes to the decode node, which says so. */
function readOrUndefined(phy: Buffer): Frame | undefined {
  try {
    return parseFrame(phy);
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

/** ms since the frame came. */
function ageOf({ intake }: CollectedFrame): number {
  return Date.now() - Date.parse(intake.receivedTime);
}

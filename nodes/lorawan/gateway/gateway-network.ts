import type { Device } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Downlink } from '../downlink/downlink.ts';
import { type FrameSender, senderOf } from '../frame-sender.ts';
import { FrameSessions } from '../frame-sessions.ts';
import { type DataFrame, type Frame, type JoinRequest, parseFrame } from '../frames.ts';
import type { NetworkEvent } from '../network-message.ts';
import { isDataUplink } from '../no-reading.ts';
import { sharedReports } from '../report-once.ts';
import type { CollectedFrame } from './collector.ts';
import { Downlinks, isOver } from './downlinks.ts';
import { DEFAULT_RX2_DATA_RATE, JOIN_ACCEPT_DELAY } from './eu868.ts';
import { JoinServer, type JoinSettings } from './join-server.ts';
import type { ReceiveWindows, Transmitter } from './transmitter.ts';

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

const FORWARD: FrameOutcome = { forward: true };
const JOIN_WINDOWS: ReceiveWindows = {
  rxDelay: JOIN_ACCEPT_DELAY,
  rx1DrOffset: 0,
  rx2DataRate: DEFAULT_RX2_DATA_RATE,
};
/** A neighbour's device tries to join for months; one report a day is enough. */
const FOREIGN_JOIN_MS = 24 * 60 * 60_000;

/** What a network server does for the devices of the registry: lets them join, answers them, tells frames from replays. */
export class GatewayNetwork {
  readonly #options: NetworkOptions;
  readonly #sessions: FrameSessions;
  readonly #joins: JoinServer;
  readonly #downlinks: Downlinks;

  constructor(options: NetworkOptions) {
    const { registry, state, scope, settings, transmitter, onProblem } = options;
    const { rx2DataRate } = settings;
    this.#options = options;
    this.#sessions = new FrameSessions(state, `gateway/${scope}`);
    this.#joins = new JoinServer(registry, state, settings);
    this.#downlinks = new Downlinks({
      ...{ registry, state, transmitter, rx2DataRate, onProblem },
      tell: (type, device, facts) => this.#tell(type, device, facts),
    });
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

  /** Takes a downlink. Throws MessageError `lorawan.error.downlinkDevice`, `downlinkNoSession` or `downlinkQueueFull`. */
  queue(downlink: Downlink): void {
    const { registry } = this.#options;
    const device = registry.get(downlink.device) ?? registry.byDevEui(downlink.devEui);
    if (!device) {
      const id = downlink.device || downlink.devEui;
      throw new MessageError({ key: 'lorawan.error.downlinkDevice', parameters: { id } });
    }
    this.#downlinks.add(device, downlink);
  }

  #join(request: JoinRequest, collected: CollectedFrame): FrameOutcome {
    const { registry, transmitter, onProblem } = this.#options;
    const device = registry.byDevEui(request.devEui);
    if (!device) return this.#stranger(request.devEui, collected);
    // What a restart brings up again is too late to answer; the device has tried again since.
    if (isOver(collected, JOIN_WINDOWS)) return { event: 'join-request' };
    const { session, phy } = this.#joins.join(device, request);
    const { devAddr } = session;
    transmitter
      .send(collected, JOIN_WINDOWS, phy)
      .then((result) => {
        if (result.sent) this.#tell('join', device, { devAddr, gatewayId: result.gatewayId });
        else this.#tell('failed', device, { devAddr, code: result.error, subtype: 'join' });
      })
      .catch(onProblem);
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
    const { device, keys, verdict } = sender;
    const isDuplicate = verdict.result === 'duplicate';
    // Sent again, it says that the device did not hear the answer, nor what went with it.
    if (isDuplicate ? verdict.again : !verdict.redelivered) {
      this.#downlinks.confirm(device, !isDuplicate && frame.ack);
      this.#downlinks.answer({ device, keys, frame, fCnt: verdict.fCnt, collected });
    }
    return isDuplicate ? { dropped: 'duplicate' } : FORWARD;
  }

  /** The frame counters are the gateway node's own; the decode node counts for itself. */
  #senderOf(frame: DataFrame, { intake, receptions }: CollectedFrame): FrameSender | undefined {
    const { registry } = this.#options;
    const { receivedTime, journalId } = intake;
    const gatewayId = receptions[0]?.gatewayId ?? '';
    const origin = { receivedTime, gatewayTime: receivedTime, gatewayId, journalId };
    return senderOf(frame, registry.byDevAddr(frame.devAddr), registry, this.#sessions, origin);
  }

  #tell(type: string, { id, devEui }: Device, facts: Partial<NetworkEvent>): void {
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

/** What is no frame goes to the decode node, which says so. */
function readOrUndefined(phy: Buffer): Frame | undefined {
  try {
    return parseFrame(phy);
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

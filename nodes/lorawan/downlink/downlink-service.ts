import { randomUUID } from 'node:crypto';
import type { DownlinkOutput } from '../../codec/codec.ts';
import type { ModelCatalog } from '../../codec/models.ts';
import type { Device, DeviceModel } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { CodecError, MessageError } from '../../observation/errors.ts';
import type { FlowMessage } from '../../observation/flow-node.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import { nameDevice } from '../name-device.ts';
import type { NetworkEvent } from '../network-message.ts';
import { textsOf } from '../payload.ts';
import { readCommand, requireAllowed } from './allow-list.ts';
import { type CommandValues, commandData } from './command-data.ts';
import type { Downlink } from './downlink.ts';
import { carriesReference, type NetworkMessageOut, networkMessage } from './network-messages.ts';
import { type DownlinkSettings, TOPIC_STEP } from './settings.ts';
import { DownlinkTracker, type TrackedDownlink } from './tracker.ts';

/** What is told of a downlink, at each change of its state. */
export interface DownlinkReport {
  kind: 'downlink-state';
  device: { id: string; name: string };
  /** `dry-run`: nothing was sent. */
  state: TrackedDownlink['state'] | 'dry-run';
  /** What the device was told, canonical units. */
  values: CommandValues;
  fPort: number;
  payloadHex: string;
  confirmed: boolean;
  reference: string;
  /** ISO 8601 UTC. */
  time: string;
  /** Why it failed, in the network's words. */
  reason?: string;
  /** What would have been handed to the network; dry runs only. */
  wouldSend?: NetworkMessageOut;
}

/** What became of a command: a message for the network, and what is told of it; both absent if it came twice. */
export interface CommandResult {
  send?: NetworkMessageOut;
  report?: DownlinkReport;
}

export interface DownlinkServiceOptions {
  settings: DownlinkSettings;
  registry: Pick<DeviceRegistry, 'get' | 'byDevEui' | 'list'>;
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  state: StateStore;
  /** Tells nodes apart. */
  scope: string;
  now?: () => number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A device of class A hears us after its own uplinks only; one of them may get lost. */
const INTERVALS_TO_ANSWER = 3;
const SHORTEST_TIMEOUT = 10 * MINUTE;
/** LoRaWAN 1.0.4 regional parameters: no data rate takes more. */
const LONGEST = 242;

/** Turns commands on quantities into downlinks, and follows these until their end. */
export class DownlinkService {
  readonly #options: DownlinkServiceOptions;
  readonly #tracker: DownlinkTracker;
  readonly #now: () => number;

  constructor(options: DownlinkServiceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#tracker = new DownlinkTracker(options.state, options.scope);
  }

  /**
   * A command: `payload` is `{ quantity: value }`, `topic` names the device unless the form does.
   * Rejects with MessageError (unknown device, not allowed, out of range, too many) or CodecError, naming the device.
   */
  async command({ topic, payload, intake }: FlowMessage): Promise<CommandResult> {
    const { settings } = this.#options;
    const device = this.#deviceOf(topic);
    return nameDevice(device.name, async () => {
      const values = readCommand(payload);
      requireAllowed(settings.allowed, device, values);
      const model = this.#modelOf(device);
      const { fPort, payloadHex } = await this.#encode(model, values);
      const cause = intake && `${intake.journalId} ${intake.part?.index ?? 0}`;
      if (this.#isRepeated(device, payloadHex, cause)) return {};
      const downlink: Downlink = {
        kind: 'downlink',
        devEui: this.#devEuiOf(device),
        device: device.id,
        fPort,
        payloadHex,
        confirmed: settings.confirmed,
        reference: randomUUID(),
      };
      const send = networkMessage(settings.target, { downlink, deviceId: this.#serverId(device) });
      if (settings.dryRun || device.sandbox) {
        return {
          report: { ...this.#report({ ...downlink, values }, 'dry-run', this.#now()), wouldSend: send },
        };
      }
      this.#requireWithinLimits(device);
      const tracked = this.#track(downlink, values, this.#timeoutOf(device, model), cause);
      return { send, report: this.#report(tracked, tracked.state, tracked.changed) };
    });
  }

  /** What an event of the network changes. */
  event(event: NetworkEvent): DownlinkReport[] {
    const device = event.devEui === undefined ? undefined : this.#options.registry.byDevEui(event.devEui);
    if (device) this.#learn(device, event);
    return this.#reports([this.#tracker.apply(event, device?.id, this.#now())]);
  }

  /** What the answer of a `http request` changes: a number of 200 to 299 says that the server has taken the downlink. */
  answer(reference: string, statusCode: unknown, body: unknown): DownlinkReport[] {
    const taken = typeof statusCode === 'number' && statusCode >= 200 && statusCode < 300;
    const { id, fCnt } = (typeof body === 'object' && body !== null ? body : {}) as {
      id?: unknown;
      fCnt?: unknown;
    };
    const facts = taken
      ? {
          ...(typeof id === 'string' && { queueId: id }),
          ...(typeof fCnt === 'number' && { fCntDown: fCnt }),
        }
      : { reason: `HTTP ${String(statusCode).slice(0, 40)}` };
    return this.#reports([this.#tracker.answered(reference, facts, this.#now())]);
  }

  /** What waited too long. */
  expire(): DownlinkReport[] {
    return this.#reports(this.#tracker.expire(this.#now()));
  }

  #deviceOf(topic: string | undefined): Device {
    const { settings, registry } = this.#options;
    const named = settings.device ?? topic?.trim() ?? '';
    if (named === '') throw new MessageError({ key: 'lorawan.error.noCommandDevice' });
    const known = registry.get(named) ?? registry.byDevEui(named.toLowerCase());
    if (known) return known;
    const [device, ...others] = registry.list().filter(({ name }) => name === named);
    if (others.length > 0) {
      throw new MessageError({ key: 'lorawan.error.ambiguousDevice', parameters: { device: named } });
    }
    if (device) return device;
    throw new MessageError({
      key: 'lorawan.error.unknownCommandDevice',
      parameters: { device: named.slice(0, 80) },
    });
  }

  /** Our own gateway knows devices by their id, as many have no more than an address and keys. */
  #devEuiOf({ devEui }: Device): string {
    if (devEui !== undefined) return devEui;
    if (this.#options.settings.target.network === 'gateway') return '';
    throw new MessageError({ key: 'lorawan.error.commandWithoutDevEui' });
  }

  #modelOf(device: Device): DeviceModel {
    const model = this.#options.models.get(device.model);
    if (model) return model;
    throw new CodecError({ key: 'lorawan.error.unknownModel', parameters: { model: device.model } });
  }

  async #encode(model: DeviceModel, values: CommandValues): Promise<{ fPort: number; payloadHex: string }> {
    const codec = this.#options.models.codecFor(model);
    const usualPort = model.downlinkPort ?? this.#options.settings.fPort;
    const output = await codec.encodeDownlink(commandData(model, values), usualPort);
    const errors = textsOf(output.errors).join('; ');
    if (errors !== '') {
      const parameters = { codec: codec.id, errors };
      throw new CodecError({ key: 'lorawan.error.commandErrors', parameters });
    }
    const payloadHex = hexOf(output);
    if (payloadHex === undefined) {
      throw new CodecError({ key: 'lorawan.error.noCommandBytes', parameters: { codec: codec.id } });
    }
    const fPort = output.fPort ?? usualPort;
    if (Number.isInteger(fPort) && Number(fPort) >= 1 && Number(fPort) <= 223) {
      return { fPort: Number(fPort), payloadHex };
    }
    throw new CodecError({ key: 'lorawan.error.noCommandPort', parameters: { codec: codec.id } });
  }

  /** A message that its journal sends through the flow again, after a restart, is one command. */
  #isRepeated(device: Device, payloadHex: string, cause: string | undefined): boolean {
    return cause !== undefined && this.#tracker.hasSent(device.id, cause, payloadHex);
  }

  #requireWithinLimits(device: Device): void {
    const { perHour, perDay } = this.#options.settings;
    for (const [most, span, key] of [
      [perHour, HOUR, 'lorawan.error.hourLimit'],
      [perDay, 24 * HOUR, 'lorawan.error.dayLimit'],
    ] as const) {
      const recent = this.#tracker.requestsSince(device.id, this.#now() - span);
      if (recent.length < most) continue;
      const oldest = recent[recent.length - most] ?? this.#now();
      const minutes = Math.max(1, Math.ceil((oldest + span - this.#now()) / MINUTE));
      throw new MessageError({ key, parameters: { most, minutes } });
    }
  }

  #timeoutOf(device: Device, model: DeviceModel): number {
    const usual = INTERVALS_TO_ANSWER * (device.interval ?? model.interval) * MINUTE;
    return this.#options.settings.timeout ?? Math.max(SHORTEST_TIMEOUT, usual);
  }

  #track(
    downlink: Downlink,
    values: CommandValues,
    timeout: number,
    cause: string | undefined,
  ): TrackedDownlink {
    const now = this.#now();
    const { kind: _kind, devEui: _devEui, ...facts } = downlink;
    const tracked: TrackedDownlink = {
      ...facts,
      values,
      state: 'queued',
      requested: now,
      changed: now,
      deadline: now + timeout,
      byReference: carriesReference(this.#options.settings.target),
      ...(cause !== undefined && { cause }),
    };
    this.#tracker.add(tracked);
    return tracked;
  }

  /** The server's own id: as its events say, else by the pattern of the form. */
  #serverId(device: Device): string {
    const { settings, state } = this.#options;
    const pattern = settings.deviceId.replace('{devEui}', this.#devEuiOf(device)).replace('{id}', device.id);
    return state.get<string>(this.#nameKey(device)) ?? pattern;
  }

  #learn(device: Device, { network, deviceId }: NetworkEvent): void {
    const { settings, state } = this.#options;
    if (network !== 'tts-v3' || settings.target.network !== network) return;
    if (deviceId === undefined || !TOPIC_STEP.test(deviceId)) return;
    const key = this.#nameKey(device);
    if (state.get<string>(key) !== deviceId) state.set(key, deviceId, 'seconds');
  }

  #nameKey({ id }: Device): string {
    return `downlink-name/${this.#options.scope}/${id}`;
  }

  #reports(changed: readonly (TrackedDownlink | undefined)[]): DownlinkReport[] {
    return changed.flatMap((entry) => (entry ? this.#report(entry, entry.state, entry.changed) : []));
  }

  #report(
    entry: Pick<
      TrackedDownlink,
      'device' | 'values' | 'fPort' | 'payloadHex' | 'confirmed' | 'reference' | 'reason'
    >,
    state: DownlinkReport['state'],
    time: number,
  ): DownlinkReport {
    const { device: id, values, fPort, payloadHex, confirmed, reference, reason } = entry;
    return {
      kind: 'downlink-state',
      device: { id, name: this.#options.registry.get(id)?.name ?? id },
      state,
      values,
      fPort,
      payloadHex,
      confirmed,
      reference,
      time: new Date(time).toISOString(),
      ...(reason !== undefined && { reason }),
    };
  }
}

/** Undefined if the codec gave no bytes, more than fit, or something else. */
function hexOf({ bytes }: DownlinkOutput): string | undefined {
  if (!Array.isArray(bytes) || bytes.length === 0 || bytes.length > LONGEST) return undefined;
  const areBytes = bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  return areBytes ? Buffer.from(bytes).toString('hex') : undefined;
}

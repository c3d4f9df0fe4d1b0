import type { ModelCatalog } from '../codec/models.ts';
import type { Device, DeviceModel } from '../devices/device.ts';
import type { AreaId } from '../observation/areas.ts';
import { CodecError, MessageError } from '../observation/errors.ts';
import { andThen, attempt, type NowOrLater } from '../observation/now-or-later.ts';
import { parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { DropReason } from './area-gate.ts';
import { type CodecListeners, CodecReports } from './codec-reports.ts';
import type { DecodeContext, DecodeResult, MessageDecoder } from './decode-node.ts';
import { DeviceFinder, type FoundUplink, type KnownDevices } from './device-finder.ts';
import { isEncrypted, openPayload } from './encrypted-payload.ts';
import { type FrameOrigin, FrameSessions } from './frame-sessions.ts';
import { parseFrame } from './frames.ts';
import { present } from './json-fields.ts';
import { nameDevice } from './name-device.ts';
import type { NetworkEvent, NetworkMessage, NetworkName, Uplink } from './network-message.ts';
import { readMapped, readNetworkMessage, splitMessages } from './network-server.ts';
import { duplicateEvent, emptyEvent, frameEvent, isDataUplink, isEmpty } from './no-reading.ts';
import { deviceReference, observationsOf } from './observations.ts';
import { decodePayload, type PayloadCodec, type UplinkBytes } from './payload.ts';
import { SeenUplinks } from './seen-uplinks.ts';
import type { ServedAreas } from './served-areas.ts';
import { serverCodec } from './server-codec.ts';

export interface DecoderOptions extends CodecListeners {
  registry: KnownDevices;
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  /** Keeps the frame counters of devices whose frames come without a network server. */
  state: StateStore;
  /** Only this area's devices; absent: all areas. */
  area?: AreaId;
  /** Whether there is a flow for an area; absent: there is one for each. */
  served?: Pick<ServedAreas, 'has'>;
  /** Who decodes; two flows that both read a device keep frame counters of their own. */
  scope?: string;
  /** The network server that sends the messages; absent: recognised from each message. */
  server?: NetworkName;
  /** Makes of a message what `readMapped` reads, for servers that are not known. */
  mapping?: (message: unknown, topic: string | undefined) => NowOrLater<unknown>;
  /** The network server's own decoded values are used in place of those that the device's model makes of the payload. */
  serverDecoded?: boolean;
  /** A device counts its frames from a lower number again, which its rule allows. */
  onCounterReset?: (device: Device, counters: { fCnt: number; lastFCnt: number }) => void;
}

/** Message of a network server or gateway -> Observations of registered devices. */
export class LorawanDecoder implements MessageDecoder<NetworkEvent> {
  readonly #options: DecoderOptions;
  readonly #finder: DeviceFinder;
  readonly #seen: SeenUplinks;
  readonly #reports: CodecReports;

  constructor(options: DecoderOptions) {
    const { registry, state, scope, area, served, serverDecoded: byValues } = options;
    this.#options = options;
    this.#reports = new CodecReports(options);
    this.#seen = new SeenUplinks(state, { scope, byValues });
    this.#finder = new DeviceFinder({
      registry,
      sessions: new FrameSessions(state, scope),
      ...(area === undefined ? {} : { area }),
      ...(served === undefined ? {} : { served }),
    });
  }

  split(message: unknown): unknown[] {
    return splitMessages(message);
  }

  /**
   * Decodes one message of a network server or gateway.
   * Throws, or rejects with, MessageError (format, unknown device, wrong MIC, replay, truncated frame ...) or CodecError,
   * naming the device as soon as it is known.
   */
  decode(message: unknown, context: DecodeContext): NowOrLater<DecodeResult<NetworkEvent>> {
    const { mapping, server } = this.#options;
    if (!mapping) return this.#decodeRead(readNetworkMessage(message, context.topic, server), context);
    return andThen(mapping(message, context.topic), (result) =>
      this.#decodeRead(readMapped(result), context),
    );
  }

  #decodeRead(read: NetworkMessage, context: DecodeContext): NowOrLater<DecodeResult<NetworkEvent>> {
    if (read.kind === 'event') return { event: read };
    const found = this.#find(read, context);
    if ('event' in found) return found;
    if (found.dropped !== undefined) return { dropped: found.dropped };
    this.#reportReset(found);
    if (isEmpty(found) && !read.valuesOnly) return { event: emptyEvent(read, found) };
    const { name, area, id } = found.device;
    // Frames without a network server have their own account of what came before.
    const again = read.frameHex === undefined ? this.#seen.duplicate(id, read, context) : undefined;
    if (again) return { event: duplicateEvent(read, again), dropped: 'duplicate' };
    const observe = () => this.#observe(read, this.#inClear(read, found), context);
    return attempt<DecodeResult<NetworkEvent>>(
      () => nameDevice(name, observe, { area, device: id }),
      (error) => {
        this.#seen.forget(id, read, context);
        throw error;
      },
    );
  }

  #find(
    uplink: Uplink,
    context: DecodeContext,
  ): FoundUplink | { dropped: DropReason } | { event: NetworkEvent } {
    if (uplink.frameHex === undefined) return this.#finder.byMessage(uplink, context);
    const frame = parseFrame(Buffer.from(uplink.frameHex, 'hex'));
    if (!isDataUplink(frame)) return { event: frameEvent(uplink, frame) };
    const { gatewayId, gatewayTime } = uplink;
    return this.#finder.byFrame(frame, present<FrameOrigin>({ ...context, gatewayId, gatewayTime }));
  }

  #inClear(uplink: Uplink, found: FoundUplink): FoundUplink {
    if (!uplink.encrypted && !uplink.maybeEncrypted) return found;
    const { registry } = this.#options;
    const { id, devAddr: registered } = found.device;
    const devAddr = uplink.devAddr ?? registered;
    const keys = devAddr === undefined ? registry.keys(id) : registry.frameKeys(id, devAddr);
    return isEncrypted(uplink, keys) ? { ...found, payload: openPayload(uplink, { keys, devAddr }) } : found;
  }

  #observe(
    uplink: Uplink,
    found: FoundUplink,
    context: DecodeContext,
  ): NowOrLater<DecodeResult<NetworkEvent>> {
    const { device, payload } = found;
    const { model, codec } = this.#readerOf(device, uplink);
    const input = present<UplinkBytes>({
      fPort: found.fPort,
      bytes: payload,
      recvTime: new Date(parseTime(context.receivedTime)),
    });
    return andThen(decodePayload({ model, codec, device }, input), ({ samples, warnings }) => {
      this.#reports.add(device, samples, warnings);
      const facts = { device: deviceReference(device), uplink, found, codec, context };
      return { observations: observationsOf(samples, facts) };
    });
  }

  #readerOf(device: Device, uplink: Uplink): { model: DeviceModel; codec: PayloadCodec } {
    const model = this.#options.models.get(device.model);
    if (!model) {
      throw new CodecError({ key: 'lorawan.error.unknownModel', parameters: { model: device.model } });
    }
    if (this.#options.serverDecoded) return { model, codec: serverCodec(uplink) };
    if (uplink.valuesOnly) throw new MessageError({ key: 'lorawan.error.valuesOnly' });
    return { model, codec: this.#options.models.codecFor(model) };
  }

  #reportReset({ device, fCnt, resetFrom }: FoundUplink): void {
    if (fCnt !== undefined && resetFrom !== undefined)
      this.#options.onCounterReset?.(device, { fCnt, lastFCnt: resetFrom });
  }
}

import type { ModelCatalog } from '../codec/models.ts';
import type { Device } from '../devices/device.ts';
import { type Identity, identitiesOf } from '../devices/identity.ts';
import { AreaGate, accountOf } from '../lorawan/area-gate.ts';
import { type CodecListeners, CodecReports } from '../lorawan/codec-reports.ts';
import type { AnyEvent, DecodeContext, DecodeResult, MessageDecoder } from '../lorawan/decode-node.ts';
import type { KnownDevices } from '../lorawan/device-finder.ts';
import { present } from '../lorawan/json-fields.ts';
import { nameDevice } from '../lorawan/name-device.ts';
import { deviceReference } from '../lorawan/observations.ts';
import type { PayloadReader } from '../lorawan/payload.ts';
import type { ServedAreas } from '../lorawan/served-areas.ts';
import type { AreaId } from '../observation/areas.ts';
import { CodecError, MessageError } from '../observation/errors.ts';
import { andThen, type NowOrLater } from '../observation/now-or-later.ts';
import { choosePhenomenonTime, parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { ClockSkew, WRONG_FROM } from './clock-skew.ts';
import { findDevice } from './device-finder.ts';
import {
  bodyFor,
  type OtherMessage,
  type ReadingOptions,
  readMappedMessage,
  readMessage,
  splitMessage,
  type Uplink,
} from './nbiot-message.ts';
import { type MessageFacts, observationsOf } from './observations.ts';
import { type SampleSet, samplesIn } from './samples.ts';
import { SeenSamples } from './seen-samples.ts';

export interface NbiotDecoderOptions extends CodecListeners, ReadingOptions {
  registry: Pick<KnownDevices, 'byIdentity' | 'unknown'>;
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  /** Keeps how the devices' clocks go, and which stored samples came before. */
  state: StateStore;
  /** Only this area's devices; absent: all areas. */
  area?: AreaId;
  /** Whether there is a flow for an area; absent: there is one for each. */
  served?: Pick<ServedAreas, 'has'>;
  /** Who decodes; two flows that both read a device keep a state of their own. */
  scope?: string;
  /** Makes of a message what `readMappedMessage` reads, for platforms that are not known. */
  mapping?: (message: unknown, topic: string | undefined) => NowOrLater<unknown>;
  /** A device's clock is wrong, with how many seconds it is ahead; told at each of its messages. */
  onWrongClock?: (device: Device, offset: number) => void;
}

/** Message of an NB-IoT or LTE-M device, whatever way it came -> Observations of registered devices. */
export class NbiotDecoder implements MessageDecoder {
  readonly clocks: ClockSkew;
  readonly #options: NbiotDecoderOptions;
  readonly #gate: AreaGate;
  readonly #seen: SeenSamples;
  readonly #reports: CodecReports;

  constructor(options: NbiotDecoderOptions) {
    this.#options = options;
    this.#gate = new AreaGate(options);
    this.#seen = new SeenSamples(options.state, options.scope);
    this.#reports = new CodecReports(options);
    this.clocks = new ClockSkew(options.state, options.scope);
  }

  split(message: unknown): readonly unknown[] {
    return this.#options.mapping ? [message] : splitMessage(message);
  }

  /**
   * Decodes one message. Throws, or rejects with, MessageError (format, unknown device, two devices, wrong address ...)
   * or CodecError, naming the device as soon as it is known.
   */
  decode(message: unknown, context: DecodeContext): NowOrLater<DecodeResult> {
    const { mapping } = this.#options;
    if (!mapping) return this.#decodeRead(readMessage(message, context, this.#options), context);
    return andThen(mapping(message, context.topic), (result) =>
      this.#decodeRead(readMappedMessage(result), context),
    );
  }

  #decodeRead(read: Uplink | OtherMessage, context: DecodeContext): NowOrLater<DecodeResult> {
    if (read.kind === 'event') return { event: read };
    const { registry } = this.#options;
    const device = findDevice(registry, read.sender) ?? findDevice(registry, read.hints ?? []);
    if (!device) return this.#unknown(read, context);
    if (this.#gate.isElsewhere(device)) return this.#gate.leave(device, nameOf(read));
    if (read.body.bytes?.length === 0 && !read.body.fields) return { event: emptyEvent(read, device) };
    const { device: name, account } = accountOf(device);
    return nameDevice(name, () => this.#observe(read, device, context), account);
  }

  /** Adds a device to the list of unknown ones; its messages may be heard by several flows, one of which reports. */
  #unknown(read: Uplink, { receivedTime, topic }: DecodeContext): DecodeResult {
    const identity: Identity = Object.assign({}, ...read.sender.toReversed());
    const [name] = identitiesOf(identity);
    if (!name) throw new MessageError({ key: 'nbiot.error.noIdentity' });
    if (!this.#gate.isNews(nameOf(read))) return { dropped: 'reported' };
    const payloadHex = bytesOf(read).toString('hex').slice(0, LONGEST_SHOWN);
    this.#options.registry.unknown.seen({
      ...identity,
      network: read.network,
      time: receivedTime,
      topic,
      payloadHex,
    });
    const parameters = { identity: name[1] };
    throw new MessageError({ key: `nbiot.error.unknown.${name[0]}`, parameters });
  }

  #observe(read: Uplink, device: Device, context: DecodeContext): NowOrLater<DecodeResult> {
    const reader = this.#readerOf(device);
    const recvTime = new Date(parseTime(context.receivedTime));
    return andThen(samplesIn(bodyFor(read, reader.codec), reader, recvTime), (set) =>
      this.#resultOf(set, { read, reader, device, context }),
    );
  }

  #resultOf(
    { samples, warnings }: SampleSet,
    {
      read,
      reader,
      device,
      context,
    }: { read: Uplink; reader: PayloadReader; device: Device; context: DecodeContext },
  ): DecodeResult {
    const { receivedTime, journalId } = context;
    const arrival = choosePhenomenonTime({ network: read.time, received: receivedTime });
    const clockOffset = this.clocks.measure(device.id, samples, parseTime(arrival.phenomenonTime));
    const facts = present<MessageFacts>({
      device: deviceReference(device),
      raw: present<MessageFacts['raw']>({
        journalId,
        payloadHex: bytesOf(read).toString('hex'),
        codec: reader.codec?.id ?? '',
        codecVersion: reader.codec?.version ?? '',
      }),
      receivedTime,
      network: read.time,
      clockOffset,
    });
    const own = samples.map((sample) => (read.rssi === undefined ? sample : { rssi: read.rssi, ...sample }));
    const { observations, leftOut } = observationsOf(own, facts);
    const unset = leftOut > 0 ? [`${leftOut} stored samples left out: the clock was not set`] : [];
    this.#reports.add(device, samples, [...warnings, ...unset]);
    if (clockOffset !== undefined && Math.abs(clockOffset) >= WRONG_FROM)
      this.#options.onWrongClock?.(device, clockOffset);
    const fresh = this.#seen.fresh(device.id, observations);
    if (fresh.length === 0)
      return { event: { ...emptyEvent(read, device), type: 'duplicate' }, dropped: 'duplicate' };
    return { observations: fresh };
  }

  #readerOf(device: Device): PayloadReader {
    const model = this.#options.models.get(device.model);
    if (model) return { model, codec: this.#options.models.codecFor(model), device };
    throw new CodecError({ key: 'lorawan.error.unknownModel', parameters: { model: device.model } });
  }
}

/** Hex digits of a stranger's message that are kept, to find out what kind of sensor it is. */
const LONGEST_SHOWN = 1024;

/** What the device sent, or what was sent for it. */
function bytesOf({ body, wrapped }: Uplink): Buffer {
  return wrapped ?? body.bytes ?? Buffer.from(JSON.stringify(body.fields ?? {}));
}

/** The same for the same message, whoever receives it. */
function nameOf(read: Uplink): string {
  const who = read.sender.flatMap(identitiesOf).map(([, value]) => value);
  return [...who, read.time, bytesOf(read).toString('base64').slice(0, 200)].join(' ');
}

function emptyEvent({ network, time }: Uplink, { id }: Device): AnyEvent & Partial<OtherMessage> {
  return {
    kind: 'event',
    type: 'empty',
    platform: network,
    deviceId: id,
    ...(time !== undefined && { time }),
  };
}

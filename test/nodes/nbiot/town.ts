import { ModelCatalog } from '../../../nodes/codec/models.ts';
import type { Device } from '../../../nodes/devices/device.ts';
import type { IdentityField } from '../../../nodes/devices/identity.ts';
import type { Sighting } from '../../../nodes/devices/unknown-devices.ts';
import type { AnyEvent, DecodeContext } from '../../../nodes/lorawan/decode-node.ts';
import { NbiotDecoder, type NbiotDecoderOptions } from '../../../nodes/nbiot/decoder.ts';
import { type Datagram, writeEnvelope } from '../../../nodes/nbiot/envelope.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { MemoryState } from '../../support/memory-state.ts';

export const RECEIVED = '2026-01-15T12:00:00.000Z';
/** Seconds since 1970. */
export const NOW = Date.parse(RECEIVED) / 1000;

export const IMEI = '352099001761481';
/** Containers and probes, each known by something else. */
export const DEVICES: readonly Device[] = [
  {
    id: 'container',
    name: 'Container',
    area: 'waste',
    model: 'dragino-ndds20',
    imei: IMEI,
    emptyDistance: 2.5,
    fullDistance: 0.5,
  },
  { id: 'soil', name: 'Soil', area: 'citizen', model: 'dragino-nse01', imei: '867787050213317' },
  { id: 'probe', name: 'Probe', area: 'air_quality', model: 'efento-nb', imsi: '242011234567890' },
  { id: 'senml', name: 'SenML', area: 'water', model: 'senml', endpoint: 'level-1' },
  { id: 'lwm2m', name: 'LwM2M', area: 'water', model: 'lwm2m', endpoint: 'urn:imei:490154203237518' },
  { id: 'fixed', name: 'Fixed', area: 'water', model: 'senml', address: '10.0.0.7' },
  { id: 'json', name: 'JSON', area: 'water', model: 'dragino-sn50v3-nb', imei: '868508064807350' },
];

/** A decoder with its device list; what it told besides. */
export class Town {
  readonly state = new MemoryState();
  readonly strangers: Sighting[] = [];
  readonly warnings: string[] = [];
  readonly clocks: [device: string, offset: number][] = [];
  readonly registry = {
    byIdentity: (field: IdentityField, value: string) => DEVICES.find((device) => device[field] === value),
    unknown: { seen: (sighting: Sighting) => void this.strangers.push(sighting) },
  };
  readonly decoder: NbiotDecoder;

  constructor(options: Partial<NbiotDecoderOptions> = {}) {
    this.decoder = new NbiotDecoder({
      registry: this.registry,
      models: MODELS,
      state: this.state,
      onWarnings: (_device, warnings) => void this.warnings.push(...warnings),
      onWrongClock: ({ id }, offset) => void this.clocks.push([id, offset]),
      ...options,
    });
  }

  /** As if it came by the NB-IoT intake, unless `context` says otherwise. */
  async decode(
    message: unknown,
    context: { [Field in keyof DecodeContext]?: DecodeContext[Field] | undefined } = {},
  ): Promise<Observation[]> {
    const whole = { receivedTime: RECEIVED, transport: 'nbiot', ...context };
    const result = await this.decoder.decode(message, whole as DecodeContext);
    return 'observations' in result ? result.observations : [];
  }

  async event(message: unknown): Promise<AnyEvent | undefined> {
    const result = await this.decoder.decode(message, { receivedTime: RECEIVED, transport: 'nbiot' });
    return 'event' in result ? result.event : undefined;
  }
}

const MODELS = ModelCatalog.open();

/** A datagram as it goes through the flow. */
export function datagram(payload: Buffer | object, over: Partial<Datagram> = {}): unknown {
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const whole: Datagram = {
    transport: 'udp',
    source: { address: '10.0.0.99', port: 4000 },
    payload: bytes,
    ...over,
  };
  return JSON.parse(writeEnvelope(whole).toString('utf8'));
}

/** Payload of a Dragino NDDS20: distance in mm, time of its clock in seconds. */
export function ndds20(distance: number, time: number): Buffer {
  const bytes = Buffer.from(`f${IMEI}00840cf41e0100000000000000`, 'hex');
  bytes.writeUInt16BE(distance, 15);
  bytes.writeUInt32BE(time, 17);
  return bytes;
}

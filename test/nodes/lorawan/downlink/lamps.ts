/** Street lamps that can be told a dimming level, for tests of downlinks. */
import type { Codec, DownlinkOutput } from '../../../../nodes/codec/codec.ts';
import type { Device, DeviceModel } from '../../../../nodes/devices/device.ts';
import { DownlinkService } from '../../../../nodes/lorawan/downlink/downlink-service.ts';
import { type DownlinkForm, readSettings } from '../../../../nodes/lorawan/downlink/settings.ts';
import { MemoryState } from '../../../support/memory-state.ts';

export const DEV_EUI = '70b3d57ed0050003';

export const LAMP: Device = {
  id: 'lamp-7',
  name: 'Lamp 7',
  area: 'streetlight',
  model: 'our-lamp',
  devEui: DEV_EUI,
};

/** Reports `dim` in percent and `lamp` as a word; takes both as it reports them. */
export const MODEL: DeviceModel = {
  id: 'our-lamp',
  vendor: 'Our workshop',
  name: 'Lamp',
  codec: 'lamp.js',
  interval: 10,
  mappings: [
    { from: 'dim', quantity: 'dimming_level' },
    { from: 'lamp', quantity: 'lamp_on', states: { on: true, off: false } },
    { from: 'volts.mV', quantity: 'battery_voltage', unit: 'mV' },
    { from: 'tilted', quantity: 'tilt', above: 3 },
  ],
};

/** The codec of the same, as staff would put it into the data folder. */
export const CODEC_SOURCE = `
function decodeUplink(input) { return { data: { dim: input.bytes[1] } }; }
function encodeDownlink(input) {
  if (input.data.dim === undefined) return { errors: ['no dim'] };
  return { fPort: 2, bytes: [1, input.data.dim] };
}`;

export const FORM: DownlinkForm = {
  device: '',
  network: 'chirpstack-v4',
  transport: 'mqtt',
  application: 'app-1',
  tenant: 'ttn',
  webhook: 'byflyt',
  server: 'https://server.example.org/',
  deviceId: 'eui-{devEui}',
  fPort: '',
  confirmed: true,
  timeout: '',
  perHour: '4',
  perDay: '10',
  allowed: [{ quantity: 'dimming_level', lowest: '20', highest: '100' }, { quantity: 'lamp_on' }],
  dryRun: false,
};

interface World {
  form?: Partial<DownlinkForm>;
  devices?: Device[];
  model?: DeviceModel;
  encode?(data: unknown, fPort?: number): DownlinkOutput;
  codec?: Codec;
  state?: MemoryState;
  scope?: string;
}

/** A service with a clock of its own. */
export function lampService({
  form,
  devices = [LAMP],
  model = MODEL,
  encode,
  codec = lampCodec(encode),
  state = new MemoryState(),
  scope = 'node-1',
}: World = {}) {
  const clock = { now: Date.parse('2026-11-20T12:00:00Z') };
  const service = new DownlinkService({
    settings: readSettings({ ...FORM, ...form }),
    registry: {
      get: (id) => devices.find((device) => device.id === id),
      byDevEui: (devEui) => devices.find((device) => device.devEui === devEui),
      list: () => devices,
    },
    models: { get: (id) => (id === model.id ? model : undefined), codecFor: () => codec },
    state,
    scope,
    now: () => clock.now,
  });
  const command = (payload: unknown, topic = 'lamp-7') => service.command({ topic, payload });
  return { service, command, clock, state };
}

function lampCodec(encode: World['encode'] = encodeLamp): Codec {
  return { id: 'lamp.js', encodeDownlink: encode } as unknown as Codec;
}

function encodeLamp(data: unknown): DownlinkOutput {
  return { fPort: 2, bytes: [1, (data as { dim?: number }).dim ?? 0] };
}

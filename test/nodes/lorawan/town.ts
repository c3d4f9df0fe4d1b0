import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import type { Device } from '../../../nodes/devices/device.ts';
import { type DeviceRegistry, openRegistry } from '../../../nodes/devices/registry.ts';
import type { DecodeContext } from '../../../nodes/lorawan/decode-node.ts';
import { type DecoderOptions, LorawanDecoder } from '../../../nodes/lorawan/decoder.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { loraPacket } from './lora-packet.ts';

export const SECRET = 'a credential secret for tests';
export const KEYS = {
  nwkSKey: '00112233445566778899aabbccddeeff',
  appSKey: 'ffeeddccbbaa99887766554433221100',
};

/** A bin with a distance sensor behind a network server, and a snow probe whose frames come raw. */
export const BIN: Device = {
  id: 'bin-7',
  name: 'Bin 7',
  area: 'waste',
  site: 'Storgata 7',
  location: { lat: 69.65, lon: 18.96 },
  devEui: '24e124713b000007',
  model: 'milesight-em310-udl',
  emptyDistance: 2.5,
  fullDistance: 0.5,
};
export const SNOW: Device = {
  id: 'snow-start',
  name: 'Start',
  area: 'ski_trail',
  devEui: 'a840410000000001',
  devAddr: '26011e53',
  model: 'ski-trail-lht65n',
};

/** Battery 92 %, 2.116 m to the waste, tilted; from the vendor's published example. */
export const BIN_PAYLOAD = '01755c03824408040001';
/** 3.014 V, 1.3 °C inside, 24.2 %, no probe; a published example. */
export const SNOW_PAYLOAD = 'cbc6008200f2017fff7fff';

/** A data folder with two registered devices. */
export class Town {
  readonly folder = mkdtempSync(join(tmpdir(), 'byflyt-lorawan-'));
  readonly registry: DeviceRegistry = openRegistry(this.folder, SECRET);
  readonly models = ModelCatalog.open(this.folder);
  readonly data: DataFolder = openDataFolder(this.folder);

  constructor() {
    this.registry.save(BIN);
    this.registry.save(SNOW, KEYS);
  }

  /** A decoder that always answers later, so that what it throws and what it rejects with look the same. */
  decoder(options: Partial<DecoderOptions> = {}) {
    const { registry, models, data } = this;
    const decoder = new LorawanDecoder({ registry, models, state: data.state, ...options });
    return {
      split: (message: unknown) => decoder.split(message),
      decode: async (message: unknown, context: DecodeContext) => decoder.decode(message, context),
    };
  }

  /** Registers a device with a codec of its own; `source` is the script. */
  addCodec(id: string, source: string, devEui: string): void {
    for (const name of ['models', 'codecs']) mkdirSync(join(this.folder, name), { recursive: true });
    const mappings = [{ from: 't', quantity: 'air_temperature' }];
    const model = { id, vendor: 'Test', name: id, codec: `${id}.js`, mappings, interval: 20 };
    writeFileSync(
      join(this.folder, 'models', `${id}.json`),
      JSON.stringify({ ...model, time: 'at', samples: 'old' }),
    );
    writeFileSync(join(this.folder, 'codecs', `${id}.js`), source);
    this.registry.save({ id, name: id, area: 'building', model: id, devEui });
  }

  remove(): void {
    this.registry.unknown.flush();
    this.data.release();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An uplink of The Things Stack. */
export function uplink(devEui: string, payloadHex: string, fields: Record<string, unknown> = {}): object {
  return {
    end_device_ids: { device_id: `eui-${devEui}`, dev_eui: devEui.toUpperCase() },
    received_at: '2026-01-02T03:04:05.678901234Z',
    uplink_message: {
      session_key_id: 'AY',
      f_port: 85,
      f_cnt: 12,
      frm_payload: Buffer.from(payloadHex, 'hex').toString('base64'),
      rx_metadata: [
        { gateway_ids: { eui: '0016C001F153A14C' }, time: '2026-01-02T03:04:05.5Z', rssi: -101, snr: 7.5 },
        { gateway_ids: { eui: '0016C001F153A14D' }, rssi: -80 },
      ],
      settings: { data_rate: { lora: { bandwidth: 125_000, spreading_factor: 9 } }, frequency: '868100000' },
      ...fields,
    },
  };
}

/** A frame as a gateway bridge delivers it. */
export function gatewayFrame(phy: Buffer, gatewayId = '0016c001f153a14c'): object {
  return {
    phyPayload: phy.toString('base64'),
    txInfo: { frequency: 868_100_000, modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7 } } },
    rxInfo: { gatewayId, gwTime: '2026-01-02T03:04:05.5Z', rssi: -70, snr: 9 },
  };
}

/** An encrypted data uplink of the snow probe, or of whoever has the keys. */
export function snowFrame(fCnt: number, payloadHex = SNOW_PAYLOAD, keys = KEYS, fPort = 2): Buffer {
  const upper = Buffer.alloc(2);
  upper.writeUInt16LE(Math.floor(fCnt / 65_536));
  const fields = {
    MType: 'Unconfirmed Data Up',
    DevAddr: Buffer.from(SNOW.devAddr ?? '', 'hex'),
    FCnt: fCnt % 65_536,
    FPort: fPort,
    payload: Buffer.from(payloadHex, 'hex'),
  };
  const [app, nwk] = [Buffer.from(keys.appSKey, 'hex'), Buffer.from(keys.nwkSKey, 'hex')];
  const phy = loraPacket.fromFields(fields, app, nwk, undefined, upper).getPHYPayload();
  assert.ok(phy);
  return phy;
}

/** Uplinks for the benchmarks: The Things Stack v3 messages of Milesight AM307L sensors, five quantities each. */

export interface PublishedUplink {
  topic: string;
  body: string;
}

export const DEVICES = 100;
/** What one uplink carries; every contender stores all of them under these names. */
export const QUANTITIES = [
  'air_temperature',
  'relative_humidity',
  'co2_concentration',
  'light_level',
  'air_pressure',
] as const;
const INTERVAL_MS = 10 * 60_000;

/** Identifiers of the n-th device. */
export function deviceNumber(n: number): { name: string; devEui: string } {
  return { name: `bench-${n}`, devEui: (0x24e124000000n + BigInt(n)).toString(16).padStart(16, '0') };
}

/** `count` uplinks, devices in turn, each device every ten minutes up to `end` (ms since 1970 UTC). */
export function* uplinks(count: number, end: number, devices = DEVICES): Generator<PublishedUplink> {
  const rounds = Math.ceil(count / devices);
  for (let index = 0; index < count; index++) {
    const round = Math.floor(index / devices);
    yield uplink(index % devices, round, end - (rounds - round) * INTERVAL_MS);
  }
}

function uplink(n: number, fCnt: number, time: number): PublishedUplink {
  const { name, devEui } = deviceNumber(n);
  const receivedAt = new Date(time + n * 100).toISOString();
  const body = {
    end_device_ids: {
      device_id: name,
      application_ids: { application_id: 'bench' },
      dev_eui: devEui.toUpperCase(),
    },
    received_at: receivedAt,
    uplink_message: {
      f_port: 85,
      f_cnt: fCnt,
      frm_payload: payload(n, time).toString('base64'),
      rx_metadata: [{ gateway_ids: { gateway_id: 'bench-gateway' }, rssi: -97, snr: 7.5 }],
      settings: { data_rate: { lora: { bandwidth: 125000, spreading_factor: 7 } }, frequency: '868100000' },
      received_at: receivedAt,
    },
  };
  return { topic: `v3/bench/devices/${name}/up`, body: JSON.stringify(body) };
}

/** Channel id, channel type and little-endian value of temperature, humidity, CO2, light level and air pressure. */
function payload(n: number, time: number): Buffer {
  const day = Math.sin((2 * Math.PI * time) / 86_400_000 + n);
  const bytes = Buffer.from([3, 0x67, 0, 0, 4, 0x68, 0, 7, 0x7d, 0, 0, 6, 0xcb, 0, 9, 0x73, 0, 0]);
  bytes.writeInt16LE(Math.round(210 + 25 * day), 2);
  bytes.writeUInt8(Math.round(90 + 20 * day), 6);
  bytes.writeUInt16LE(Math.round(600 + 150 * day), 9);
  bytes.writeUInt8(Math.round(3 + 2 * day), 13);
  bytes.writeUInt16LE(Math.round(10_130 + 60 * day), 16);
  return bytes;
}

/**
 * Uplinks for the benchmarks: The Things Stack v3 messages of Milesight AM307L sensors, five quantities each, with the
 * fields that a message of a real network has (1.5 to 2 kB: one or two gateways with their places and tokens,
 * correlation ids, network ids). How long a message is counts for all who are compared: each has to parse all of it.
 */

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
  const heard = time + n * 100;
  const ids = [ulid(heard, n), ulid(heard + 200, n)] as const;
  const body = {
    end_device_ids: {
      device_id: name,
      application_ids: { application_id: 'bench' },
      dev_eui: devEui.toUpperCase(),
      join_eui: '24E124C0002A0001',
      dev_addr: (0x260b0000 + n).toString(16).toUpperCase(),
    },
    correlation_ids: [
      `as:up:${ids[1]}`,
      `gs:uplink:${ids[0]}`,
      `ns:uplink:${ids[0]}`,
      `rpc:/ttn.lorawan.v3.GsNs/HandleUplink:${ids[0]}`,
      `rpc:/ttn.lorawan.v3.NsAs/HandleUplink:${ids[1]}`,
    ],
    received_at: nanoseconds(heard + 240),
    uplink_message: {
      session_key_id: 'AYqPq3mT0xk7c2N1bW1lcg==',
      f_port: 85,
      f_cnt: fCnt,
      frm_payload: payload(n, time).toString('base64'),
      rx_metadata: GATEWAYS.slice(0, 1 + (n % GATEWAYS.length)).map((gateway, at) =>
        reception(gateway, heard + at, n),
      ),
      settings: {
        data_rate: { lora: { bandwidth: 125000, spreading_factor: 7, coding_rate: '4/5' } },
        frequency: '868100000',
        timestamp: tick(heard),
        time: nanoseconds(heard),
      },
      received_at: nanoseconds(heard + 30),
      consumed_airtime: '0.071936s',
      network_ids: {
        net_id: '000013',
        ns_id: 'EC656E0000000181',
        tenant_id: 'bench',
        cluster_id: 'eu1',
        cluster_address: 'eu1.cloud.thethings.network',
      },
    },
  };
  return { topic: `v3/bench/devices/${name}/up`, body: JSON.stringify(body) };
}

/** Every second device is heard by both. */
const GATEWAYS = [
  { eui: 'A84041FFFE27C701', latitude: 59.91273, longitude: 10.74609, altitude: 38 },
  { eui: 'A84041FFFE27C702', latitude: 59.93121, longitude: 10.77154, altitude: 112 },
];

function reception({ eui, ...location }: (typeof GATEWAYS)[number], time: number, n: number): object {
  return {
    gateway_ids: { gateway_id: `eui-${eui.toLowerCase()}`, eui },
    time: nanoseconds(time),
    timestamp: tick(time),
    rssi: -97 - (n % 20),
    channel_rssi: -97 - (n % 20),
    snr: 7.5,
    location: { ...location, source: 'SOURCE_REGISTRY' },
    uplink_token: Buffer.from(`${eui}/${tick(time)}/a token of some sixty bytes or so`).toString('base64'),
    received_at: nanoseconds(time + 20),
  };
}

/** RFC 3339 with the nine digits that The Things Stack has. */
function nanoseconds(time: number): string {
  return new Date(time).toISOString().replace('Z', '123456Z');
}

/** A concentrator's counter of microseconds, 32 bits. */
function tick(time: number): number {
  return (time * 1000) % 2 ** 32;
}

/** Of the length of a ULID, with what makes one differ from the next. */
function ulid(time: number, n: number): string {
  return `${time.toString(32)}${n.toString(32)}`.toUpperCase().padEnd(26, 'X');
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

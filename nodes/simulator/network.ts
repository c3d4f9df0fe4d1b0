import { createHash } from 'node:crypto';
import type { DeviceKeys } from '../devices/device.ts';
import { chance } from './chance.ts';
import { encryptedFrame } from './frame.ts';
import type { EncodedPayload } from './payloads.ts';

/** Networks that sandbox devices are on. */
export type SandboxNetwork = 'the-things-stack' | 'chirpstack' | 'gateway-bridge';

/** One uplink as it is on the air. */
export interface SandboxUplink {
  deviceId: string;
  /** 16 and 8 lower-case hex digits. */
  devEui: string;
  devAddr: string;
  keys: Required<Pick<DeviceKeys, 'appSKey' | 'nwkSKey'>>;
  fCnt: number;
  payload: EncodedPayload;
  /** ms since 1970 UTC. */
  time: number;
}

/** An MQTT message as the network server or gateway publishes it. */
export interface NetworkPublication {
  topic: string;
  body: object;
}

const APPLICATION = 'byflyt-sandbox';
const GATEWAY = '0016c001ff10a2b3';
const REGION = 'eu868';
/** EU868 join channels, Hz. */
const FREQUENCIES = [868_100_000, 868_300_000, 868_500_000] as const;
const BANDWIDTH = 125_000;
/** A network server hands an uplink on after it waited for further gateways. */
const DEDUPLICATION_MS = 240;

interface Radio {
  frequency: number;
  spreadingFactor: number;
  rssi: number;
  snr: number;
}

/** Wraps an uplink as the network publishes it. */
export function publicationOf(
  network: SandboxNetwork,
  uplink: SandboxUplink,
  seed: number,
): NetworkPublication {
  return WRAPPERS[network](uplink, radioOf(uplink, seed));
}

/** Topic that a device's uplinks arrive on. */
export function topicOf(network: SandboxNetwork, device: Pick<SandboxUplink, 'deviceId' | 'devEui'>): string {
  return TOPICS[network](device);
}

const TOPICS: Record<SandboxNetwork, (device: Pick<SandboxUplink, 'deviceId' | 'devEui'>) => string> = {
  'the-things-stack': ({ deviceId }) => `v3/${APPLICATION}@ttn/devices/${deviceId}/up`,
  chirpstack: ({ devEui }) => `application/${stableUuid(APPLICATION)}/device/${devEui}/event/up`,
  'gateway-bridge': () => `${REGION}/gateway/${GATEWAY}/event/up`,
};

const WRAPPERS: Record<SandboxNetwork, (uplink: SandboxUplink, radio: Radio) => NetworkPublication> = {
  'the-things-stack': (uplink, radio) => ({
    topic: topicOf('the-things-stack', uplink),
    body: thingsStackBody(uplink, radio),
  }),
  chirpstack: (uplink, radio) => ({
    topic: topicOf('chirpstack', uplink),
    body: chirpStackBody(uplink, radio),
  }),
  'gateway-bridge': (uplink, radio) => ({
    topic: topicOf('gateway-bridge', uplink),
    body: {
      phyPayload: encryptedFrame(uplink.devAddr, uplink.fCnt, uplink.payload, uplink.keys).toString('base64'),
      txInfo: txInfoOf(radio),
      rxInfo: rxInfoOf(uplink, radio),
    },
  }),
};

/** ApplicationUp of The Things Stack v3, MQTT integration, without a payload formatter. */
function thingsStackBody(
  { deviceId, devEui, devAddr, fCnt, payload, time }: SandboxUplink,
  radio: Radio,
): object {
  const received = iso(time + DEDUPLICATION_MS);
  return {
    end_device_ids: {
      device_id: deviceId,
      application_ids: { application_id: APPLICATION },
      dev_eui: devEui.toUpperCase(),
      join_eui: '0000000000000000',
      dev_addr: devAddr.toUpperCase(),
    },
    correlation_ids: [`as:up:${stableUuid(`${devEui}/${fCnt}`)}`],
    received_at: received,
    uplink_message: {
      session_key_id: Buffer.from(stableUuid(devAddr).slice(0, 16)).toString('base64'),
      f_port: payload.fPort,
      f_cnt: fCnt,
      frm_payload: payload.bytes.toString('base64'),
      rx_metadata: [
        {
          gateway_ids: { gateway_id: `eui-${GATEWAY}`, eui: GATEWAY.toUpperCase() },
          time: iso(time),
          rssi: radio.rssi,
          channel_rssi: radio.rssi,
          snr: radio.snr,
        },
      ],
      settings: {
        data_rate: {
          lora: { bandwidth: BANDWIDTH, spreading_factor: radio.spreadingFactor, coding_rate: '4/5' },
        },
        frequency: String(radio.frequency),
        time: iso(time),
      },
      received_at: received,
      network_ids: { net_id: '000013', tenant_id: 'ttn', cluster_id: 'eu1' },
    },
  };
}

/** Uplink event of ChirpStack v4, JSON marshaler. */
function chirpStackBody(uplink: SandboxUplink, radio: Radio): object {
  const { deviceId, devEui, devAddr, fCnt, payload, time } = uplink;
  return {
    deduplicationId: stableUuid(`${devEui}/${fCnt}`),
    time: iso(time),
    deviceInfo: {
      tenantId: stableUuid('tenant'),
      tenantName: APPLICATION,
      applicationId: stableUuid(APPLICATION),
      applicationName: APPLICATION,
      deviceProfileId: stableUuid('profile'),
      deviceProfileName: APPLICATION,
      deviceName: deviceId,
      devEui,
      tags: {},
    },
    devAddr,
    adr: true,
    dr: 12 - radio.spreadingFactor,
    fCnt,
    fPort: payload.fPort,
    confirmed: false,
    data: payload.bytes.toString('base64'),
    rxInfo: [rxInfoOf(uplink, radio)],
    txInfo: txInfoOf(radio),
  };
}

function rxInfoOf({ devEui, fCnt, time }: SandboxUplink, { rssi, snr }: Radio): object {
  return {
    gatewayId: GATEWAY,
    uplinkId: Number.parseInt(stableUuid(`${devEui}/${fCnt}/up`).slice(0, 4), 16),
    gwTime: iso(time),
    nsTime: iso(time + DEDUPLICATION_MS),
    rssi,
    snr,
    channel: fCnt % FREQUENCIES.length,
    location: {},
    context: 'AAAAAA==',
    metadata: { region_config_id: REGION, region_common_name: 'EU868' },
    crcStatus: 'CRC_OK',
  };
}

function txInfoOf({ frequency, spreadingFactor }: Radio): object {
  return { frequency, modulation: { lora: { bandwidth: BANDWIDTH, spreadingFactor, codeRate: 'CR_4_5' } } };
}

/** Reception varies from uplink to uplink; a weak one goes out slower, as with adaptive data rate. */
function radioOf({ devEui, fCnt }: SandboxUplink, seed: number): Radio {
  const distance = chance(seed, `${devEui}/distance`);
  const fading = chance(seed, `${devEui}/fading/${fCnt}`);
  const rssi = Math.round(-72 - 40 * distance - 8 * fading);
  return {
    rssi,
    snr: Math.round(10 * (10 - 14 * distance - 3 * fading)) / 10,
    spreadingFactor: 7 + Math.min(Math.floor(distance * 5), 5),
    frequency: FREQUENCIES[fCnt % FREQUENCIES.length] ?? FREQUENCIES[0],
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** An id in the form of a UUID that is always the same for the same text. */
function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

import { readFileSync } from 'node:fs';
import type { NetworkName } from '../../../nodes/lorawan/network-message.ts';

/** One line of the shared network messages; the fields are described in the README beside them. */
export interface Sample {
  name: string;
  kind: string;
  event: string;
  reading: boolean;
  topic?: string;
  /** Of a webhook: as text, or taken apart. */
  query?: string | Record<string, string>;
  body: unknown;
  expect: Record<string, unknown>;
  keys?: Record<string, string>;
  lorawanVersion?: string;
}

/** All samples of one kind, for example `tts-v3`. */
export function samplesOf(kind: string): Sample[] {
  const url = new URL(`../../../../shared/network-messages/${kind}.jsonl`, import.meta.url);
  return readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Sample);
}

/** Kinds of messages of LoRaWAN networks -> network server that each of them must be recognised as. */
export const NETWORK_OF_KIND: Readonly<Record<string, NetworkName>> = {
  actility: 'actility',
  'actility-xml': 'actility',
  akenza: 'akenza',
  'aws-iot-lorawan': 'aws-iot',
  basicstation: 'basics-station',
  'chirpstack-gw-bridge-v2': 'gateway-bridge',
  'chirpstack-v3': 'chirpstack-v3',
  'chirpstack-v3-legacy': 'chirpstack-v3',
  'chirpstack-v4': 'chirpstack-v4',
  'cra-loriot': 'loriot',
  'digimondo-firefly': 'firefly',
  everynet: 'everynet',
  'helium-console': 'helium',
  'kerlink-wanesy': 'kerlink',
  'kpn-things-senml': 'kpn-things',
  liveobjects: 'live-objects',
  loriot: 'loriot',
  machineq: 'machineq',
  'milesight-gw': 'milesight',
  multitech: 'multitech',
  netmore: 'netmore',
  objenious: 'objenious',
  orbiwise: 'orbiwise',
  proximus: 'proximus',
  'semtech-udp': 'semtech-udp',
  senet: 'senet',
  tektelic: 'tektelic',
  'ttn-v2': 'ttn-v2',
  'tts-v3': 'tts-v3',
  weird: 'tts-v3',
};

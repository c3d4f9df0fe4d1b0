import type { JoinAccept } from './join-accept.ts';
import type { MacCommand } from './mac-commands.ts';
import type { ReceptionFacts } from './receptions.ts';

/** Network servers and gateways whose messages are known; `mapped`: a mapping made by a person read it. */
export type NetworkName =
  | 'tts-v3'
  | 'ttn-v2'
  | 'chirpstack-v4'
  | 'chirpstack-v3'
  | 'actility'
  | 'proximus'
  | 'machineq'
  | 'kpn-things'
  | 'akenza'
  | 'aws-iot'
  | 'everynet'
  | 'firefly'
  | 'helium'
  | 'kerlink'
  | 'live-objects'
  | 'loriot'
  | 'milesight'
  | 'multitech'
  | 'netmore'
  | 'objenious'
  | 'orbiwise'
  | 'senet'
  | 'tektelic'
  | 'basics-station'
  | 'semtech-udp'
  | 'gateway-bridge'
  | 'raw-frame'
  | 'mapped';

/** Who sent a message, as far as the network server says. A field that the message lacks is absent. */
export interface Sender {
  network: NetworkName;
  /** 16 lower-case hex digits. */
  devEui?: string;
  /** The server's own id or name of the device. */
  deviceId?: string;
  applicationId?: string;
  /** 8 lower-case hex digits. */
  devAddr?: string;
}

/** An uplink with everything Byflyt uses of it, in one shape for all servers. */
export interface Uplink extends Sender, Partial<ReceptionFacts> {
  kind: 'uplink';
  fPort?: number;
  /** 32-bit counter, as the server counts it. */
  fCnt?: number;
  /** FRMPayload decrypted by the network server; empty if it carried none. */
  payload: Buffer;
  /** The same as lower-case hex. */
  payloadHex: string;
  /** `payload` is as the device encrypted it: the network server does not have the AppSKey. */
  encrypted?: true;
  /** The network server does not say whether it decrypted `payload`: it did not if only Byflyt has the AppSKey. */
  maybeEncrypted?: true;
  /** What the network server itself made of the payload. Not trusted, unless a person chose that. */
  decoded?: unknown;
  /** The message has `decoded` alone: the server keeps the bytes to itself. */
  valuesOnly?: true;
  /** How many gateways heard it, where the server does not list them all. */
  totalGateways?: number;
  /** PHYPayload, lower-case hex: an encrypted frame that came without a network server. */
  frameHex?: string;
  /** ISO 8601 UTC with milliseconds (truncated): when the server received it. Literal, not checked for plausibility. */
  time?: string;
  /** Field that `time` was read from. */
  timeField?: string;
  dr?: number;
  sf?: number;
  bandwidthHz?: number;
  /** bit/s, FSK only. */
  bitRate?: number;
  frequencyHz?: number;
  confirmed?: boolean;
  /** Made by the server's simulation, not by a device. */
  simulated?: true;
}

/** A message that never becomes a reading. */
export interface NetworkEvent extends Sender, Partial<ReceptionFacts> {
  kind: 'event';
  /** join, ack, nack, txack, queued, failed, status, log, error, location, empty, mac-only, uplink-encrypted ... */
  type: string;
  /** The server's own word for it, where `type` is a group. */
  subtype?: string;
  time?: string;
  fPort?: number;
  fCnt?: number;
  fCntDown?: number;
  downlinkPayloadHex?: string;
  gatewayId?: string;
  /** Of a raw frame that carried nothing else. */
  macCommands?: MacCommand[];
  error?: string;
  errorType?: string;
  acknowledged?: boolean;
  /** ThingPark and Netmore: how a downlink fared. */
  deliveryStatus?: string | number;
  correlationId?: string;
  /** What the sender of a downlink called it, or the server's own id of it. */
  reference?: string;
  joinEui?: string;
  devNonce?: number;
  /** Of a raw frame whose key came along. */
  joinAccept?: JoinAccept;
  level?: string;
  code?: string;
  description?: string;
  /** Degrees, WGS 84. */
  lat?: number;
  lon?: number;
  altitudeM?: number;
  accuracyM?: number;
  /** Device status: demodulation margin in dB, battery in percent. */
  margin?: number;
  batteryPercent?: number;
}

export type NetworkMessage = Uplink | NetworkEvent;

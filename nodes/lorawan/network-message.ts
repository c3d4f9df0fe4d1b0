import type { ReceptionFacts } from './receptions.ts';

export type NetworkName = 'tts-v3' | 'chirpstack-v4' | 'gateway-bridge' | 'raw-frame';

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
export interface NetworkEvent extends Sender {
  kind: 'event';
  /** join, ack, nack, txack, queued, failed, status, log, location, integration, normalized, empty, mac-only ... */
  type: string;
  time?: string;
  fPort?: number;
  fCnt?: number;
  fCntDown?: number;
  downlinkPayloadHex?: string;
  gatewayId?: string;
  error?: string;
  level?: string;
  code?: string;
  description?: string;
  /** Degrees, WGS 84. */
  lat?: number;
  lon?: number;
  accuracyM?: number;
  /** Device status: demodulation margin in dB, battery in percent. */
  margin?: number;
  batteryPercent?: number;
}

export type NetworkMessage = Uplink | NetworkEvent;

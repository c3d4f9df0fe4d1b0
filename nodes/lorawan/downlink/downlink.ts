/** Bytes for a device, for whoever sends them: the gateway node, or a network server. */
export interface Downlink {
  kind: 'downlink';
  /** 16 lower-case hex digits. */
  devEui: string;
  /** Id in the device list. */
  device: string;
  /** 1 to 223. */
  fPort: number;
  /** Lower-case hex digits. */
  payloadHex: string;
  /** The device is to acknowledge it. */
  confirmed: boolean;
  /** Whoever sent it finds it again by this in the events about it. */
  reference: string;
}

/** In The Things Stack's events our references stand among those of others, with this before them. */
export const CORRELATION_PREFIX = 'byflyt:';

import type { AreaId } from './areas.ts';
import type { FaultCause, FaultSeverity } from './fault-cause.ts';
import type { QuantityId } from './quantities.ts';

/** A value in the canonical unit of its quantity. */
export type Value = number | boolean | string;

/** QARTOD primary flag: 1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing. */
export type QualityFlag = 1 | 2 | 3 | 4 | 9;

/** One test's verdict; `key` and `parameters` give the sentence in the user's language. */
export interface QualityReason {
  test: string;
  flag: QualityFlag;
  key: string;
  parameters: Record<string, string | number>;
}

export interface Quality {
  flag: QualityFlag;
  reasons: QualityReason[];
}

export interface Anomaly {
  /** 0 (ordinary) to 1 (never seen). */
  score: number;
  /** The value that was expected, canonical unit. */
  expected: number;
  /** Lower and upper end of what is normal now, canonical unit. */
  band: [number, number];
  /** Why, in the configured language. Empty while nothing is unusual. */
  sentence: string;
  /** What is wrong with the sensor, or `event` for what is real, as long as it lasts; and how urgent that is. */
  cause?: FaultCause;
  severity?: FaultSeverity;
  /** The first of its hour: what is normal is stored once an hour, for charts. */
  hourly?: true;
}

export interface DeviceReference {
  /** Stable id in the registry; never a DevEUI. */
  id: string;
  name: string;
  area: AreaId;
  site?: string;
  location?: { lat: number; lon: number };
  /** Present for sandbox devices: their data go to a store of their own. */
  sandbox?: true;
}

/** Radio facts of an uplink. Never published. */
export interface Link {
  network: 'lorawan' | 'nbiot';
  fPort?: number;
  fCnt?: number;
  rssi?: number;
  snr?: number;
  spreadingFactor?: number;
  gateways?: number;
  /** Seconds that the device's clock is ahead of ours. */
  clockOffset?: number;
}

export type TimeSource = 'device' | 'gateway' | 'arrival';

/** One uplink's values at one phenomenon time (OGC Observations & Measurements); travels as `msg.payload`. */
export interface Observation {
  device: DeviceReference;
  /** ISO 8601 UTC. */
  phenomenonTime: string;
  timeSource: TimeSource;
  /** ISO 8601 UTC: arrival here. */
  receivedTime: string;
  /** From the device's memory: a newer one came with it. */
  stored?: true;
  values: Partial<Record<QuantityId, Value>>;
  quality?: Partial<Record<QuantityId, Quality>>;
  anomalies?: Partial<Record<QuantityId, Anomaly>>;
  link?: Link;
  /** The codec's own output, untouched. */
  decoded?: unknown;
  raw: { journalId?: string; payloadHex: string; codec: string; codecVersion: string };
}

/** True for a `msg.payload` that has the shape of an Observation (checked where nodes meet). */
export function isObservation(value: unknown): value is Observation {
  if (typeof value !== 'object' || value === null) return false;
  const { device, phenomenonTime, values } = value as Partial<Observation>;
  return (
    typeof device?.id === 'string' &&
    typeof device.area === 'string' &&
    typeof phenomenonTime === 'string' &&
    typeof values === 'object' &&
    values !== null
  );
}

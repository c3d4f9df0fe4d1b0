import { present } from './json-fields.ts';

/** One gateway's reception of an uplink. */
export interface Reception {
  gatewayId?: string;
  /** dBm */
  rssi?: number;
  /** dB */
  snr?: number;
  /** ISO 8601 UTC, the gateway's clock. */
  time?: string;
}

/** What a network server's list of receptions says about an uplink. */
export interface ReceptionFacts {
  rssi?: number;
  snr?: number;
  gatewayId?: string;
  gatewayTime?: string;
  /** Entries in the list; one gateway may have several (antennas, frequencies). */
  receptions: number;
  distinctGateways: number;
  /** Present if there are several. */
  gatewayIds?: string[];
}

/** The best reception (highest RSSI, then SNR) and how many there were. A reception without RSSI is the weakest. */
export function summarize(receptions: readonly Reception[]): ReceptionFacts {
  const several = receptions.length > 1;
  const sorted = several ? receptions.toSorted(byStrength) : receptions;
  const [best] = sorted;
  const gatewayIds = several ? distinctIds(receptions) : undefined;
  return present<ReceptionFacts>({
    gatewayId: best?.gatewayId,
    rssi: best?.rssi,
    snr: best?.snr,
    gatewayTime: sorted.find(({ time }) => time !== undefined)?.time,
    receptions: receptions.length,
    distinctGateways: gatewayIds?.length ?? (best?.gatewayId === undefined ? 0 : 1),
    gatewayIds,
  });
}

/** A gateway with several antennas or radios counts once; one without an id cannot be told from the others. */
function distinctIds(receptions: readonly Reception[]): string[] {
  return [...new Set(receptions.flatMap(({ gatewayId }) => (gatewayId === undefined ? [] : [gatewayId])))];
}

/** The strongest first: higher RSSI, then SNR. */
export function byStrength(a: Reception, b: Reception): number {
  return (b.rssi ?? -Infinity) - (a.rssi ?? -Infinity) || (b.snr ?? -Infinity) - (a.snr ?? -Infinity) || 0;
}

/**
 * SNR of a LoRa reception. Both servers leave zeros out of their JSON, so a reception that has an RSSI but no SNR
 * was received at 0 dB; FSK has no SNR at all.
 */
export function snrOf(
  snr: number | undefined,
  rssi: number | undefined,
  isLora: boolean,
): number | undefined {
  return snr ?? (isLora && rssi !== undefined ? 0 : undefined);
}

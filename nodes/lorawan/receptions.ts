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
}

/** The best reception (highest RSSI, then SNR) and how many there were. A reception without RSSI is the weakest. */
export function summarize(receptions: readonly Reception[]): ReceptionFacts {
  const sorted = receptions.toSorted(
    (a, b) =>
      (b.rssi ?? -Infinity) - (a.rssi ?? -Infinity) || (b.snr ?? -Infinity) - (a.snr ?? -Infinity) || 0,
  );
  const { time: _, ...best } = sorted[0] ?? {};
  const gatewayTime = sorted.find(({ time }) => time !== undefined)?.time;
  return {
    ...best,
    ...(gatewayTime === undefined ? {} : { gatewayTime }),
    receptions: receptions.length,
    distinctGateways: new Set(receptions.map(({ gatewayId }, index) => gatewayId ?? index)).size,
  };
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

/** Messages taken in by each kind of transport since the process started: for /metrics. */
const counts = new Map<string, number>();

/** `transport`: `mqtt`, `webhook` ... */
export function countReceived(transport: string): void {
  counts.set(transport, (counts.get(transport) ?? 0) + 1);
}

/** Requests that were turned away because they could not show that they are from the network server. */
const refusals = new Map<string, number>();

export function countRefused(transport: string): void {
  refusals.set(transport, (refusals.get(transport) ?? 0) + 1);
}

export function refusedCounts(): ReadonlyMap<string, number> {
  return refusals;
}

export function receivedCounts(): ReadonlyMap<string, number> {
  return counts;
}

/** Messages taken in by each kind of transport since the process started: for /metrics. */
const counts = new Map<string, number>();

/** `transport`: `mqtt`, `webhook` ... */
export function countReceived(transport: string): void {
  counts.set(transport, (counts.get(transport) ?? 0) + 1);
}

export function receivedCounts(): ReadonlyMap<string, number> {
  return counts;
}

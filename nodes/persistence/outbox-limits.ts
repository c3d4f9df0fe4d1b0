import type { Outbox, OutboxItem, OutboxLimits } from './outbox.ts';

const DAY = 86_400_000;
const BATCH = 500;

/**
 * Lets the oldest items of an outbox go that are beyond its limits; their messages are rejected with the reason
 * `persistence.error.outboxFull`. `now` in ms since 1970 UTC. Returns how many items went.
 */
export function enforceLimits(outbox: Outbox, { days, bytes }: OutboxLimits, now: number): number {
  const before = outbox.size;
  for (;;) {
    let excess = outbox.bytes - bytes;
    const gone: OutboxItem<unknown>[] = [];
    for (const item of outbox.peek(BATCH)) {
      if (excess <= 0 && item.received >= now - days * DAY) break;
      excess -= item.bytes;
      gone.push(item);
    }
    const last = gone.at(-1);
    if (!last) return before - outbox.size;
    outbox.ack(
      last.sequence,
      gone.map(({ sequence }) => ({
        sequence,
        reasonKey: 'persistence.error.outboxFull',
        parameters: { days },
      })),
    );
  }
}

/** How full an outbox is: 1 when the next item would push out the oldest. */
export function fullness(
  outbox: Pick<Outbox, 'bytes' | 'oldest'>,
  { days, bytes }: OutboxLimits,
  now: number,
): number {
  const { oldest } = outbox;
  return Math.max(outbox.bytes / bytes, oldest === undefined ? 0 : (now - oldest) / (days * DAY));
}

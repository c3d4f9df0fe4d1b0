import type { Keeping } from '../journal.ts';
import type { LogKeeper } from './log-keeper.ts';
import { type Position, positionOf, segmentOf } from './position.ts';
import type { Segment } from './segments.ts';

const DAY = 86_400_000;
/** How much longer an aged segment stays for messages in it that have no verdict, days. */
const GRACE = 30;

/**
 * Removes whole segments, the oldest first: those in which nothing is younger than `days`, and others while the log is
 * larger than `bytes`. A segment in which something waits in an outbox stays. Messages without a verdict that had to
 * go are counted as lost. `now` in ms since 1970 UTC. Returns how many those were.
 */
export function applyRetention(keeper: LogKeeper, { days, bytes }: Keeping, now: number): number {
  const { log } = keeper;
  let total = log.segments().reduce((sum, segment) => sum + segment.bytes, 0);
  let lost = 0;
  for (const segment of log.segments()) {
    if (segment.number >= oldestNeeded(keeper)) break;
    const age = (now - segment.modified) / DAY;
    const isAged = age >= days && (age >= days + GRACE || !hasOpen(keeper, segment));
    if (!isAged && total <= bytes) continue;
    lost += removeSegment(keeper, segment);
    total -= segment.bytes;
  }
  return lost;
}

/** Number of the first segment that is needed: in which something waits in an outbox, or that is being written. */
export function oldestNeeded({ log, book }: LogKeeper): number {
  const waiting = [...book.outboxes.values()].filter(({ items }) => items > 0);
  return segmentOf(Math.min(log.position, ...waiting.map(({ from }) => from)));
}

function removeSegment(keeper: LogKeeper, segment: Segment): number {
  const { log, book } = keeper;
  const [start, end] = rangeOf(segment);
  let lost = 0;
  book.open.removeBetween(start, end, ({ received }) => {
    book.lost(received);
    lost++;
  });
  book.verdicts.removeBefore(end);
  keeper.checkpoint({ lasting: true });
  log.remove(segment);
  return lost;
}

function hasOpen({ book }: LogKeeper, segment: Segment): boolean {
  return book.open.hasBetween(...rangeOf(segment));
}

function rangeOf({ number }: Segment): [start: Position, end: Position] {
  return [positionOf(number, 0), positionOf(number + 1, 0)];
}

/**
 * A place in the record log as one number, so that ids sort by age: the segment's number in the upper bits, the
 * offset in its file in the lower 32. Safe integers for two million segments.
 */
export type Position = number;

const OFFSETS = 2 ** 32;

export function positionOf(segment: number, offset: number): Position {
  return segment * OFFSETS + offset;
}

export function segmentOf(position: Position): number {
  return Math.floor(position / OFFSETS);
}

export function offsetOf(position: Position): number {
  return position % OFFSETS;
}

/** Damaged messages, the same ones for a seed, quickly. */

/** Numbers from 0 up to a limit that look random; the same ones for a seed (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A sample with bytes changed, cut off, doubled or put in; one in five has nothing of a sample. */
export function mutated(bodies: readonly Buffer[], next: (below: number) => number): Buffer {
  const some = (most: number) => Buffer.from(Array.from({ length: next(most + 1) }, () => next(256)));
  if (next(5) === 0) return some(80);
  let bytes = bodies[next(bodies.length)] ?? Buffer.alloc(0);
  for (let changes = next(5); changes > 0; changes--) {
    const at = next(bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, at), some(5), bytes.subarray(at + next(4))]);
  }
  return bytes;
}

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, 00:00 UTC. */
export const START = Date.UTC(2026, 0, 5);

/** A daily rhythm, warmest at 14:00 UTC, with noise that is carried on; every 20 minutes with jitter and gaps. */
export function temperatures(days: number, seed = 1): [time: number, value: number][] {
  const random = randomNumbers(seed);
  const samples: [number, number][] = [];
  let carried = 0;
  for (let time = START; time < START + days * DAY; time += 20 * MINUTE) {
    carried = 0.9 * carried + random() - 0.5;
    const jitter = (random() - 0.5) * MINUTE;
    if (random() < 0.03) continue;
    const rhythm = 5 * Math.cos((2 * Math.PI * (time - START - 14 * HOUR)) / DAY);
    samples.push([time + jitter, Math.round((10 + rhythm + 0.3 * carried) * 100) / 100]);
  }
  return samples;
}

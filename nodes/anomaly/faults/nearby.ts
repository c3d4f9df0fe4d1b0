/** What a series tells those nearby that measure the same. */
export interface Nearby {
  /** Farthest move from its usual course since a time (ms since 1970 UTC); NaN if unknown. */
  moveSince(time: number): number;
  /** Its newest reading if it is of the last hours before `time`, and nothing is wrong with it; else NaN. */
  readingAt(time: number): number;
  /** How far it has been from its level lately. */
  strayed(): number;
}

/** A sensor nearby agrees if it moved by this share. */
const AGREES = 0.5;

/** Whether sensors nearby moved the same way since a time; undefined without any that tell. */
export function agree(nearby: readonly Nearby[], since: number, size: number): boolean | undefined {
  let told: boolean | undefined;
  for (const one of nearby) {
    const move = one.moveSince(since);
    if (Number.isNaN(move)) continue;
    if (Math.sign(size) * move > AGREES * Math.abs(size)) return true;
    told = false;
  }
  return told;
}

/** The reading nearby that is most like this one: who is away from all of them is wrong. NaN without any. */
export function nearestReading(nearby: readonly Nearby[], time: number, reading: number): number {
  let nearest = Number.NaN;
  for (const one of nearby) {
    const other = one.readingAt(time);
    if (!(Math.abs(other - reading) >= Math.abs(nearest - reading))) nearest = other;
  }
  return nearest;
}

/** Of two sensors that differ, the one that went farther from where it used to be is to blame. */
export function isToBlame(one: Nearby, nearby: readonly Nearby[], time: number): boolean {
  const others = nearby.filter((other) => !Number.isNaN(other.readingAt(time)));
  return others.length !== 1 || one.strayed() >= (others[0]?.strayed() ?? 0);
}

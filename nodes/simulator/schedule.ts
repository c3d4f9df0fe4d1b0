import { chance } from './chance.ts';

const MINUTE = 60_000;
/** Crystal clocks and random delays: uplinks come a few seconds off. */
const JITTER_MS = 4_000;

/** When a device sends: every `interval` minutes, at a minute of its own, a little off. Slots count from 1970. */
export interface Rhythm {
  id: string;
  /** Minutes. */
  interval: number;
}

/** Time (ms since 1970 UTC) of a slot's uplink. */
export function slotTime(rhythm: Rhythm, slot: number, seed: number): number {
  const period = rhythm.interval * MINUTE;
  const phase = chance(seed, `${rhythm.id}/phase`) * (period - JITTER_MS);
  return Math.floor(slot * period + phase + chance(seed, `${rhythm.id}/jitter/${slot}`) * JITTER_MS);
}

/** The first slot at or after a time. */
export function slotFrom(rhythm: Rhythm, time: number, seed: number): number {
  const slot = Math.floor(time / (rhythm.interval * MINUTE));
  return slotTime(rhythm, slot, seed) >= time ? slot : slot + 1;
}

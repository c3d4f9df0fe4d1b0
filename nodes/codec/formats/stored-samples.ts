import type { Values } from './field.ts';

/** LoRaWAN and NB-IoT are younger: a clock that shows an earlier time was never set. Seconds since 1970. */
const EARLIEST = Date.UTC(2015) / 1000;

export interface DatedSamples {
  samples: Values[];
  /** Present if samples were left out. */
  warnings?: string[];
}

/**
 * The stored samples of a message that have a time, by the value of that name: seconds since 1970, or ISO 8601. One
 * whose clock was not set yet cannot be placed: at its arrival it would pass for a reading of today.
 */
export function datedSamples(samples: readonly Values[], time: string): DatedSamples {
  const dated = samples.filter((sample) => isSet(sample[time]));
  const missing = samples.length - dated.length;
  if (missing === 0) return { samples: dated };
  return { samples: dated, warnings: [`${missing} stored samples left out: the clock was not set`] };
}

function isSet(time: unknown): boolean {
  const seconds = typeof time === 'string' ? Date.parse(time) / 1000 : time;
  return typeof seconds === 'number' && seconds >= EARLIEST;
}

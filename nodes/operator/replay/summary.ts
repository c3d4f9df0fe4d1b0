import type { Problem } from '../../observation/errors.ts';
import type { Value } from '../../observation/observation.ts';
import type { QuantityId } from '../../observation/quantities.ts';
import type { Difference, DifferenceKind } from './compare-fields.ts';
import type { ChangedMoment } from './moments.ts';

/** One value of the preview. */
export interface Example {
  /** ms since 1970 UTC. */
  time: number;
  kind: DifferenceKind;
  old?: Value;
  now?: Value;
}

export interface QuantitySummary {
  counts: Record<DifferenceKind, number>;
  /** The first of each kind. */
  examples: Example[];
}

export interface DeviceSummary {
  /** Messages that gave a reading. */
  messages: number;
  /** Messages that could not be read, and why the first of them could not. */
  failures: number;
  problem?: Problem;
  quantities: Map<QuantityId, QuantitySummary>;
}

/** Enough to see what happens; there may be hundreds of thousands. */
const EXAMPLES_PER_KIND = 3;

/** What a replay found, device by device, in little memory however long the period is. */
export class Summary {
  readonly devices = new Map<string, DeviceSummary>();
  /** Arrival of the message that was read last, ms since 1970 UTC. */
  reached: number | undefined;

  message(device: string): void {
    this.#of(device).messages++;
  }

  failure(device: string, problem: Problem): void {
    const summary = this.#of(device);
    summary.failures++;
    summary.problem ??= problem;
  }

  add({ moment, differences }: ChangedMoment): void {
    const { quantities } = this.#of(moment.device);
    for (const difference of differences) count(quantities, moment.time, difference);
  }

  #of(device: string): DeviceSummary {
    const known = this.devices.get(device) ?? { messages: 0, failures: 0, quantities: new Map() };
    this.devices.set(device, known);
    return known;
  }
}

function count(quantities: DeviceSummary['quantities'], time: number, difference: Difference): void {
  const { kind, quantity, old, now } = difference;
  const summary = quantities.get(quantity) ?? {
    counts: { changed: 0, added: 0, gone: 0, flag: 0 },
    examples: [],
  };
  quantities.set(quantity, summary);
  summary.counts[kind]++;
  if (summary.counts[kind] > EXAMPLES_PER_KIND) return;
  summary.examples.push({ time, kind, ...(old !== undefined && { old }), ...(now !== undefined && { now }) });
}

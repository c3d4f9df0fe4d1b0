import type { Label } from './faults-injection.ts';
import { DAY, DAYS, HOUR } from './faults-town.ts';

export interface Raised {
  device: string;
  quantity: string;
  cause: string;
  time: number;
  sentence: string;
}

/** An alarm counts as that of a label for so long after its end, ms. */
const GRACE = 12 * HOUR;
/** Months that each sensor is watched, those in which it learns included. */
const MONTHS = (DAYS * DAY) / (30.44 * DAY);
/** The right names of a fault, if not its own. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'slow leak': ['leak'],
};

interface Tally {
  labels: number;
  found: number;
  named: number;
  calledReal: number;
  delays: number[];
}

/** Scores alarms against labels, per cause: found, delay, named right, and what was raised where nothing was. */
export class Score {
  readonly #tallies = new Map<string, Tally>();
  #false: (Raised & { month: number })[] = [];
  #missed: Label[] = [];
  #misnamed: { label: Label; cause: string }[] = [];
  #months = 0;
  #told = { right: 0, all: 0 };

  add(labels: readonly Label[], raised: readonly Raised[], sensors: number): void {
    this.#months += sensors * MONTHS;
    for (const label of labels)
      this.#judge(
        label,
        raised.filter((one) => belongs(one, label)),
      );
    for (const one of raised) {
      if (!labels.some((label) => belongs(one, label)))
        this.#false.push({ ...one, month: new Date(one.time).getUTCMonth() + 1 });
    }
  }

  #judge(label: Label, alarms: readonly Raised[]): void {
    const tally = this.#tallies.get(label.cause) ?? {
      labels: 0,
      found: 0,
      named: 0,
      calledReal: 0,
      delays: [],
    };
    this.#tallies.set(label.cause, tally);
    tally.labels++;
    const names = NAMES[label.cause] ?? [label.cause];
    const real = label.cause === 'event';
    const wrong = alarms.filter(({ cause }) => cause !== 'event');
    const counted = real ? alarms : wrong;
    if (alarms.length > 0) {
      // Told apart: a fault is called one, and nothing of a real event is.
      this.#told.all++;
      if (real ? wrong.length === 0 : wrong.length > 0) this.#told.right++;
      if (!real && wrong.length === 0) tally.calledReal++;
    }
    const [first] = counted;
    if (!first) {
      this.#missed.push(label);
      return;
    }
    tally.found++;
    if (counted.some(({ cause }) => names.includes(cause))) tally.named++;
    else this.#misnamed.push({ label, cause: first.cause });
    tally.delays.push((first.time - label.from) / HOUR);
  }

  print(verbose: boolean): void {
    console.log('cause       labels  recall  named right  median delay');
    for (const [cause, { labels, found, named, delays }] of [...this.#tallies].sort(([a], [b]) =>
      a.localeCompare(b),
    )) {
      const median = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)] ?? Number.NaN;
      console.log(
        `${cause.padEnd(12)}${String(labels).padStart(6)}${(found / labels).toFixed(2).padStart(8)}` +
          `${(named / Math.max(1, found)).toFixed(2).padStart(13)}${`${median.toFixed(1)} h`.padStart(14)}`,
      );
    }
    const { right, all } = this.#told;
    console.log(`fault and real event told apart: ${((100 * right) / all).toFixed(0)} % of ${all}`);
    console.log(
      `false alarms: ${(this.#false.length / this.#months).toFixed(3)} per sensor-month (${this.#false.length})`,
    );
    if (verbose) this.#explain();
  }

  #explain(): void {
    const count = new Map<string, number>();
    for (const { quantity, cause } of this.#false)
      count.set(`${quantity} ${cause}`, (count.get(`${quantity} ${cause}`) ?? 0) + 1);
    console.log(
      '\nfalse',
      [...count]
        .sort((a, b) => b[1] - a[1])
        .map(([key, n]) => `${key}: ${n}`)
        .join(', '),
    );
    const lost = new Map<string, number>();
    for (const { quantity, cause } of this.#missed)
      lost.set(`${quantity} ${cause}`, (lost.get(`${quantity} ${cause}`) ?? 0) + 1);
    console.log('\nmissed', [...lost].map(([key, n]) => `${key}: ${n}`).join(', '));
    const named = new Map<string, number>();
    for (const { label, cause } of this.#misnamed) {
      const key = `${label.quantity} ${label.cause}>${cause}`;
      named.set(key, (named.get(key) ?? 0) + 1);
    }
    console.log('\nnamed', [...named].map(([key, n]) => `${key}: ${n}`).join(', '));
  }
}

function belongs({ device, quantity, time }: Raised, label: Label): boolean {
  return (
    device === label.device && quantity === label.quantity && time >= label.from && time <= label.to + GRACE
  );
}

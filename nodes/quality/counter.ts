/** Meters and other counters: what a new reading says after the one before. */

/**
 * grew: by `increase`, which may be 0. rolled: the register went through its end and began at 0 again; `increase` is
 * what was counted meanwhile. back: the reading before was wrong, this one goes on where the one before that was.
 * reset: it counts from somewhere else (a new battery, another meter); nobody knows what was counted meanwhile.
 */
export type CounterStep =
  | { kind: 'grew' | 'rolled'; increase: number }
  | { kind: 'back' | 'reset'; increase?: never };

/** Registers of two, three and four bytes, and of four to nine decimal digits. */
const REGISTERS = [2 ** 16, 2 ** 24, 2 ** 32, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** Units of the register in the canonical unit: litres of m³, Wh of kWh ... */
const UNITS = [1, 0.1, 0.01, 0.001];
/** How near its end a register was, and how near its beginning it is, as a share of it. */
const NEAR = 0.01;

const CAPACITIES = [...new Set(REGISTERS.flatMap((register) => UNITS.map((unit) => register * unit)))].sort(
  (a, b) => a - b,
);

/** `before` is the reading before `previous`, if there is one. Canonical unit. */
export function counterStep(before: number | undefined, previous: number, value: number): CounterStep {
  if (value >= previous) return { kind: 'grew', increase: value - previous };
  const capacity = CAPACITIES.find((each) => previous < each);
  if (capacity !== undefined && previous >= capacity * (1 - NEAR) && value <= capacity * NEAR)
    return { kind: 'rolled', increase: capacity - previous + value };
  return { kind: before !== undefined && value >= before ? 'back' : 'reset' };
}

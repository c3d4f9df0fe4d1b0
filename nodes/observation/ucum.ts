/**
 * The part of UCUM (Unified Code for Units of Measure, https://ucum.org/ucum) that sensors use: atoms, metric prefixes,
 * products, quotients and exponents. Factors are to the SI units m, kg, s, K, A, mol, cd and rad;
 * those of customary units are the exact definitions of NIST Special Publication 811, appendix B.
 */
import { ConfigurationError } from './errors.ts';

/** Exponent per base unit, zero ones left out; arbitrary units (pH, NTU, decibels) have a dimension of their own. */
export type Dimension = Readonly<Record<string, number>>;

/** SI value = value * factor + offset. */
export interface Unit {
  factor: number;
  offset: number;
  dimension: Dimension;
}

type Atom = [factor: number, dimension: Dimension, metric?: 'metric' | undefined, offset?: number];

const LENGTH = { m: 1 };
const VOLUME = { m: 3 };
const TIME = { s: 1 };
const MASS = { kg: 1 };
const FREQUENCY = { s: -1 };
const ACCELERATION = { m: 1, s: -2 };
const SPEED = { m: 1, s: -1 };
const PRESSURE = { kg: 1, m: -1, s: -2 };
const ENERGY = { kg: 1, m: 2, s: -2 };
const POWER = { kg: 1, m: 2, s: -3 };
const VOLTAGE = { kg: 1, m: 2, s: -3, A: -1 };
const GRAVITY = 9.80665;

const ATOMS: Readonly<Record<string, Atom>> = {
  '1': [1, {}],
  '%': [0.01, {}],
  '[ppth]': [1e-3, {}],
  '[ppm]': [1e-6, {}],
  '[ppb]': [1e-9, {}],
  m: [1, LENGTH, 'metric'],
  '[in_i]': [0.0254, LENGTH],
  '[ft_i]': [0.3048, LENGTH],
  '[yd_i]': [0.9144, LENGTH],
  '[mi_i]': [1609.344, LENGTH],
  s: [1, TIME, 'metric'],
  min: [60, TIME],
  h: [3600, TIME],
  d: [86_400, TIME],
  wk: [604_800, TIME],
  g: [1e-3, MASS, 'metric'],
  t: [1000, MASS, 'metric'],
  '[lb_av]': [0.453_592_37, MASS],
  K: [1, { K: 1 }, 'metric'],
  Cel: [1, { K: 1 }, 'metric', 273.15],
  '[degF]': [5 / 9, { K: 1 }, undefined, (459.67 * 5) / 9],
  A: [1, { A: 1 }, 'metric'],
  mol: [1, { mol: 1 }, 'metric'],
  cd: [1, { cd: 1 }, 'metric'],
  lm: [1, { cd: 1 }, 'metric'],
  lx: [1, { cd: 1, m: -2 }, 'metric'],
  rad: [1, { rad: 1 }, 'metric'],
  deg: [Math.PI / 180, { rad: 1 }],
  l: [1e-3, VOLUME, 'metric'],
  L: [1e-3, VOLUME, 'metric'],
  '[gal_us]': [3.785_411_784e-3, VOLUME],
  Hz: [1, FREQUENCY, 'metric'],
  Bq: [1, FREQUENCY, 'metric'],
  N: [1, { kg: 1, m: 1, s: -2 }, 'metric'],
  Pa: [1, PRESSURE, 'metric'],
  bar: [1e5, PRESSURE, 'metric'],
  atm: [101_325, PRESSURE],
  '[psi]': [6894.757_293_168, PRESSURE],
  'm[H2O]': [9806.65, PRESSURE, 'metric'],
  'm[Hg]': [133_322, PRESSURE, 'metric'],
  J: [1, ENERGY, 'metric'],
  cal: [4.184, ENERGY, 'metric'],
  W: [1, POWER, 'metric'],
  '[HP]': [745.699_871_582, POWER],
  V: [1, VOLTAGE, 'metric'],
  Ohm: [1, { kg: 1, m: 2, s: -3, A: -2 }, 'metric'],
  S: [1, { kg: -1, m: -2, s: 3, A: 2 }, 'metric'],
  C: [1, { A: 1, s: 1 }, 'metric'],
  '[g]': [GRAVITY, ACCELERATION, 'metric'],
  '[kn_i]': [1852 / 3600, SPEED],
  '[pH]': [1, { pH: 1 }],
  '{NTU}': [1, { NTU: 1 }],
  dB: [1, { dB: 1 }],
  'dB[SPL]': [1, { 'dB[SPL]': 1 }],
};

const PREFIXES: Readonly<Record<string, number>> = {
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
};

const parsed = new Map<string, Unit>();

/** The unit of a UCUM code. Throws ConfigurationError `observation.error.unknownUnit`. */
export function parseUnit(code: string): Unit {
  let unit = parsed.get(code);
  if (!unit) {
    unit = parseTerm(code);
    parsed.set(code, unit);
  }
  return unit;
}

/** `a.b/c`: read from left to right; a slash concerns only the component after it. */
function parseTerm(code: string): Unit {
  const parts = code.split(/([./])/);
  const [first = ''] = parts;
  if (parts.length === 1) return parseComponent(first, code);
  let factor = 1;
  const dimension: Record<string, number> = {};
  for (let index = 0; index < parts.length; index += 2) {
    const sign = parts[index - 1] === '/' ? -1 : 1;
    if (index === 0 && parts[0] === '' && parts[1] === '/') continue;
    const component = parseComponent(parts[index] ?? '', code);
    factor *= component.factor ** sign;
    multiply(dimension, component.dimension, sign);
  }
  return { factor, offset: 0, dimension };
}

/** An atom with a metric prefix and an exponent: `km`, `m3`, `uS`. */
function parseComponent(text: string, code: string): Unit {
  const whole = findAtom(text);
  if (whole) return whole;
  const match = /^(.+?)(-?[1-9])$/.exec(text);
  const atom = match?.[1] === undefined ? undefined : findAtom(match[1]);
  if (!atom)
    throw new ConfigurationError({ key: 'observation.error.unknownUnit', parameters: { unit: code } });
  const exponent = Number(match?.[2]);
  const dimension: Record<string, number> = {};
  multiply(dimension, atom.dimension, exponent);
  return { factor: atom.factor ** exponent, offset: 0, dimension };
}

/** Exact atoms win over prefixes: `min` is a minute, `cd` a candela. */
function findAtom(text: string): Unit | undefined {
  const atom = entryOf(ATOMS, text);
  if (atom) return { factor: atom[0], offset: atom[3] ?? 0, dimension: atom[1] };
  for (const length of [1, 2]) {
    const prefix = entryOf(PREFIXES, text.slice(0, length));
    const prefixed = entryOf(ATOMS, text.slice(length));
    if (prefix === undefined || prefixed?.[2] !== 'metric') continue;
    return { factor: prefixed[0] * prefix, offset: prefixed[3] ?? 0, dimension: prefixed[1] };
  }
  return undefined;
}

function entryOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function multiply(target: Record<string, number>, dimension: Dimension, exponent: number): void {
  for (const [base, power] of Object.entries(dimension)) {
    const sum = (target[base] ?? 0) + power * exponent;
    if (sum === 0) delete target[base];
    else target[base] = sum;
  }
}

/** Functions of Math whose last digit differs between engines. */
export const INEXACT = [
  'pow',
  'exp',
  'log',
  'log10',
  'log2',
  'sin',
  'cos',
  'tan',
  'hypot',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atan2',
  'atanh',
  'cbrt',
  'cosh',
  'expm1',
  'log1p',
  'sinh',
  'tanh',
] as const;

/**
 * The text of this function runs in QuickJS: lets the host calculate, whose engine is the one that codecs are tested
 * with. (10 to the power of -5 is 0.000009999999999999999 in QuickJS.) `host` gets the place of the function in INEXACT
 * and numbers. The power of BigInts, which stands for their operator here, is exact anyway. It may use nothing from
 * outside itself.
 */
export function guestMath(
  functions: readonly (readonly [name: string, place: number])[],
  host: (place: number, ...values: number[]) => number,
): void {
  const math = Math as unknown as Record<string, unknown>;
  for (const [name, place] of functions) {
    const two = (one: unknown, other: unknown) =>
      typeof one === 'bigint' ? one ** (other as bigint) : host(place, Number(one), Number(other));
    const any = (...values: unknown[]) => host(place, ...values.map(Number));
    math[name] = name === 'pow' || name === 'atan2' ? two : any;
  }
}

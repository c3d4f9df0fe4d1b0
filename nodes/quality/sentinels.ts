/** Numbers by which sensors and codecs say that they have no reading, for models that do not name theirs. */
import type { QuantityId } from '../observation/quantities.ts';

/** Ends of two- and four-byte numbers in whole, tenths and hundredths, and the classics of data loggers. */
const OUT_OF_RANGE: ReadonlySet<number> = new Set([
  32767, -32768, 3276.7, -3276.8, 327.67, -327.68, 65535, 6553.5, 655.35, 2147483647, -2147483648, 4294967295,
  -999, -999.9, -9999, 999.9, 9999, -99.9, 255,
]);

/** DS18B20 thermometers: -127 without a wire, 85 after power was lost. */
const DISCONNECTED = -127;
const POWER_ON = 85;
/** A thermometer that was so near to 85 °C may really be there. */
const REACHABLE = 10;

/** Whether a value outside its quantity's range is one that means "no reading". */
export function isSentinel(value: number): boolean {
  return OUT_OF_RANGE.has(value) || value === DISCONNECTED;
}

/** Quantities that are measured with probes on a wire. */
export function hasProbe(id: QuantityId): boolean {
  return id.endsWith('_temperature') || id.startsWith('probe_temperature');
}

/** Whether a probe says that it has no reading, though the value is within its range. `previous`: its last good value. */
export function isProbeSentinel(value: number, previous: number | undefined): boolean {
  if (value === DISCONNECTED) return true;
  return value === POWER_ON && previous !== undefined && Math.abs(value - previous) > REACHABLE;
}

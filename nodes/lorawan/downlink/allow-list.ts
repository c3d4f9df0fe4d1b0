import type { Device } from '../../devices/device.ts';
import { MessageError } from '../../observation/errors.ts';
import type { Value } from '../../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { CommandValues } from './command-data.ts';

/** What may be switched, and how far. Nothing else may. */
export interface Allowance {
  /** Id in the device list; absent: each device that a command names. */
  device?: string;
  quantity: QuantityId;
  /** Ends of the range, canonical unit; absent: the quantity's plausible range. Numbers only. */
  lowest?: number;
  highest?: number;
}

/** The values of a command, or of anything else that came: `{ dimming_level: 40 }`. Throws MessageError. */
export function readCommand(payload: unknown): CommandValues {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  const entries = isObject ? Object.entries(payload) : [];
  if (entries.length === 0) throw new MessageError({ key: 'lorawan.error.noCommandValues' });
  return Object.fromEntries(entries.map(([id, value]) => [id, readValue(id, value)]));
}

function readValue(id: string, value: unknown): Value {
  if (!Object.hasOwn(QUANTITIES, id)) {
    throw new MessageError({
      key: 'lorawan.error.unknownQuantity',
      parameters: { quantity: id.slice(0, 60) },
    });
  }
  const { valueType } = QUANTITIES[id as QuantityId];
  const fits = typeof value === valueType && (typeof value !== 'number' || Number.isFinite(value));
  if (fits) return value as Value;
  const key = `lorawan.error.${valueType}Wanted`;
  throw new MessageError({ key, parameters: { quantity: id, value: String(value).slice(0, 60) } });
}

/** Throws MessageError `notAllowed` or `outOfRange` unless all values are on the list. */
export function requireAllowed(
  list: readonly Allowance[],
  { id, name }: Device,
  values: CommandValues,
): void {
  for (const [quantity, value] of Object.entries(values) as [QuantityId, Value][]) {
    const rows = list.filter((row) => row.quantity === quantity && (row.device ?? id) === id);
    // What is said of one device goes before what is said of all.
    const row = rows.find(({ device }) => device !== undefined) ?? rows[0];
    if (!row)
      throw new MessageError({ key: 'lorawan.error.notAllowed', parameters: { quantity }, device: name });
    if (typeof value !== 'number') continue;
    const [plausibleLow, plausibleHigh] = QUANTITIES[quantity].range ?? [-Infinity, Infinity];
    const [lowest, highest] = [row.lowest ?? plausibleLow, row.highest ?? plausibleHigh];
    if (value >= lowest && value <= highest) continue;
    const parameters = { quantity, value, lowest, highest };
    throw new MessageError({ key: 'lorawan.error.outOfRange', parameters, device: name });
  }
}

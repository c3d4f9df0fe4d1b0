import type { Command, DeviceModel, Mapping } from '../../devices/device.ts';
import { CodecError } from '../../observation/errors.ts';
import type { Value } from '../../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { convert } from '../../observation/units.ts';

/** Quantities and the values that they are to have, in canonical units. */
export type CommandValues = Partial<Record<QuantityId, Value>>;

/**
 * What a codec's `encodeDownlink` takes for a command on quantities: by the model's commands, and where it states none
 * by the reverse of its mappings (unit and states turned round).
 * Throws CodecError for a quantity that the model cannot be told, or a value it has no word for.
 */
export function commandData(model: DeviceModel, values: CommandValues): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [id, value] of Object.entries(values) as [QuantityId, Value][]) {
    const command = commandFor(model, id);
    if (!command) {
      const parameters = { model: `${model.vendor} ${model.name}`, quantity: id };
      throw new CodecError({ key: 'lorawan.error.noCommand', parameters });
    }
    Object.assign(data, command.with);
    place(data, command.to.split('.'), codecValue(command, value));
  }
  return data;
}

/** Whether a model can be told a value of the quantity, as far as its description says. */
function commandFor(model: DeviceModel, quantity: QuantityId): Command | undefined {
  if (model.commands) return model.commands.find((command) => command.quantity === quantity);
  const mapping = model.mappings.find(
    (candidate) => candidate.quantity === quantity && isReversible(candidate),
  );
  return mapping && reversed(mapping);
}

/** Limits and sums lose what they were made of. */
function isReversible({ above, sum, states }: Mapping): boolean {
  if (above !== undefined || sum) return false;
  const values = Object.values(states ?? {});
  return new Set(values).size === values.length;
}

function reversed({ from, quantity, unit, states }: Mapping): Command {
  const words =
    states &&
    Object.fromEntries(Object.entries(states).map(([word, value]) => [String(value), codeOf(word)]));
  return { to: from, quantity, ...(unit !== undefined && { unit }), ...(words && { states: words }) };
}

/** A mapping names numbers and texts alike by their text. */
function codeOf(word: string): string | number {
  return /^-?\d{1,9}$/.test(word) ? Number(word) : word;
}

function codecValue({ quantity, unit, states, whole }: Command, value: Value): unknown {
  if (states) {
    const word = Object.hasOwn(states, String(value)) ? states[String(value)] : undefined;
    if (word !== undefined) return word;
    throw new CodecError({ key: 'lorawan.error.noWord', parameters: { quantity, value: String(value) } });
  }
  if (typeof value !== 'number') return value;
  const number = unit === undefined ? value : convert(value, QUANTITIES[quantity].unit, unit);
  return whole ? Math.round(number) : number;
}

/** Commands come from models, so their paths are known; `__proto__` is none. */
function place(data: Record<string, unknown>, [first = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    data[first] = value;
    return;
  }
  const inner = Object.hasOwn(data, first) ? data[first] : undefined;
  const object = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  data[first] = object;
  place(object, rest, value);
}

import type { DeviceModel, Mapping } from '../../devices/device.ts';
import { quantityLabel, unitSymbol } from '../../observation/labels.ts';
import type { Language } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { NameChoice } from './adopt.ts';
import type { OutputName } from './output-names.ts';
import { sensedQuantities, suggestionFor, unitsFor } from './suggestions.ts';
import { normalizedMapping } from './vocabulary.ts';

/** One name of the codec's output with what it will become. */
export interface NameRow extends NameChoice {
  values: OutputName['values'];
  /** Who says so: the repository's vocabulary, the person who chose before, a guess from the name, or nobody. */
  by: 'vocabulary' | 'person' | 'guess' | 'nobody';
}

/** A quantity as the form offers it. */
export interface QuantityOption {
  id: QuantityId;
  label: string;
  /** The device's description says that it measures this. */
  sensed: boolean;
  valueType: 'number' | 'boolean' | 'string';
  /** Units that its values may come in, the canonical one first. */
  units: { code: string; symbol: string }[];
}

/** A row for each name: what was chosen in the model `before`, else what the repository says, else a guess. */
export function nameRows(names: readonly OutputName[], before: DeviceModel | undefined): NameRow[] {
  const rows = names.map((name) => ({ name, row: chosenRow(name, before) ?? vocabularyRow(name) }));
  const used = new Set(rows.map(({ row }) => row?.quantity));
  return rows.map(({ name, row }) => {
    if (row) return row;
    const guess = suggestionFor(name);
    // A second name for the same thing: a person has to say which one it is.
    if (!guess || used.has(guess.quantity)) return { ...leftOut(name), by: 'nobody' };
    used.add(guess.quantity);
    return rowOf(name, guess, 'guess');
  });
}

function chosenRow(name: OutputName, before: DeviceModel | undefined): NameRow | undefined {
  const mapping = before?.mappings.find(({ from }) => from === name.path);
  if (mapping) return rowOf(name, mapping, 'person');
  return before?.ignored?.includes(name.path) ? { ...leftOut(name), by: 'person' } : undefined;
}

function vocabularyRow(name: OutputName): NameRow | undefined {
  const mapping = normalizedMapping(name.path);
  return mapping && rowOf(name, mapping, 'vocabulary');
}

function rowOf(name: OutputName, mapping: Omit<Mapping, 'from'>, by: NameRow['by']): NameRow {
  const { quantity, unit = QUANTITIES[quantity].unit, states = {} } = mapping;
  const yes = Object.keys(states).filter((word) => states[word] === true);
  return { ...name, quantity, unit, yes: yes.join(', '), by };
}

function leftOut(name: OutputName): Omit<NameRow, 'by'> {
  return { ...name, quantity: '', unit: '', yes: '' };
}

/** All quantities, those first that a device with these `sensors` measures. */
export function quantityOptions(sensors: readonly string[], language: Language): QuantityOption[] {
  const sensed = new Set(sensedQuantities(sensors));
  const options = (Object.keys(QUANTITIES) as QuantityId[]).map((id) => ({
    id,
    label: quantityLabel(id, language),
    sensed: sensed.has(id),
    valueType: QUANTITIES[id].valueType,
    units: unitsFor(id).map((code) => ({ code, symbol: unitSymbol(code) })),
  }));
  return options.sort(
    (one, other) =>
      Number(other.sensed) - Number(one.sensed) || one.label.localeCompare(other.label, language),
  );
}

import { quantityLabel, unitSymbol } from '../../observation/labels.ts';
import type { Language } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { Quantity } from '../../observation/quantity.ts';

/** What a row may measure; the value type says which types of rows fit. */
interface QuantityOption {
  id: QuantityId;
  label: string;
  unit: string;
  valueType: Quantity['valueType'];
}

/** All quantities by label, for a select box. */
export function quantityOptions(language: Language): QuantityOption[] {
  const ids = Object.keys(QUANTITIES) as QuantityId[];
  return ids
    .map((id) => ({
      id,
      label: quantityLabel(id, language),
      unit: unitSymbol(QUANTITIES[id].unit),
      valueType: QUANTITIES[id].valueType,
    }))
    .sort((one, other) => one.label.localeCompare(other.label, language));
}

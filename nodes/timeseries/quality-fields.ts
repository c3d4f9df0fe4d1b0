/** QARTOD flag of a value that a check has failed. */
export const FAILED = 4;

const ENDING = '_qc';

/** Put together once: a new text would have to be looked up among all names whenever it names a field. */
const flagFields = new Map<string, string>();

/** Field that holds the QARTOD flag of a quantity. */
export function flagFieldOf(quantity: string): string {
  let field = flagFields.get(quantity);
  if (field === undefined) {
    field = quantity + ENDING;
    flagFields.set(quantity, field);
  }
  return field;
}

/** Whether a field holds a QARTOD flag. */
export function isFlagField(field: string): boolean {
  return field.endsWith(ENDING);
}

/** Fields to ask a store for: quantities, each with its flag. */
export function withFlagFields(quantities: readonly string[]): string[] {
  return quantities.flatMap((quantity) => [quantity, flagFieldOf(quantity)]);
}

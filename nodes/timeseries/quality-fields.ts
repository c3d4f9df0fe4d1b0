/** QARTOD flag of a value that a check has failed. */
export const FAILED = 4;

const ENDING = '_qc';

/** Field that holds the QARTOD flag of a quantity. */
export function flagFieldOf(quantity: string): string {
  return quantity + ENDING;
}

/** Whether a field holds a QARTOD flag. */
export function isFlagField(field: string): boolean {
  return field.endsWith(ENDING);
}

/** Fields to ask a store for: quantities, each with its flag. */
export function withFlagFields(quantities: readonly string[]): string[] {
  return quantities.flatMap((quantity) => [quantity, flagFieldOf(quantity)]);
}

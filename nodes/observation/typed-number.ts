/** The number that a person typed into a form, decimal comma accepted; NaN for an empty field and anything else. */
export function typedNumber(text: unknown): number {
  const plain = String(text ?? '').trim();
  return plain === '' ? Number.NaN : Number(plain.replace(',', '.'));
}

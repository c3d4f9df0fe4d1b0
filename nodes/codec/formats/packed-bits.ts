/**
 * Numbers of `bits` bits each under their names, one object after the other, most significant bit first. What is left
 * over of the first bytes is padding.
 */
export function readTuples(
  bits: Readonly<Record<string, number>>,
  bytes: Uint8Array,
): Record<string, number>[] {
  const widths = Object.entries(bits);
  const width = widths.reduce((sum, [, count]) => sum + count, 0);
  const digits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = digits.length % width;
  const next = (count: number) => {
    at += count;
    return Number.parseInt(digits.slice(at - count, at), 2);
  };
  return Array.from({ length: Math.floor(digits.length / width) }, () =>
    Object.fromEntries(widths.map(([name, count]) => [name, next(count)])),
  );
}

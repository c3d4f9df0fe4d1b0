/** A part of a body: first and last byte, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The part that a Range header asks for of a body of so many bytes (RFC 9110, 14.1.2). Undefined if it asks for the
 * whole, for several parts or for what we do not know: then the whole is the answer. 'none' if there is no such part.
 */
export function byteRange(header: string | undefined, length: number): ByteRange | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') return suffix(Number(to), length);
  const first = Number(from);
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= length ? 'none' : { first, last };
}

/** The last bytes. */
function suffix(count: number, length: number): ByteRange | 'none' {
  if (count === 0 || length === 0) return 'none';
  return { first: Math.max(0, length - count), last: length - 1 };
}

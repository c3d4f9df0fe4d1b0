/** Bytes of pasted hex digits (with or without separators or 0x) or base64; undefined if it is neither. */
export function pastedBytes(pasted: string): Buffer | undefined {
  const hex = pasted.replace(/0x|[\s:,;-]/gi, '');
  if (hex.length > 0 && hex.length % 2 === 0 && /^[0-9a-f]+$/i.test(hex)) return Buffer.from(hex, 'hex');
  const base64 = pasted.replace(/\s/g, '');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(base64) && base64.length % 4 !== 1;
  return isBase64 ? Buffer.from(base64, 'base64') : undefined;
}
